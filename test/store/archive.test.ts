import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { verifyChain } from '../../server/core/audit/verify.ts'
import type { SessionRecord } from '../../server/core/ports/evidence.ts'
import type { SessionFilter } from '../../server/core/ports/archive.ts'
import type { Store } from '../../server/store/store.ts'
import {
  decision,
  grantFor,
  openingUnder,
  openSession,
  testIdentity,
} from '../support/sample-grants.ts'
import { StoreBench } from '../support/test-store.ts'

const NO_SESSION = '01900000-0000-7000-8000-000000000000'

describe('the archive', () => {
  let bench: StoreBench
  let store: Store
  let live: SessionRecord
  let denied: SessionRecord
  let elsewhere: SessionRecord

  before(async () => {
    bench = await StoreBench.create()
    store = await bench.open()
    live = await openSession(store)
    denied = await openSession(store)
    await denied.append(decision('rm -rf /', 'deny'))
    await denied.append(decision('uptime'))
    await denied.close('done')
    const grant = await grantFor(store, { agent: 'agent-8', task: 'ticket-2', onBehalfOf: 'bob' })
    elsewhere = await openSession(store, grant, { ...testIdentity, agent: 'agent-8' })
  })
  after(() => bench.end())

  async function found(filter: Partial<SessionFilter>): Promise<string[]> {
    return (await store.archive.sessions({ limit: 10, ...filter })).map(({ id }) => id)
  }

  it('lists sessions, newest first, page by page', async () => {
    const all = [elsewhere.id, denied.id, live.id]
    assert.deepEqual(await found({}), all)
    assert.deepEqual(await found({ limit: 2 }), all.slice(0, 2))
    assert.deepEqual(await found({ limit: 2, before: denied.id }), [live.id])
    assert.deepEqual(await found({ limit: 0 }), [])
  })

  for (const [filter, names] of [
    [{ agent: 'agent-8' }, ['elsewhere']],
    [{ agent: "agent-8' or true --" }, []],
    [{ task: 'ticket-1' }, ['denied', 'live']],
    [{ target: 'web-1', live: true }, ['elsewhere', 'live']],
    [{ target: 'web-2' }, []],
    [{ live: false }, ['denied']],
    [{ denied: true }, ['denied']],
    [{ denied: false, agent: 'agent-7' }, ['live']],
    [{ before: 'no id' }, []],
    [{ grant: 'no id' }, []],
    [{ grant: NO_SESSION }, []],
  ] as const) {
    it(`finds ${names.join(' and ') || 'nothing'} by ${JSON.stringify(filter)}`, async () => {
      const ids = { live: live.id, denied: denied.id, elsewhere: elsewhere.id }
      assert.deepEqual(
        await found(filter),
        names.map(name => ids[name]),
      )
    })
  }

  it('has nothing of a session that is none', async () => {
    for (const id of ['', 'no id', "' or true --", NO_SESSION]) {
      assert.equal(await store.archive.session(id), null)
      assert.deepEqual(await store.archive.events(id), [])
      assert.deepEqual(await store.archive.chunks(id), [])
      assert.equal(await store.archive.chunk(id, 0), null)
    }
    for (const chunk of [-1, 0.5, 2 ** 40, Number.NaN]) {
      assert.equal(await store.archive.chunk(live.id, chunk), null)
    }
  })

  it('says which part of a recording was standard error, in evidence', async () => {
    const session = await openSession(store)
    const tape = session.openTape(4, { terminal: null, title: 'make' })
    await tape.write('stdout', Buffer.from('out 1\n'))
    await tape.write('stderr', Buffer.from('oops 1\n'))
    await tape.write('stderr', Buffer.from('oops 2\n'))
    await tape.write('stdout', Buffer.from('out 2\n'))
    await session.close('done')
    const [chunk, ...rest] = await store.archive.chunks(session.id)
    assert.ok(chunk)
    assert.deepEqual(rest, [])
    const text = Buffer.from((await store.archive.chunk(session.id, chunk.chunk)) ?? [])
    const [from = 0, to = 0] = chunk.stderr ?? []
    assert.match(
      text.subarray(from, to).toString(),
      /^\[[\d.]+, "o", "oops 1\\n"\]\n\[[\d.]+, "o", "oops 2\\n"\]\n$/,
    )
    const events = await store.archive.events(session.id)
    assert.deepEqual(events.find(({ event }) => event.kind === 'recording-chunk')?.event, {
      kind: 'recording-chunk',
      chunk: 0,
      channel: 4,
      offset: 0,
      length: text.length,
      sha256: createHash('sha256').update(text).digest('hex'),
      stderr: [from, to],
      recovered: false,
    })
    const chain = await store.chain(session.id)
    assert.ok(chain)
    assert.ok(verifyChain(chain.header, chain.events).ok)
  })

  it('says whether a session was judged at all', async () => {
    const grant = await grantFor(store)
    for (const unfiltered of [false, true]) {
      const opened = await store.evidence.open({ ...openingUnder(grant), unfiltered })
      assert.ok(opened.ok)
      assert.equal((await store.archive.session(opened.value.id))?.unfiltered, unfiltered)
      const [newest] = await store.archive.sessions({ limit: 1 })
      assert.deepEqual([newest?.id, newest?.unfiltered], [opened.value.id, unfiltered])
      await opened.value.close('done')
    }
  })

  it('says what to know a session by: its first denied line, or else its first', async () => {
    const session = await openSession(store)
    const headline = async () => (await store.archive.session(session.id))?.headline
    assert.equal(await headline(), null)
    await session.append(decision(`echo ${'ä'.repeat(300)}`))
    assert.deepEqual(await headline(), { text: `echo ${'ä'.repeat(195)}` })
    await session.append(decision('dd if=/dev/zero', 'deny'))
    await session.append(decision('shutdown now', 'deny'))
    assert.deepEqual(await headline(), { text: 'dd if=/dev/zero' })
    await session.close('done')
  })
})

