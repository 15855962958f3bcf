import assert from 'node:assert/strict'
import { readConfig } from '../../server/config.ts'
import { openStore } from '../../server/store/open.ts'
import type { Ledgers } from '../../server/store/store.ts'
import { realClock } from '../support/sample-grants.ts'
import { sampleWish } from '../support/sample-wish.ts'
import { CommandBench } from './command-bench.ts'
import { makeHostKeyLine } from './host-key-line.ts'

const HOST_KEY = makeHostKeyLine()

describe('sallyport request, and grant create --request', () => {
  let bench: CommandBench
  let ledgers: Ledgers
  let agents = 0

  before(async () => {
    bench = await CommandBench.create()
    for (const [name, ...logins] of [
      ['web1', 'deploy'],
      ['db1', 'postgres', 'root'],
    ]) {
      const words = ['target', 'add', name ?? '', '--host', '10.0.0.5', '--host-key', HOST_KEY]
      await bench.must(...words, ...logins.flatMap(login => ['--login', login]))
    }
    const config = await readConfig(bench.environment, null, bench.folder)
    if (!config.ok) throw new Error(config.fault.join())
    ledgers = await openStore(config.value, { node: null, clock: realClock, log: () => {} })
  })
  after(async () => {
    await ledgers?.close('test over')
    await bench.end()
  })

  /** What an agent of its own asked for at the counter. */
  async function asked(more: Parameters<typeof sampleWish>[0] = {}): Promise<string> {
    agents += 1
    const made = await ledgers.requests.make(
      sampleWish({ agent: `agent-${agents}`, target: 'web1', ...more }),
    )
    assert.ok(made.ok)
    return made.value.id
  }

  const answer = (id: string, ...more: string[]) =>
    bench.run('grant', 'create', '--request', id, ...more)
  const grantOf = async (id: string): Promise<Record<string, unknown>> =>
    JSON.parse(await bench.must('grant', 'show', id, '--json')) as Record<string, unknown>

  it('lists what waits, and with --all what was answered', async () => {
    const id = await asked({ agent: 'lister', login: 'deploy', reason: 'logins are slow' })
    const listed = await bench.must('request', 'list')
    assert.match(
      listed,
      new RegExp(`^${id} +lister +deploy\\+web1 +- +1h +waiting +.* logins are slow$`, 'm'),
    )
    const [request] = JSON.parse(
      await bench.must('request', 'list', '--agent', 'lister', '--json'),
    ) as Record<string, unknown>[]
    assert.equal(request?.['id'], id)
    assert.equal(request['forSeconds'], 3600)
    await bench.must('request', 'deny', id, '--reason', 'no')
    assert.equal(await bench.must('request', 'list', '--agent', 'lister', '--json'), '[]')
    assert.match(await bench.must('request', 'list', '--agent', 'lister', '--all'), /denied/)
  })

  it('shows nothing of an agent’s that a terminal would obey', async () => {
    await asked({ agent: 'nasty', reason: 'now\u001b[2J\u202eyes', task: 'a\nb' })
    const listed = await bench.must('request', 'list', '--agent', 'nasty')
    assert.ok(!listed.includes('\u001b') && !listed.includes('\u202e'))
    assert.equal(listed.split('\n').length, 2)
    const json = await bench.must('request', 'list', '--agent', 'nasty', '--json')
    assert.ok(!json.includes('\u001b') && !json.includes('\u202e'))
  })

  it('grants what was asked, approved by whoever answers', async () => {
    const request = await asked({ onBehalfOf: 'bob', policy: 'investigator' })
    const granted = await answer(request)
    assert.equal(granted.status, 0, granted.stderr)
    assert.match(granted.stdout, /^[0-9a-f-]{36}\n$/)
    const grant = await grantOf(granted.stdout.trim())
    assert.equal(grant['agent'], `agent-${agents}`)
    assert.equal(grant['task'], 'ticket-1')
    assert.equal(grant['target'], 'web1')
    assert.equal(grant['login'], 'deploy')
    assert.equal(grant['policy'], 'investigator')
    assert.equal(grant['onBehalfOf'], 'bob')
    assert.equal(grant['reason'], 'logins are slow')
    assert.equal(grant['approvedBy'], grant['createdBy'])
    const lifetime = Date.parse(String(grant['expiresAt'])) - Date.parse(String(grant['startsAt']))
    assert.equal(lifetime, 3_600_000)
  })

  it('gives less where options say so', async () => {
    const request = await asked()
    const narrower = [
      '--policy',
      'investigator',
      '--for',
      '10m',
      '--max-sessions',
      '1',
      '--reason',
      'look only',
    ]
    const granted = await answer(request, ...narrower)
    assert.equal(granted.status, 0, granted.stderr)
    const grant = await grantOf(granted.stdout.trim())
    const lifetime = Date.parse(String(grant['expiresAt'])) - Date.parse(String(grant['startsAt']))
    assert.equal(lifetime, 600_000)
    assert.equal(grant['maxSessions'], 1)
    assert.equal(grant['reason'], 'look only')
  })

  for (const [what, wish, options, sentence] of [
    [
      'more time',
      {},
      ['--policy', 'investigator', '--for', '2h'],
      '--for: the request asks for 1h',
    ],
    [
      'another agent',
      {},
      ['--policy', 'investigator', '--agent', 'mallory'],
      '--agent: the request says "agent-',
    ],
    [
      'another task',
      {},
      ['--policy', 'investigator', '--task', 'T-9'],
      '--task: the request says "ticket-1"',
    ],
    [
      'another target',
      {},
      ['--policy', 'investigator', '--target', 'db1'],
      '--target: the request says "web1"',
    ],
    [
      'another login',
      { target: 'db1', login: 'postgres' },
      ['--policy', 'investigator', '--login', 'root'],
      '--login: the request says "postgres"',
    ],
    [
      'a login by guess',
      { target: 'db1' },
      ['--policy', 'investigator'],
      '--login: the request names none; db1 has postgres, root',
    ],
    ['a policy by guess', {}, [], '--policy: the request names none'],
    ['a policy that is not there', { policy: 'investigater' }, [], 'did you mean investigator'],
    [
      'a target that is gone',
      { target: 'web9' },
      ['--policy', 'investigator'],
      'there is no target "web9"',
    ],
  ] as const) {
    it(`does not give ${what}`, async () => {
      const request = await asked(wish)
      const refused = await answer(request, ...options)
      assert.equal(refused.status, 1, refused.stdout)
      assert.ok(refused.stderr.includes(sentence), refused.stderr)
      assert.equal((await ledgers.requests.find(request))?.answer, null)
    })
  }

  it('answers once', async () => {
    const request = await asked()
    assert.equal((await bench.run('request', 'deny', request, '--reason', 'no')).status, 0)
    for (const again of [
      await answer(request, '--policy', 'investigator'),
      await bench.run('request', 'deny', request, '--reason', 'no'),
    ]) {
      assert.equal(again.status, 1)
      assert.match(again.stderr, /is answered already/)
    }
  })

  it('says that there is no request of an id, whatever the id looks like', async () => {
    for (const id of [
      '0',
      "x'; drop table access_request",
      '01900000-0000-7000-8000-000000000000',
    ]) {
      const { status, stderr } = await bench.run('request', 'deny', id, '--reason', 'no')
      assert.equal(status, 1)
      assert.match(stderr, /there is no request/)
    }
  })

  it('names the first word that a grant without a request lacks', async () => {
    const refused = await bench.run('grant', 'create', '--agent', 'web-fixer', '--target', 'web1')
    assert.equal(refused.status, 2)
    assert.match(refused.stderr, /--task <task> is missing; or answer/)
  })
})
