import { USUAL_SECRETS } from './usual-secrets.ts'

/** Reading a PostgreSQL database with psql. */
export const DATABASE_READER = String.raw`version: 1
name: database-reader
description: >-
  For questions to a PostgreSQL database: an agent may run psql with one SELECT, SHOW, EXPLAIN, TABLE or
  VALUES at a time, or one of psql's listing commands. What a query does is not judged here, only how it
  begins and that it is a single one: a SELECT can call functions that write and put its rows INTO a new
  table (WITH and EXPLAIN ANALYZE, which can hold a DELETE, are left out). So the login's database role
  must itself be read-only (GRANT SELECT, no superuser, no pg_execute_server_program, no
  pg_read_server_files); this policy is the second lock, not the first. It reads no files and runs
  nothing else.
default: deny
analysis: { opaque: deny, dynamic: deny, forward: canonical }
input: { default: none }

protect:
  read:${USUAL_SECRETS}
  write: [/etc/**, /usr/**, "~/.*", "~/.*/**"]
  except: [/dev/null, /dev/stdin, /dev/stdout, /dev/stderr]

rules:
  - { id: words, program: [echo, printf, sleep, test, "[", "true", "false", ":", pwd, whoami], verdict: allow }
  - { id: date, program: date, argv: [{ optional: { pattern: '\+.*' } }], verdict: allow }
  # -X, because ~/.psqlrc holds commands. Not -f, -o, -L, -v: files and values that nobody judged.
  - id: query
    program: psql
    arguments:
      options: [-X, -A, -t, -q, -x, -w, -At, -tA, --csv, --no-psqlrc]
      required-options: [-X, -c]
      values:
        -c: { pattern: '(?is)\s*(select|show|explain\s+(verbose\s+)?select|table|values)\b[^;\\]*;?\s*' }
        -d: { pattern: '[\w-]+' }
        -p: { pattern: "[0-9]{1,5}" }
        -F: { pattern: "." }
      operands: [{ optional: { pattern: '[A-Za-z0-9_][\w-]*' } }]
    verdict: allow
  - id: listings
    program: psql
    arguments:
      options: [-X, -A, -t, -q, -x, -w, -At, -tA, --csv]
      required-options: [-X, -c]
      values:
        -c: { pattern: '\\(conninfo|d[A-Zabdefginmopstuvwxy]{0,3}[+S]{0,2}|l[+]?)( [\w.*"]+)?' }
        -d: { pattern: '[\w-]+' }
        -p: { pattern: "[0-9]{1,5}" }
      operands: [{ optional: { pattern: '[A-Za-z0-9_][\w-]*' } }]
    verdict: allow
  - id: databases
    program: psql
    argv: [-X, { one-of: [-l, -lqt, -V] }]
    verdict: allow
  - id: is-it-up
    program: pg_isready
    argv: [{ rest: { pattern: "-[qt]|-p|[0-9]{1,5}" } }]
    verdict: allow

tests:
  - { run: "psql -X -c 'SELECT count(*) FROM orders' shop", expect: allow, rule: query }
  - { run: 'psql -X -At -d shop -c "select now();"', expect: allow }
  - { run: "psql -X -c '\\dt+ public.*' shop", expect: allow, rule: listings }
  - { run: "psql -X -l", expect: allow }
  - { run: "psql -X -c 'SELECT 1; DROP TABLE orders' shop", expect: deny }
  - { run: "psql -X -c 'DELETE FROM orders' shop", expect: deny }
  - { run: "psql -X -c 'WITH x AS (DELETE FROM orders RETURNING 1) SELECT * FROM x' shop", expect: deny }
  - { run: "psql -X -c '\\! id' shop", expect: deny }
  - { run: "psql -X -c '\\dt ${'`'}id${'`'}' shop", expect: deny }
  - { run: "psql -X -c 'SELECT 1 \\g |id' shop", expect: deny }
  - { run: "psql -X -c 'EXPLAIN SELECT 1' shop", expect: allow }
  - { run: "psql -X -c 'EXPLAIN ANALYZE DELETE FROM orders' shop", expect: deny }
  - { run: "psql -X -c 'explain (analyze) delete from orders' shop", expect: deny }
  - { run: "psql -X -f /tmp/x.sql shop", expect: deny }
  - { run: "psql -X -o /tmp/x -c 'SELECT 1' shop", expect: deny }
  - { run: "psql -X -h db.example.com -c 'SELECT 1' shop", expect: deny }
  - { run: "psql -X 'postgresql://db.example.com/shop' -c 'SELECT 1'", expect: deny }
  - { run: "psql -X 'service=x' -c 'SELECT 1'", expect: deny }
  - { run: "psql shop", expect: deny }
  - { run: "echo 'DROP TABLE orders' | psql -X shop", expect: deny }
  - { run: "pg_dump shop", expect: deny }
  - { run: "cat /etc/passwd", expect: deny }
`
