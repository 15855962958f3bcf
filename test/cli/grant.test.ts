import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { CommandBench } from './command-bench.ts'
import { makeHostKeyLine } from './host-key-line.ts'

const ESCAPE = '\u001b'
const HOST_KEY = makeHostKeyLine()

describe('sallyport grant', () => {
  let bench: CommandBench
  const wish = (changes: Record<string, string> = {}): string[] =>
    Object.entries({
      '--agent': 'web-fixer',
      '--task': 'OPS-421',
      '--target': 'web1',
      '--login': 'deploy',
      '--policy': 'investigator',
      '--for': '2h',
      '--reason': 'logins are slow',
      ...changes,
    }).flat()

  before(async () => {
    bench = await CommandBench.create()
    await bench.must(
      'target',
      'add',
      'web1',
      '--host',
      '10.0.0.5',
      '--login',
      'deploy',
      '--host-key',
      HOST_KEY,
    )
  })
  after(() => bench.end())

  it('prints the id alone', async () => {
    const created = await bench.run('grant', 'create', ...wish())
    assert.equal(created.status, 0, created.stderr)
    assert.match(created.stdout, /^[0-9a-f-]{36}\n$/)
    assert.equal(created.stderr, '')
  })

  it('shows what was granted, by whom, until when', async () => {
    const id = await bench.must(
      'grant',
      'create',
      ...wish({ '--on-behalf-of': 'alice', '--max-sessions': '3' }),
    )
    const grant = JSON.parse(await bench.must('grant', 'show', id, '--json')) as Record<
      string,
      unknown
    >
    assert.equal(grant['state'], 'good')
    assert.equal(grant['onBehalfOf'], 'alice')
    assert.equal(grant['maxSessions'], 3)
    const lifetime = Date.parse(String(grant['expiresAt'])) - Date.parse(String(grant['startsAt']))
    assert.equal(lifetime, 2 * 3600_000)
    assert.match(await bench.must('grant', 'show', id), /^at most\s+3 at once$/m)
  })

  for (const [what, changes, status, sentence] of [
    [
      'a target that is not there',
      { '--target': 'wbe1' },
      1,
      'no target "wbe1", did you mean web1?',
    ],
    [
      'a login the target has not',
      { '--login': 'deplay' },
      1,
      'no login "deplay", did you mean deploy?',
    ],
    ['a policy that is not there', { '--policy': 'investigater' }, 1, 'did you mean investigator'],
    [
      'a policy that is a path',
      { '--policy': '../../etc/passwd' },
      1,
      'policy ../../etc/passwd cannot be used',
    ],
    ['no time', { '--for': '0m' }, 2, 'expected a duration such as'],
    ['a time without a unit', { '--for': '15' }, 2, 'expected a duration such as'],
    ['a standing permission', { '--for': '91d' }, 2, 'at most 90d'],
    ['an empty reason', { '--reason': '  ' }, 2, 'expected some text'],
    ['a reason that moves the cursor', { '--reason': 'ok\u001b[2J' }, 2, 'control or invisible'],
    ['half a session', { '--max-sessions': '0.5' }, 2, 'whole number from 1'],
  ] as const) {
    it(`refuses ${what} in one sentence`, async () => {
      const refused = await bench.run('grant', 'create', ...wish(changes))
      assert.equal(refused.status, status, refused.stderr)
      assert.equal(refused.stdout, '')
      assert.ok(refused.stderr.includes(sentence), refused.stderr)
      assert.ok(!refused.stderr.includes(ESCAPE), refused.stderr)
    })
  }

  it('refuses a policy that does not load, with its place', async () => {
    const policies = join(bench.folder, 'var/policies')
    mkdirSync(policies, { recursive: true })
    writeFileSync(join(policies, 'broken.yaml'), 'version: 1\nname: broken\nrulez: []\n')
    const refused = await bench.run('grant', 'create', ...wish({ '--policy': 'broken' }))
    assert.equal(refused.status, 1)
    assert.match(refused.stderr, /broken\.yaml:\d+:\d+/)
  })

  it('revokes once, and says how many live sessions it ended', async () => {
    const id = await bench.must('grant', 'create', ...wish())
    const revoked = await bench.run('grant', 'revoke', id, '--reason', 'done')
    assert.equal(revoked.status, 0, revoked.stderr)
    assert.equal(revoked.stdout, `grant ${id} revoked; 0 live sessions ended\n`)
    const again = await bench.run('grant', 'revoke', id, '--reason', 'done')
    assert.equal(again.status, 1)
    assert.equal(again.stderr, `sallyport: grant ${id} is revoked already\n`)
    assert.match(await bench.must('grant', 'show', id), /^state\s+revoked$/m)
  })

  it('lists good grants, and with --all the others, too', async () => {
    const good = JSON.parse(await bench.must('grant', 'list', '--json')) as { state: string }[]
    assert.ok(good.length > 0 && good.every(({ state }) => state === 'good'))
    const all = JSON.parse(await bench.must('grant', 'list', '--all', '--json')) as {
      state: string
    }[]
    assert.ok(all.some(({ state }) => state === 'revoked'))
  })

  it('says that there is no grant of an id, whatever the id looks like', async () => {
    for (const id of ['0', 'x; drop table grants', '01900000-0000-7000-8000-000000000000']) {
      const { status, stderr } = await bench.run('grant', 'show', id)
      assert.equal(status, 1)
      assert.match(stderr, /there is no grant/)
    }
  })
})
