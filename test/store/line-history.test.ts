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

  it('are those that were entered at a prompt there, by that agent, as that login, oldest first', async () => {
    const here = { agent: 'agent-7', target: 'web-1', login: 'deploy' }
    assert.deepEqual(await store.lines.recent(here), [])

    const first = await openSession(store)
    await first.append(typed('echo one'))
    await first.append(decision('uptime'))
    await first.append({ ...typed('secret'), form: 'input-line' } as SessionEvent)
    await first.append(typed('rm -rf /', 'deny'))
    await first.close('done')
    const second = await openSession(store)
    await second.append(typed('echo two'))
    const elsewhere = await openSession(store, await grantFor(store, { agent: 'agent-8' }), {
      ...testIdentity,
      agent: 'agent-8',
    })
    await elsewhere.append(typed('echo eight'))

    assert.deepEqual(await store.lines.recent(here), ['echo one', 'rm -rf /', 'echo two'])
    assert.deepEqual(await store.lines.recent({ ...here, agent: 'agent-8' }), ['echo eight'])
    assert.deepEqual(await store.lines.recent({ ...here, login: 'root' }), [])
    assert.deepEqual(await store.lines.recent({ ...here, target: 'web-2' }), [])
  })
})
