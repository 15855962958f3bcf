import assert from 'node:assert/strict'
import { outcome, policyOf } from '../../support/policy-lines.ts'

describe('a rule', () => {
  describe('compares arguments as the program reads them', () => {
    const policy = policyOf(`
rules:
  - { id: sort, program: sort, arguments: { deny-options: [-o], paths: [/srv/**] }, verdict: allow }
  - { id: tail, program: tail, arguments: { options: [-n, -f] }, verdict: allow }
  - { id: query, program: psql, arguments: { options: [-X], required-options: [-c],
      values: { -c: { pattern: "(?i)select [^;]*" } }, operands: [{ optional: any }] }, verdict: allow }
  - { id: units, program: systemctl, arguments: { options: [--no-pager],
      operands: [{ one-of: [status, cat] }, { rest: { pattern: "[a-z]+" } }] }, verdict: allow }
  - { id: tree, program: cp, arguments: { paths: [/srv/**] }, verdict: allow }
  - { id: plain, program: tar, verdict: allow }`)
    for (const [line, expected] of [
      ['sort /srv/a', 'allow sort'],
      ['sort -o /srv/b /srv/a', 'deny default'],
      ['sort -ro/srv/b /srv/a', 'deny default'],
      ['sort --outp=/srv/b /srv/a', 'deny default'],
      ['sort --compress-program=/srv/x /srv/a', 'deny opaque'],
      ['sort -T /tmp /srv/a', 'deny default'],
      ['sort --files0-from=/etc/x', 'deny default'],
      ['sort -- -o', 'deny default'],
      ['sort $x', 'deny dynamic'],
      ['tail -n5 -f x', 'allow tail'],
      ['tail -5 x', 'deny default'],
      ['tail -fn5 x', 'allow tail'],
      ['tail --lines=5 x', 'allow tail'],
      ['tail --li 5 x', 'allow tail'],
      ['tail -q x', 'deny default'],
      ['psql -X -c "select 1"', 'allow query'],
      ['psql -X -c "select 1" shop', 'allow query'],
      ['psql -X -c "select 1; drop table x"', 'deny default'],
      ['psql -X', 'deny default'],
      ['psql -c "select 1" -f x', 'deny default'],
      ['psql -X -c "$q"', 'deny dynamic'],
      ['systemctl --no-pager status nginx', 'allow units'],
      ['systemctl status nginx --no-pager', 'allow units'],
      ['systemctl status', 'allow units'],
      ['systemctl stop nginx', 'deny default'],
      ['systemctl -H evil status', 'deny opaque'],
      ['systemctl status $x', 'deny dynamic'],
      ['cp /srv/a /srv/b', 'allow tree'],
      ['cp /srv/a /etc/b', 'deny default'],
      ['cp -t /etc /srv/b', 'deny default'],
      ['tar tf /srv/a.tar', 'allow plain'],
      ['tar xf /srv/a.tar --to-command=sh', 'deny opaque'],
      ['tar xf /srv/a.tar --to-c=sh', 'deny opaque'],
      ['tar -I sh -xf /srv/a.tar', 'deny opaque'],
      ['tar xf $x', 'deny dynamic'],
    ] as const) {
      it(`${line}: ${expected}`, () => assert.equal(outcome(policy, line), expected))
    }
  })

  describe('reads denying rules widely', () => {
    const policy = policyOf(`
default: allow
protect: { read: [/etc/shadow] }
rules:
  - { id: data, program: rm, arguments: { paths: [/srv/data/**] }, verdict: deny }
  - { id: forced, program: rm, arguments: { options: [-f] }, verdict: deny }
  - { id: as-root, program: cat, as: [root], verdict: deny }
  - { id: stop, program: systemctl, argv: [stop, { rest: any }], verdict: ask }`)
    for (const [line, expected] of [
      ['rm /tmp/x', 'allow default'],
      ['rm /tmp/x /srv/data/y', 'deny data'],
      ['rm -r /srv', 'deny data'],
      ['rm /srv', 'allow default'],
      ['rm -rf /tmp/x', 'deny forced'],
      ['rm --for /tmp/x', 'deny forced'],
      ['/bin/rm --for /tmp/x', 'deny forced'],
      ['sudo rm -f /tmp/x', 'deny forced'],
      ['rm $x', 'deny dynamic'],
      ['sudo cat /tmp/x', 'deny as-root'],
      ['cat /tmp/x', 'allow default'],
      ['systemctl stop nginx', 'ask stop'],
      ['sudo systemctl stop nginx', 'ask stop'],
      ['ls > /tmp/x', 'allow default'],
      // What these do is not seen in their arguments, and nobody named them.
      ['awk "{ print }" x', 'deny opaque'],
      ['python3 x.py', 'deny opaque'],
      ['ssh other ls', 'deny opaque'],
    ] as const) {
      it(`${line}: ${expected}`, () => assert.equal(outcome(policy, line), expected))
    }
  })
})

describe('a rule that answers for what a command does of its own accord', () => {
  const policy = policyOf(`
rules:
  - { id: script, program: bash, arguments: { operands: [{ paths: [/srv/deploy/*.sh] }, { rest: { pattern: "[a-z]+" } }] }, verdict: allow }
  - { id: unpack, program: tar, arguments: { options: [-x, -f, --to-command] }, verdict: allow }
  - { id: pack, program: zip, verdict: allow }
  - { id: any, program: "*", verdict: allow }`)
  for (const [line, expected] of [
    ['bash /srv/deploy/x.sh prod', 'allow script'],
    ['bash /srv/deploy/../x.sh', 'deny opaque'],
    ['bash /tmp/x.sh', 'deny opaque'],
    ['bash "$f"', 'deny opaque'],
    ['sh /srv/deploy/x.sh', 'deny opaque'],
    ['tar -xf x.tar --to-command=cat', 'allow unpack'],
    ['tar -xf x.tar -I cat', 'deny opaque'],
    ['zip x y -T -TT id', 'deny opaque'],
    ['awk 1 x', 'deny opaque'],
    ['uptime', 'allow any'],
  ] as const) {
    it(`${line}: ${expected}`, () => assert.equal(outcome(policy, line), expected))
  }
})
