import { INVESTIGATOR_TESTS } from './investigator-tests.ts'
import { USUAL_SECRETS } from './usual-secrets.ts'

/** Finding out what is going on: the policy an agent gets first. */
export const INVESTIGATOR = `version: 1
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
  reading: [cat, tac, head, nl, od, hexdump, hd, cut, paste, join, comm, fold, expand, unexpand, rev,
    column, tr, stat, ls, dir, vdir, readlink, realpath, namei, df, strings, zcat, bzcat, xzcat, zstdcat,
    base64, base32]
  digests: [md5sum, sha1sum, sha224sum, sha256sum, sha384sum, sha512sum, b2sum, cksum]
  state: [uptime, free, vmstat, nproc, arch, uname, id, whoami, groups, logname, tty, locale, lscpu, lsmem,
    lsblk, lsmod, lspci, lsusb, lsns, lslocks, lsipc, findmnt, who, w, users, pgrep, pidof, pstree, mpstat,
    iostat, getconf]

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
      deny-options: [-f, --file]
      operands: { pattern: "[^\\\\n]*" }     # a line break in a name reaches sed in older versions
    verdict: allow
  - id: digests
    program: "@digests"
    arguments: { options: [-b, -t, -z, --tag, -a, -l] }
    verdict: allow
  - id: count
    program: [wc, du]
    arguments: { deny-options: [--files0-from, -X, --exclude-from] }
    verdict: allow
  - id: follow
    program: tail
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
  - id: hand-on
    program: xargs
    verdict: allow

  # The plainest of sed, awk and jq: their languages can do anything.
  - id: print-lines
    program: sed
    argv: [{ one-of: [-n, -En, -nE] }, { pattern: "([0-9]+|/[\\\\w .:@=-]+/)(, ?([0-9]+|\\\\$|/[\\\\w .:@=-]+/))?p" },
      { rest: { paths: [/**, "~/**", ./**] } }]
    verdict: allow
  - id: replace
    program: sed
    argv: [{ pattern: "s([/|,])[\\\\w .:@=^$*+-]*([/|,])[\\\\w .:@=-]*([/|,])g?" }, { rest: { paths: [/**, "~/**", ./**] } }]
    verdict: allow
  - id: columns
    program: awk
    argv: [{ pattern: "\\\\{ ?print( ?\\\\$(\\\\d+|NF)(( ?, ?| )\\\\$(\\\\d+|NF))*)? ?\\\\}" }, { rest: { paths: [/**, "~/**", ./**] } }]
    verdict: allow
  - id: columns-separated
    program: awk
    argv: [{ pattern: "-F[:,;|/ ]" }, { pattern: "\\\\{ ?print( ?\\\\$(\\\\d+|NF)(( ?, ?| )\\\\$(\\\\d+|NF))*)? ?\\\\}" },
      { rest: { paths: [/**, "~/**", ./**] } }]
    verdict: allow
  - id: json
    program: jq
    arguments:
      options: [-r, -c, -s, -n, -e, -S, -C, -M, -a, -j, --tab, --indent]
    verdict: allow

  - id: date
    program: date
    arguments: { options: [-u, -d, -I, -R, --rfc-3339], operands: { pattern: "\\\\+.*" } }
    verdict: allow
  - id: hostname
    program: hostname
    arguments: { options: [-a, -A, -d, -f, -i, -I, -s, -y], operands: [] }
    verdict: allow
  - id: who-was-here
    program: [last, lastlog]
    arguments: { options: [-a, -b, -F, -i, -n, -p, -s, -t, -u, -w, -x] }
    verdict: allow
  - id: accounts
    program: getent
    arguments: { options: [], operands: [{ one-of: [passwd, group, services, protocols] }, { rest: any }] }
    verdict: allow
  - id: mounts
    program: mount
    arguments: { options: [-l, -t, -v], operands: [] }
    verdict: allow
  - id: swap
    program: swapon
    arguments: { options: [-s, --show], operands: [] }
    verdict: allow
  - id: kernel-settings
    program: sysctl
    arguments: { options: [-a, -n, -N, -e, -r], operands: { pattern: "[\\\\w./*-]+" } }
    verdict: allow
  - id: kernel-log
    program: dmesg
    arguments:
      options: [-T, -l, -f, -k, -u, -x, -w, -W, -L, -P, -r, -t, -d, -e, -J, --since, --until, --time-format]
      operands: []
    verdict: allow

  - id: processes
    program: ps
    arguments:
      options: [-A, -a, -d, -e, -f, -F, -j, -l, -L, -T, -H, -w, -y, -p, -q, -C, -G, -g, -s, -t, -u, -U, -o, -O,
        --ppid, --pid, --user, --sort, --forest, --no-headers, --headers, --cols, --width]
      values:
        -o: { pattern: "((pid|ppid|pgid|sid|tid|lwp|nlwp|user|uid|euser|ruser|group|gid|tty|tt|stat|state|s|pri|ni|nice|psr|pcpu|%cpu|c|pmem|%mem|rss|rsz|vsz|sz|size|time|cputime|etime|etimes|start|lstart|stime|comm|ucmd|ucomm|cmd|args|command|wchan|flags|f|cgroup|unit|min_flt|maj_flt)(:[0-9]+)?(=[\\\\w%]*)?,?)+" }
        -O: { pattern: "((pid|ppid|user|tty|stat|pri|ni|psr|pcpu|%cpu|pmem|%mem|rss|vsz|time|etime|start|lstart|comm|cmd|args)(:[0-9]+)?,?)+" }
        -u: { pattern: "[a-wyz0-9_][a-z0-9_.,-]*|x" }
        --sort: { pattern: "[+\\\\w,%-]+" }
      operands: { pattern: "[aufxwljTmH]+o?|o|[0-9]+(,[0-9]+)*|-?(pid|ppid|user|stat|pcpu|%cpu|pmem|%mem|rss|vsz|time|etime|comm|cmd|args)(,(pid|ppid|user|stat|pcpu|%cpu|pmem|%mem|rss|vsz|time|etime|comm|cmd|args))*" }
    verdict: allow
    reason: e and environ would show the environment of other programs
  - id: top
    program: top
    argv: [{ pattern: "-b[cHiwS]*(n ?[0-9]+)?|-[cHiwS]*bn ?[0-9]+" }, { rest: { pattern: "-[bcHiwS1]+|-[nopdu]|-n ?[0-9]+|[+-]?[\\\\w.%,]+" } }]
    verdict: allow
    reason: top runs in batch mode here, as in top -bn1
  - id: open-files
    program: lsof
    arguments: { options: [-a, -b, -c, -d, -g, -i, -K, -l, -n, -N, -o, -p, -P, -R, -s, -t, -T, -u, -U, -w, +D, +d] }
    verdict: allow

  - id: sockets
    program: ss
    arguments:
      options: [-n, -r, -a, -l, -o, -e, -m, -p, -i, -s, -4, -6, -0, -t, -u, -d, -w, -x, -S, -H, -O, -f, -A, -Q]
    verdict: allow
  - id: sockets-netstat
    program: netstat
    arguments: { options: [-a, -l, -n, -p, -t, -u, -w, -x, -r, -i, -s, -e, -o, -W, -4, -6], operands: [] }
    verdict: allow
  - id: network-state
    program: ip
    argv: [{ one-of: [a, addr, address, l, link, r, route, n, neigh, rule, maddr, -V] }]
    verdict: allow
  - id: network-state-brief
    program: ip
    argv: [{ one-of: [-br, -brief, -4, -6, -s, -stats, -d, -details, -o, -oneline, -j, -json] },
      { one-of: [a, addr, address, l, link, r, route, n, neigh, rule, maddr] }]
    verdict: allow
  - id: network-state-show
    program: ip
    argv: [{ one-of: [a, addr, address, l, link, r, route, n, neigh, rule, maddr] }, { one-of: [show, list] },
      { rest: { pattern: "[\\\\w.:@/-]+" } }]
    verdict: allow
  - id: network-route
    program: ip
    argv: [{ one-of: [r, route] }, get, { pattern: "[0-9a-f.:]+" }]
    verdict: allow

  # Logs and services. journalctl can rotate and delete logs and write a cursor; systemctl -H starts ssh.
  - id: journal
    program: journalctl
    arguments:
      options: [-u, --user-unit, -n, -f, -S, -U, -p, -k, -b, --list-boots, -o, -r, -x, --no-pager, -q, -a, -g,
        --case-sensitive, -t, -e, --no-tail, --no-hostname, --utc, --output-fields, --disk-usage, --header, -l,
        --no-full, -m, -F, -N, --facility, -c, --after-cursor, --show-cursor, --system]
    verdict: allow
  - id: services
    program: systemctl
    arguments:
      options: [--no-pager, -l, --full, -n, -o, -t, --type, --state, -a, --all, -p, --property, --value, -q,
        --plain, --no-legend, --failed, --user, --system, --version, -r, --recursive, --reverse]
      operands: [{ optional: { one-of: [status, show, cat, is-active, is-enabled, is-failed, is-system-running,
        list-units, list-unit-files, list-timers, list-sockets, list-jobs, list-dependencies, get-default] } },
        { rest: any }]
    verdict: allow
  - id: host-state
    program: [timedatectl, hostnamectl, localectl]
    argv: [{ optional: { one-of: [status, show, show-timesync, timesync-status] } }]
    verdict: allow
  - id: logins
    program: loginctl
    argv: [{ optional: { one-of: [list-sessions, list-users, list-seats, session-status, user-status] } },
      { rest: { pattern: "[\\\\w-]+" } }]
    verdict: allow

  - id: packages
    program: dpkg
    argv: [{ one-of: [-l, --list, -s, --status, -L, --listfiles, -S, --search] }, { rest: { pattern: "[\\\\w.+:*/-]*" } }]
    verdict: allow
  - id: packages-rpm
    program: rpm
    argv: [{ one-of: [-q, -qa, -qi, -ql, -qf] }, { rest: { pattern: "[\\\\w.+*/][\\\\w.+*/-]*" } }]
    verdict: allow

${INVESTIGATOR_TESTS}`
