import { USUAL_SECRETS } from './usual-secrets.ts'

/** Bringing out releases: upload, switch over, restart with approval. */
export const DEPLOYER = String.raw`version: 1
name: deployer
description: >-
  For a pipeline that brings out releases: it uploads a release into a directory of its own under
  /srv/app/releases with rsync (or sftp, scp), points /srv/app/current at it, and restarts the application
  after a human has agreed. It reads what it needs to see whether that went well. rsync's far end trusts
  its client for the names of files below the directory it is given, and follows symbolic links that lie
  there: give the login write permission to the releases and to nothing else. /srv/app and the service app
  are placeholders: make them yours with sallyport policy init deployer.
default: deny
analysis: { opaque: deny, dynamic: deny, forward: canonical }
input: { default: none }

protect:
  write: ["~/.*", "~/.*/**", "/etc/**", "/root/**", "/usr/**", "/srv/app/shared/**"]
  read:${USUAL_SECRETS}
  except: [/dev/null, /dev/stdin, /dev/stdout, /dev/stderr, /var/log/app/**]

rules:
  - { id: words, program: [echo, printf, sleep, test, "[", "true", "false", ":", pwd], verdict: allow }
  - id: look-around
    program: [ls, cat, head, tail, wc, stat, readlink, cksum, sha256sum, du]
    arguments: { deny-options: [--files0-from, -c, --check], paths: [/srv/app/releases/**, /srv/app/current, /srv/app/current/**, /var/log/app/**] }
    verdict: allow
  - id: search
    program: grep
    arguments: { deny-options: [-f, --file], paths: [/srv/app/releases/**, /srv/app/current/**, /var/log/app/**] }
    verdict: allow
  - id: state
    program: df
    argv: [{ optional: { one-of: [-h] } }, { optional: { paths: [/srv/app, /] } }]
    verdict: allow

  - id: make-release
    program: mkdir
    arguments: { options: [-p, -v], paths: [/srv/app/releases/*] }
    verdict: allow
  - id: switch-release
    program: ln
    argv: [{ one-of: [-sfn, -snf, -sfnT] }, { paths: [/srv/app/releases/*] }, /srv/app/current]
    verdict: allow
  - id: remove-release
    program: rm
    argv: [{ one-of: [-r, -rf] }, { paths: [/srv/app/releases/*] }]
    verdict: ask
    reason: a removed release cannot be rolled back to

  # The far end of rsync --archive and its like: receiving only, below the releases, without -R (names with
  # directories), -s (names nobody sees) and -K (through links to directories).
  - id: receive-release
    program: rsync
    argv: [--server, { pattern: '-[vlogDtprzuchnWSxyi]*(e[0-9.]*\.[A-Za-z]*)?' }, ".", { paths: [/srv/app/releases/*/**] }]
    verdict: allow
  - id: receive-release-exactly
    program: rsync
    argv: [--server, { pattern: '-[vlogDtprzuchnWSxyi]*(e[0-9.]*\.[A-Za-z]*)?' },
      { one-of: [--delete, --delete-before, --delete-during, --delete-delay, --delete-after] }, ".",
      { paths: [/srv/app/releases/*/**] }]
    verdict: allow
  - id: uploads
    transfer: { protocol: [sftp, scp, rsync], direction: upload, paths: [/srv/app/releases/*/**], max-bytes: 2GB }
    verdict: allow
  - id: downloads
    transfer: { protocol: [sftp, scp], direction: download, paths: [/srv/app/releases/**, /var/log/app/**] }
    verdict: allow

  - id: service-state
    program: systemctl
    arguments: { options: [--no-pager, -l, -n], operands: [{ one-of: [status, is-active] }, { one-of: [app, app.service] }] }
    verdict: allow
  - id: journal
    program: journalctl
    arguments: { options: [-n, -S, -U, -p, -o, -r, --no-pager], required-options: [-u], values: { -u: { one-of: [app, app.service] } },
      operands: { pattern: "[0-9]+" } }   # -n 20
    verdict: allow
  - id: restart
    program: systemctl
    argv: [{ one-of: [restart, reload] }, { one-of: [app, app.service] }]
    as: [root]
    verdict: ask
    approvers: [release-managers]
    expires: 15m
    reason: a restart needs somebody who watches

tests:
  - { run: "mkdir -p /srv/app/releases/2026-11-20", expect: allow }
  - { run: "rsync --server -vlogDtprze.iLsfxCIvu . /srv/app/releases/2026-11-20/", expect: allow, rule: receive-release }
  - { run: "rsync --server -vlogDtprze.iLsfxCIvu --delete . /srv/app/releases/2026-11-20/", expect: allow }
  - { run: "ln -sfn /srv/app/releases/2026-11-20 /srv/app/current", expect: allow }
  - { run: "sudo systemctl restart app", expect: ask, rule: restart }
  - { run: "rm -rf /srv/app/releases/2026-10-01", expect: ask }
  - { run: "journalctl -u app -n 20 --no-pager", expect: allow }
  - { transfer: { protocol: rsync, direction: upload, path: /srv/app/releases/7/index.js, bytes: 1000 }, expect: allow, rule: uploads }
  - { transfer: { protocol: sftp, direction: upload, path: /srv/app/releases/../../../etc/cron.d/x }, expect: deny, rule: protect }
  - { transfer: { protocol: scp, direction: download, path: /srv/app/shared/.env }, expect: deny, rule: protect }
  - { transfer: { protocol: rsync, direction: upload, path: /srv/app/releases/7/big, bytes: 3000000000 }, expect: deny }
  - { run: "rsync --server -vlogDtprRze.iLsfxCIvu . /srv/app/releases/7/", expect: deny }
  - { run: "rsync --server --sender -vlogDtprze.iLsfxCIvu . /srv/app/releases/7/", expect: deny }
  - { run: "rsync --server -vlogDtprze.iLsfxCIvu . /etc/cron.d/", expect: deny }
  - { run: "rsync --server -vlogDtprse.iLsfxCIvu", expect: deny }
  - { run: "rsync -e 'sh -c id' a b:", expect: deny }
  - { run: "ln -sfn /etc /srv/app/current", expect: deny }
  - { run: "rm -rf /srv/app/releases", expect: deny }
  - { run: "rm -rf /srv/app/releases/*", expect: deny }
  - { run: "sudo systemctl restart sshd", expect: deny }
`
