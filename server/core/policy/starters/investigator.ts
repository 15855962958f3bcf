import { INVESTIGATOR_STATE } from './investigator-state.ts'
import { INVESTIGATOR_TESTS } from './investigator-tests.ts'
import { USUAL_SECRETS } from './usual-secrets.ts'

/** Steps of a jq filter: paths, plain functions, comparisons. `import`, `env` and all the rest are not among them. */
const PATH = String.raw`(\.(\w+|"[\w .-]+")?(\[("[\w .-]*"|-?[0-9]*(:-?[0-9]*)?)\])*\??)+`
const STEP = String.raw`(${PATH}|keys|length|type|sort|unique|first|last|add|min|max|to_entries|map\(${PATH}\)|select\(${PATH} ?[=!<>]=? ?("[\w .:/@-]*"|[0-9.]+)\))`
const FILTER = `${STEP}( ?[|,] ?${STEP})*`

/** Finding out what is going on: the policy an agent gets first. */
export const INVESTIGATOR = String.raw`version: 1
name: investigator
description: >-
  For finding out what is going on: an agent may read files and logs, look at processes, services,
  sockets and the state of the system, and say what it found. It changes nothing, reaches no other
  machine and does not get at secrets: every option that writes, runs a program or opens a list of
  further files is left out below, and files that usually hold keys and passwords are protected.
  What is protected is known by its name; a secret in a file called notes.txt is not. Make the list
  yours: sallyport policy init investigator.
default: deny
analysis: { opaque: deny, dynamic: deny, forward: canonical }
input: { default: none }

groups:
  # Options of these neither write, nor run, nor open more than the operands say.
  words: [echo, printf, sleep, test, "[", "true", "false", ":", pwd, cd, basename, dirname, seq, expr]
  control: [exit, return, break, continue, shift, wait, read]
  reading: [cat, tac, head, tail, nl, od, cut, paste, join, comm, fold, expand, unexpand, rev, column, tr, stat,
    ls, dir, vdir, readlink, realpath, namei, df, base64, base32]
  digests: [md5sum, sha1sum, sha224sum, sha256sum, sha384sum, sha512sum, b2sum, cksum]
  state: [uptime, free, vmstat, nproc, arch, uname, id, whoami, groups, logname, tty, locale, lsblk, lsmod, lsns,
    lslocks, lsipc, who, w, users, pgrep, pidof, pstree, mpstat, iostat, getconf]

protect:
  read:${USUAL_SECRETS}
  write: [/etc/**, /usr/**, /bin/**, /sbin/**, /lib/**, /boot/**, /root/**, /var/log/**, "~/.*", "~/.*/**"]
  # Below these, programs may walk directory trees, whatever the names they meet.
  except: [/dev/null, /dev/stdin, /dev/stdout, /dev/stderr, /var/log/**, /usr/share/**, /usr/lib/**, /usr/bin/**, /usr/sbin/**, /usr/include/**, /lib/modules/**,
    /boot/**, /sys/**]

rules:
  - { id: words, program: "@words", verdict: allow }
  - { id: control, program: "@control", verdict: allow }
  - { id: reading, program: "@reading", verdict: allow }
  - { id: state, program: "@state", verdict: allow }

  - id: shell-options
    program: set
    argv: [{ pattern: "-[eux]+|-[eux]*o" }, { optional: { one-of: [errexit, nounset, pipefail, xtrace] } }]
    verdict: allow

  - id: where-is
    program: [which, type, whereis]
    verdict: allow
  - id: command-v
    program: command
    argv: [{ one-of: [-v, -V] }, { rest: any }]
    verdict: allow

  # Files whose names come out of a file or a pipe are files that nobody has judged.
  - id: search
    program: [grep, egrep, fgrep]
    verdict: allow
  - id: search-compressed
    program: [zgrep, bzgrep, xzgrep]
    arguments:
      options: [-c, -i, -l, -n, -v, -w, -x, -E, -F, -h, -H, -o, -q, -a, -e, -m, -A, -B, -C]
      operands: { pattern: '[^\n]*' }     # a line break in a name reaches sed in older versions
    verdict: allow
  - id: read-compressed
    program: [zcat, bzcat, xzcat, zstdcat]
    arguments: { options: [-q] }
    verdict: allow
  - id: read-bytes
    program: [hexdump, hd]
    arguments: { options: [-b, -c, -C, -d, -o, -x, -v, -n, -s] }
    verdict: allow
  - id: read-strings
    program: strings
    arguments: { options: [-a, -n, -t, -e, -f], operands: { pattern: "[^@].*" } }   # @FILE holds options
    verdict: allow
  - id: digests
    program: "@digests"
    arguments: { options: [-b, -t, -z, --tag, -a, -l] }
    verdict: allow
  - id: count
    program: [wc, du]
    arguments: { deny-options: [--files0-from, -X, --exclude-from] }
    verdict: allow
  - id: sort
    program: sort
    arguments:
      options: [-b, -d, -f, -g, -i, -M, -h, -n, -R, -r, -V, -c, -C, -k, -m, -s, -t, -u, -z]
    verdict: allow
  - id: uniq
    program: uniq
    arguments: { operands: [{ optional: any }] }   # a second operand is written
    verdict: allow
  - id: compare
    program: [cmp, diff]
    arguments: { deny-options: [--from-file, --to-file, -X, --exclude-from, -l, --paginate] }
    verdict: allow
  - id: type-of-file
    program: file
    arguments: { options: [-b, -i, -k, -L, -h, -N, -r, -s, -v, -z, -Z, --mime-type, --mime-encoding] }
    verdict: allow
  - id: tree
    program: tree
    arguments:
      options: [-a, -d, -f, -i, -L, -s, -h, -p, -u, -g, -D, -t, -r, -I, -P, -n, -N, -F, --noreport, --du,
        --dirsfirst, --prune]
    verdict: allow

  # find with its tests and its printing; not -delete, -fprint and their like. What -exec runs is judged
  # as a command of its own.
  - id: find
    program: find
    arguments:
      deny-options: [-delete, -fprint, -fprint0, -fprintf, -fls, -files0-from]
    verdict: allow

  # The plainest of sed, awk and jq: their languages can do anything.
  - id: print-lines
    program: sed
    argv: [{ one-of: [-n, -En, -nE] }, { pattern: '([0-9]+|\$|/[\w .:@=-]+/)(, ?([0-9]+|\$|/[\w .:@=-]+/))?p' },
      { rest: { paths: [/**, "~/**", ./**] } }]
    verdict: allow
  - id: replace
    program: sed
    argv: [{ pattern: 's([/|,])[\w .:@=^$*+-]*([/|,])[\w .:@=-]*([/|,])g?' }, { rest: { paths: [/**, "~/**", ./**] } }]
    verdict: allow
  - id: columns
    program: awk
    argv: [{ pattern: '\{ ?print( ?\$(\d+|NF)(( ?, ?| )\$(\d+|NF))*)? ?\}' }, { rest: { paths: [/**, "~/**", ./**] } }]
    verdict: allow
  - id: columns-separated
    program: awk
    argv: [{ pattern: "-F[:,;|/ ]" }, { pattern: '\{ ?print( ?\$(\d+|NF)(( ?, ?| )\$(\d+|NF))*)? ?\}' },
      { rest: { paths: [/**, "~/**", ./**] } }]
    verdict: allow
  - id: json
    program: jq
    arguments:
      options: [-r, -c, -s, -e, -S, -C, -M, -a, -j, --tab, --indent]
      operands: [{ pattern: '${FILTER}' },
        { rest: any }]
    verdict: allow
    reason: paths and the plainest functions; import and env would open more

${INVESTIGATOR_STATE}

  # Wrappers that leave a file behind or start more than the command.
  - id: plain-wrappers-only
    program: [nohup, fakeroot, xvfb-run, dbus-run-session, unbuffer, torsocks, proxychains, proxychains4]
    verdict: deny
    reason: run the command itself

${INVESTIGATOR_TESTS}`
