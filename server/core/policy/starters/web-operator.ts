import { USUAL_SECRETS } from './usual-secrets.ts'

/** Running a web application: look around, restart with a human's consent. */
export const WEB_OPERATOR = String.raw`version: 1
name: web-operator
description: >-
  For looking after a web server and the application behind it: an agent reads the application's files and
  logs, tests the server's configuration, reloads it, and asks a human before it restarts anything. It
  deploys nothing and edits nothing. The names nginx, apache2 and app, and the directory /srv/app, are
  placeholders: make them yours with sallyport policy init web-operator.
default: deny
analysis: { opaque: deny, dynamic: deny, forward: canonical }
input: { default: none }

groups:
  words: [echo, printf, sleep, test, "[", "true", "false", ":", pwd, cd]
  reading: [ls, cat, head, tail, wc, stat, cut, nl]

protect:                          # no rule can give these away
  write: ["~/.*", "~/.*/**", "/etc/**", "/root/**", "/usr/**"]
  read:${USUAL_SECRETS}
  except: [/dev/null, /dev/stdin, /dev/stdout, /dev/stderr, /var/log/**]   # programs that walk trees may walk here

rules:
  - { id: words, program: "@words", verdict: allow }

  - id: look-around
    program: "@reading"
    arguments:
      deny-options: [--files0-from]
      paths: [/var/log/**, /srv/app/**, /etc/nginx/**, /etc/apache2/**, /run/**]
    verdict: allow
  - id: compressed
    program: zcat
    arguments: { options: [-q], paths: [/var/log/**, /srv/app/**] }   # with -r and -f it would print whole trees
    verdict: allow
  - id: uniq
    program: uniq
    arguments: { options: [-c, -d, -u, -i], operands: [{ optional: { paths: [/var/log/**, /srv/app/**] } }] }
    verdict: allow
  - id: search
    program: [grep, zgrep]
    arguments:
      deny-options: [-f, --file]
      paths: [/var/log/**, /srv/app/**, /etc/nginx/**, /etc/apache2/**]
    verdict: allow
  - id: sort
    program: sort
    arguments: { options: [-b, -f, -g, -h, -n, -r, -V, -k, -t, -u], paths: [/var/log/**, /srv/app/**] }
    verdict: allow
  - { id: state, program: [uptime, df, free, nproc, who, whoami, id, hostname], argv: [{ rest: { pattern: "-[a-zA-Z]+" } }], verdict: allow }
  - id: processes
    program: ps
    argv: [{ one-of: [aux, auxf, -ef, axf, -A] }]
    verdict: allow
  - id: sockets
    program: ss
    argv: [{ pattern: "-[tunlpasw46]+" }]
    verdict: allow
  - id: journal
    program: journalctl
    arguments: { options: [-u, -n, -f, -S, -U, -p, -b, -k, -o, -r, --no-pager, -q, -g, -e, -x] }
    verdict: allow

  - id: check-configuration
    program: [nginx, apache2ctl, apachectl]
    argv: [{ one-of: [-t, configtest] }]
    as: [root]
    verdict: allow
  - id: service-state
    program: systemctl
    arguments:
      options: [--no-pager, -l, -n, --failed, -q]
      operands: [{ one-of: [status, is-active, is-enabled, is-failed, list-units, list-timers] }, { rest: { pattern: '[\w@.-]+' } }]
    verdict: allow
  - id: reload-services
    program: systemctl
    argv: [reload, { one-of: [nginx, apache2, nginx.service, apache2.service] }]
    as: [root]
    verdict: allow
  - id: restart-services
    program: systemctl
    argv: [{ one-of: [restart, start] }, { one-of: [nginx, apache2, app, nginx.service, apache2.service, app.service] }]
    as: [root]
    verdict: ask
    approvers: [on-call]
    expires: 5m
    reason: restarts need a human
  - id: ask-the-application
    program: curl
    argv: [{ optional: { one-of: [-s, -sS, -sf, -fsS, -i, -I, -si, -sI] } }, { optional: { pattern: 'http://(localhost|127\.0\.0\.1)(:[0-9]{1,5})?(/[\w./?=&%-]*)?' } }]
    verdict: allow

  - id: never
    program: [dd, "mkfs*", shutdown, reboot, poweroff, halt, wipefs, fdisk, parted]
    verdict: deny
    reason: irreversible

tests:
  - { run: "tail -n50 /var/log/nginx/error.log | grep 500", expect: allow }
  - { run: "sudo systemctl restart nginx", expect: ask, rule: restart-services }
  - { run: "sudo systemctl reload nginx", expect: allow, rule: reload-services }
  - { run: "sudo nginx -t", expect: allow }
  - { run: "journalctl -u app -n 100 --no-pager", expect: allow }
  - { run: "curl -sI http://localhost:8080/health", expect: allow }
  - { run: "systemctl restart nginx", expect: deny }
  - { run: "sudo systemctl stop nginx", expect: deny }
  - { run: "cat /srv/app/.env", expect: deny, rule: protect }
  - { run: "grep -r token /srv/app", expect: deny, rule: protect }
  - { run: "cat /etc/passwd", expect: deny }
  - { run: "zcat -rf /srv/app", expect: deny }
  - { run: "uniq /srv/app/a /srv/app/b", expect: deny }
  - { run: "curl -o /srv/app/x http://localhost/", expect: deny }
  - { run: "curl http://example.com/", expect: deny }
  - { run: "sudo nginx -c /tmp/evil.conf", expect: deny }
  - { run: "echo x > /srv/app/index.html", expect: deny }
  - { run: "tail /var/log/x >&'$(id)'", expect: deny, because: opaque }
  - { run: "mkfs.ext4 -V", expect: deny, rule: never }
`
