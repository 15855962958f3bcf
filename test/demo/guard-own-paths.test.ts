import assert from 'node:assert/strict'
import { judge } from '../../server/core/policy/judge.ts'
import { loadPolicy } from '../../server/core/policy/load/load-policy.ts'
import { STARTERS } from '../../server/core/policy/starters/starters.ts'
import { DEMO_TAG, guardOwnPaths } from '../../server/demo/guard-own-paths.ts'

const FOLDERS = ['/srv/sally port/var', '/srv/keys']

describe('guardOwnPaths', () => {
  const { policy } = loadPolicy(STARTERS.get('investigator') ?? '', 'investigator')
  assert.ok(policy !== null)
  const guarded = guardOwnPaths({ judge: async (line, context) => judge(line, context) }, FOLDERS)

  const decide = (line: string, tags: string[], workingDirectory: string | null = null) =>
    guarded.judge(Buffer.from(line), {
      policy,
      shell: 'bash',
      login: 'demo',
      target: { name: 'demo', tags },
      workingDirectory,
      homeDirectory: '/tmp/demo',
      nowMs: 0,
    })

  for (const line of [
    'cat /srv/keys/user_ca',
    "cat '/srv/sally port/var/ready.json'",
    'ls /srv/keys',
    'ls /srv/../srv/keys/',
    'grep -r x /srv',
    'find /srv -name x',
    'cat /srv/ke*/user_ca',
  ]) {
    it(`denies on the demonstration target: ${line}`, async () => {
      const { verdict, rule } = await decide(line, [DEMO_TAG])
      assert.equal(verdict, 'deny')
      assert.ok(['protect', 'dynamic'].includes(rule), rule)
    })
  }

  it('says nothing about other paths there, nor about these paths elsewhere', async () => {
    assert.equal((await decide('cat /srv/other', [DEMO_TAG])).verdict, 'allow')
    assert.equal((await decide('cat /srv/keys/user_ca', ['web'])).verdict, 'allow')
  })
})
