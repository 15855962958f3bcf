/** The investigator's rules about the system: clock, users, kernel, processes, sockets, logs, services, packages. */
export const INVESTIGATOR_STATE = String.raw`  - id: date
    program: date
    arguments: { options: [-u, -d, -I, -R, --rfc-3339], operands: { pattern: '\+.*' } }
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
  - id: hardware
    program: [lscpu, lsmem, lspci, lsusb]
    arguments: { options: [-a, -b, -d, -e, -J, -k, -m, -n, -nn, -t, -v, -vv, -x], operands: [] }
    verdict: allow
  - id: filesystems
    program: findmnt
    arguments: { options: [-D, --df, -J, -l, -n, -o, -r, -S, -t, -T, -v, --real] }
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
    arguments: { options: [-a, -n, -N, -e, -r], operands: { pattern: '[\w./*-]+' } }
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
        -o: { pattern: '((pid|ppid|pgid|sid|tid|lwp|nlwp|user|uid|euser|ruser|group|gid|tty|tt|stat|state|s|pri|ni|nice|psr|pcpu|%cpu|c|pmem|%mem|rss|rsz|vsz|sz|size|time|cputime|etime|etimes|start|lstart|stime|comm|ucmd|ucomm|cmd|args|command|wchan|flags|f|cgroup|unit|min_flt|maj_flt)(:[0-9]+)?(=[\w%]*)?,?)+' }
        -O: { pattern: "((pid|ppid|user|tty|stat|pri|ni|psr|pcpu|%cpu|pmem|%mem|rss|vsz|time|etime|start|lstart|comm|cmd|args)(:[0-9]+)?,?)+" }
        -u: { pattern: "[a-wyz0-9_][a-z0-9_.,-]*|x" }
        --sort: { pattern: '[+\w,%-]+' }
      operands: { pattern: "[aufxwljTmH]+o?|o|[0-9]+(,[0-9]+)*|-?(pid|ppid|user|stat|pcpu|%cpu|pmem|%mem|rss|vsz|time|etime|comm|cmd|args)(,(pid|ppid|user|stat|pcpu|%cpu|pmem|%mem|rss|vsz|time|etime|comm|cmd|args))*" }
    verdict: allow
    reason: e and environ would show the environment of other programs
  - id: top
    program: top
    argv: [{ pattern: "-b[cHiwS]*(n ?[0-9]+)?|-[cHiwS]*bn ?[0-9]+" }, { rest: { pattern: '-[bcHiwS1]+|-[nopdu]|-n ?[0-9]+|[+-]?[\w.%,]+' } }]
    verdict: allow
    reason: top runs in batch mode here, as in top -bn1
  - id: open-files
    program: lsof
    arguments: { options: [-a, -b, -c, -d, -g, -i, -K, -l, -n, -N, -o, -p, -P, -R, -s, -t, -T, -u, -U, -w] }
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
      { rest: { pattern: '[\w.:@/-]+' } }]
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
      { rest: { pattern: '[\w-]+' } }]
    verdict: allow

  - id: packages
    program: dpkg
    argv: [{ one-of: [-l, --list, -s, --status, -L, --listfiles, -S, --search] }, { rest: { pattern: '[\w+*/][\w.+:*/-]*' } }]
    verdict: allow
  - id: packages-rpm
    program: rpm
    argv: [{ one-of: [-q, -qa, -qi, -ql, -qf] }, { rest: { pattern: '[\w.+*/][\w.+*/-]*' } }]
    verdict: allow`
