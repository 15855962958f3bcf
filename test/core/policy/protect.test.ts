import assert from 'node:assert/strict'
import { outcome, policyOf } from '../../support/policy-lines.ts'

const SAMPLE = policyOf(`
protect:
  read: [/etc/shadow, "**/.env", "~/.ssh/**"]
  write: [/etc/**]
rules:
  - { id: look, program: [ls, cat, grep, tail, wc, cd, echo, find, sort, tar, xargs], verdict: allow }
  - { id: restart, program: systemctl, argv: [restart, { one-of: [nginx, app] }], as: [root], verdict: ask,
      approvers: [on-call], expires: 10m, reason: restarts need a human }
  - { id: reload, program: systemctl, argv: [reload, nginx], as: [root, www], verdict: allow }
  - { id: never, program: [dd, "mkfs*"], verdict: deny, reason: irreversible }
`)

describe('protect', () => {
  describe('keeps paths from every rule', () => {
    for (const [line, expected] of [
      ['cat /etc/shadow', 'deny protect'],
      ['cat /etc/./x/../shadow', 'deny protect'],
      ['cd /etc && cat shadow', 'deny protect'],
      ['cat < /etc/shadow', 'deny protect'],
      ['{ ls; } < /etc/shadow', 'deny protect'],
      ['ls > /etc/x', 'deny protect'],
      ['> /etc/x', 'deny protect'],
      ['ls >> /etc/passwd', 'deny protect'],
      ['cat /etc/passwd', 'allow look'],
      ['cat /etc/*', 'deny protect'],
      ['cat /etc/sh?dow', 'deny protect'],
      ['cat /etc/{passwd,shadow}', 'deny protect'],
      ['cat ~/.ssh/id_rsa', 'deny protect'],
      ['cat .ssh/id_rsa', 'deny protect'],
      ['cat /srv/app/.env', 'deny protect'],
      ['grep -r x /etc', 'deny protect'],
      ['grep -r x', 'deny protect'],
      ['grep x /etc/hosts', 'allow look'],
      ['grep -f /etc/shadow /etc/hosts', 'deny protect'],
      ['grep --file=/etc/shadow x', 'deny protect'],
      ['find /etc -name x', 'deny protect'],
      ['find /var -exec cat {} +', 'deny protect'],
      ['tar cf - /etc', 'deny protect'],
      ['cat "$f"', 'deny dynamic'],
      ['cat $(echo /etc/shadow)', 'deny dynamic'],
      ['cat /proc/self/root/etc/shadow', 'deny dynamic'],
      ['cat /dev/fd/3', 'deny dynamic'],
      ['cat ../../etc/shadow', 'deny dynamic'],
      ['sudo cat /etc/shadow', 'deny protect'],
      ['sort -o /etc/x /tmp/x', 'deny protect'],
      ['echo "$HOME" $x', 'allow look'],
    ] as const) {
      it(`${line}: ${expected}`, () => assert.equal(outcome(SAMPLE, line), expected))
    }

    it('finds a relative path from where the line stands', () => {
      assert.equal(outcome(SAMPLE, 'cat shadow', { workingDirectory: '/etc' }), 'deny protect')
      assert.equal(outcome(SAMPLE, 'cat shadow', { workingDirectory: '/srv' }), 'allow look')
      assert.equal(outcome(SAMPLE, 'cat shadow', { workingDirectory: null }), 'deny dynamic')
    })

    it('knows the home directory, or takes the strict way', () => {
      const home = { homeDirectory: '/data/agent', workingDirectory: '/data/agent' }
      assert.equal(outcome(SAMPLE, 'cat /data/agent/.ssh/x', home), 'deny protect')
      assert.equal(outcome(SAMPLE, 'cat /srv/.ssh/x', home), 'allow look')
      assert.equal(outcome(SAMPLE, 'cat /srv/.ssh/x'), 'deny protect')
    })

    it('leaves out what it excepts, and no more', () => {
      const policy = policyOf(`
protect: { read: ["**/*.key"], except: [/usr/share/**] }
rules: [{ id: look, program: [cat, grep], verdict: allow }]`)
      assert.equal(outcome(policy, 'cat /usr/share/x.key'), 'allow look')
      assert.equal(outcome(policy, 'grep -r x /usr/share/doc'), 'allow look')
      assert.equal(outcome(policy, 'grep -r x /usr'), 'deny protect')
      assert.equal(outcome(policy, 'cat /usr/share/../x.key'), 'deny protect')
    })
  })
})
