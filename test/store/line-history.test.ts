import assert from 'node:assert/strict'
import type { SessionEvent } from '../../server/core/audit/events.ts'
import type { Store } from '../../server/store/store.ts'
import { decision, grantFor, openSession, testIdentity } from '../support/sample-grants.ts'
import { StoreBench } from '../support/test-store.ts'

describe('the lines of earlier sessions', () => {
  let bench: StoreBench
  let store: Store

  before(async () => {
    bench = await StoreBench.create()
    store = await bench.open()
  })
  after(() => bench.end())

  const typed = (line: string, verdict?: 'deny'): SessionEvent => ({
    ...(decision(line, verdict) as Extract<SessionEvent, { kind: 'command-decided' }>),
    form: 'interactive',
  })

  const HERE = { agent: 'agent-7', onBehalfOf: 'alice', target: 'web-1', login: 'deploy' }
  const shellOf = async (
    lines: readonly SessionEvent[],
    { agent = 'agent-7', onBehalfOf = 'alice' } = {},
  ): Promise<void> => {
    const grant = await grantFor(store, { agent, onBehalfOf })
    const session = await openSession(store, grant, { ...testIdentity, agent })
    const terminal = { term: 'xterm', columns: 80, rows: 24 }
    await session.append({ kind: 'channel-opened', channel: 0, terminal })
    for (const line of lines) await session.append(line)
    await session.close('done')
  }

  it('are those that were entered at a prompt there, by that agent, as that login, oldest first', async () => {
    assert.deepEqual(await store.lines.recent(HERE), [])

    await shellOf([
      typed('echo one'),
      decision('uptime'),
      { ...typed('secret'), form: 'input-line' } as SessionEvent,
      typed('rm -rf /', 'deny'),
    ])
    await shellOf([typed('echo two')])
    await shellOf([typed('echo eight')], { agent: 'agent-8' })
    await shellOf([typed('echo for bob')], { onBehalfOf: 'bob' })

    assert.deepEqual(await store.lines.recent(HERE), ['echo one', 'rm -rf /', 'echo two'])
    assert.deepEqual(await store.lines.recent({ ...HERE, agent: 'agent-8' }), ['echo eight'])
    assert.deepEqual(await store.lines.recent({ ...HERE, onBehalfOf: 'bob' }), ['echo for bob'])
    assert.deepEqual(await store.lines.recent({ ...HERE, login: 'root' }), [])
    assert.deepEqual(await store.lines.recent({ ...HERE, target: 'web-2' }), [])
  })

  it('are found behind any number of single commands', async () => {
    for (let number = 0; number < 25; number += 1) {
      const session = await openSession(store)
      await session.append(decision('uptime'))
      await session.close('done')
    }
    assert.deepEqual(await store.lines.recent(HERE), ['echo one', 'rm -rf /', 'echo two'])
  })

  it('are none that were too long to keep whole', async () => {
    const reasons = [{ code: 'too-long', text: 'the line is longer than can be kept', at: '' }]
    await shellOf([
      { ...typed('x'.repeat(100), 'deny'), reasons } as SessionEvent,
      typed('echo three'),
    ])
    assert.deepEqual((await store.lines.recent(HERE)).slice(-2), ['echo two', 'echo three'])
  })

  it('are the newest two megabytes of their events', async () => {
    const long = (number: number): SessionEvent => typed(`echo ${number} ${'x'.repeat(16_000)}`)
    await shellOf(Array.from({ length: 100 }, (_, number) => long(number)))
    const lines = await store.lines.recent(HERE)
    assert.ok(lines.length > 20 && lines.length < 70, `${lines.length} lines`)
    assert.ok(lines.every(line => /^echo \d+ x{16000}$/.test(line)))
    assert.match(lines.at(-1) ?? '', /^echo 99 /)
  })
})