describe('the access report', () => {
  let bench: StoreBench
  let store: Store

  before(async () => {
    bench = await StoreBench.create()
    store = await bench.open()
  })
  after(() => bench.end())

  it('says who was granted what, for how long, what they did and what they were denied', async () => {
    const grant = await grantFor(store)
    const session = await openSession(store, grant)
    await session.append(decision('uptime'))
    await session.append(decision('cat /etc/shadow', 'deny'))
    // NUL, what jsonb refuses, and bytes that are no text: an agent may send anything.
    await session.append(decision('echo \0\0 \\u0000', 'deny'))
    await session.append({
      kind: 'request-refused',
      channel: null,
      request: 'direct-tcpip',
      detail: { text: '10.0.0.1:80' },
      rule: 'default',
      reason: 'forwards are not offered here',
    })
    const during = Date.now()
    await session.close('done')
    await store.grants.revoke(grant.id, 'over', 'alice')
    const [report, ...others] = await store.accessReport({ target: 'web-1', atMs: during })
    assert.ok(report)
    assert.deepEqual(others, [])
    assert.equal(report.agent, 'agent-7')
    assert.equal(report.onBehalfOf, 'alice')
    assert.equal(report.revoked?.by, 'alice')
    assert.ok(report.grantedForMs < 60_000)
    assert.deepEqual(
      report.session?.did.map(({ line, seq }) => [seq, line]),
      [[1, 'uptime']],
    )
    assert.deepEqual(
      report.session?.denied.map(({ line, rule, seq }) => [seq, line, rule]),
      [
        [2, 'cat /etc/shadow', 'default'],
        [3, 'echo \u2400\u2400 \\u0000', 'default'],
        [4, 'direct-tcpip', 'default'],
      ],
    )
  })

  it('has a row for a grant that nobody used', async () => {
    await grantFor(store, { target: 'idle-1' })
    const [report] = await store.accessReport({ target: 'idle-1' })
    assert.equal(report?.session, null)
  })

  it('has nothing of a time at which nobody had access', async () => {
    assert.deepEqual(await store.accessReport({ target: 'web-1', atMs: 0 }), [])
  })
})
