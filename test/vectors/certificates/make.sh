#!/bin/sh
# Makes every file here anew but the README and user-sk-*.pub. Needs ssh-keygen.
set -eu
cd "$(dirname "$0")"
export TZ=UTC
keys=$(mktemp -d)
trap 'rm -rf "$keys"' EXIT
rm -f ./*-cert.pub ./*.txt ca-*.pub
find . -name 'user-*.pub' ! -name 'user-sk-*' -delete

new() { # NAME TYPE BITS
  ssh-keygen -q -t "$2" -b "$3" -N '' -C "$1" -f "$keys/$1"
  cp "$keys/$1.pub" .
}
for kind in ca user; do
  new $kind-ed25519 ed25519 256
  new $kind-ecdsa256 ecdsa 256
  new $kind-ecdsa384 ecdsa 384
  new $kind-ecdsa521 ecdsa 521
  new $kind-rsa rsa 3072
done
cp user-sk-*.pub "$keys"

certify() { # NAME USER CA OPTIONS...
  name=$1 user=$2 ca=$3
  shift 3
  ssh-keygen -q -s "$keys/$ca" "$@" "$keys/$user.pub"
  mv "$keys/$user-cert.pub" "$name-cert.pub"
  ssh-keygen -L -f "$name-cert.pub" | tail -n +2 >"$name.txt"
}
day='20260101000000:20260102000000'
for user in ed25519 ecdsa256 ecdsa384 ecdsa521 rsa sk-ed25519 sk-ecdsa; do
  certify "$user-by-ed25519" user-$user ca-ed25519 -I "key of $user" -n alice -z 7 -V "$day"
done
for ca in ecdsa256 ecdsa384 ecdsa521 rsa; do
  certify "ed25519-by-$ca" user-ed25519 ca-$ca -I 'key id' -n alice -z 18446744073709551615 -V "$day"
done
certify ed25519-by-rsa-sha256 user-ed25519 ca-rsa -t rsa-sha2-256 -I 'key id' -n alice -V "$day"
certify ed25519-by-rsa-sha1 user-ed25519 ca-rsa -t ssh-rsa -I 'key id' -n alice -V "$day"
certify forever user-ed25519 ca-ed25519 -I 'always' -n alice,bob,carol
certify no-principals user-ed25519 ca-ed25519 -I 'anybody' -V "$day"
certify host user-ed25519 ca-ed25519 -h -I 'a host' -n bastion.example,10.0.0.1 -V "$day"
certify options user-ed25519 ca-ed25519 -I 'agent ü/deploy' -n alice -z 9 -V "$day" \
  -O clear -O permit-pty -O force-command='uptime -p' -O source-address=10.0.0.0/8,2001:db8::/32 -O verify-required \
  -O extension:task@sallyport=deploy -O extension:on-behalf-of@sallyport='Bob Müller' -O extension:other@example
certify bare user-ed25519 ca-ed25519 -I 'bare' -n alice -V "$day" -O clear
certify unknown-critical user-ed25519 ca-ed25519 -I 'strange' -n alice -V "$day" -O critical:strange@example=yes

for key in user-*.pub ca-*.pub; do ssh-keygen -l -f "$key"; done >fingerprints.txt
