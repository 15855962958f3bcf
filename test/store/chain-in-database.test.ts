import assert from 'node:assert/strict'
import pg from 'pg'
import { encodeBody } from '../../server/core/audit/body.ts'
import { nextLink } from '../../server/core/audit/chain.ts'
import { CommitLane } from '../../server/store/evidence/lane.ts'
import { loginFromUrl } from '../../server/store/database/connect.ts'
import { type EventRow, eventRow, type Head } from '../../server/store/evidence/rows.ts'
import { SessionChain } from '../../server/store/evidence/session-chain.ts'
import { insertEntries } from '../../server/store/evidence/statements.ts'
import type { Store } from '../../server/store/store.ts'
import { decision, openSession } from '../support/sample-grants.ts'
import { StoreBench } from '../support/test-store.ts'

describe('the chain in the database', () => {
  let bench: StoreBench
  let store: Store
  let pool: pg.Pool
  let lane: CommitLane

  before(async () => {
    bench = await StoreBench.create()
    store = await bench.open()
    pool = new pg.Pool({ connectionString: bench.database.url, max: 4 })
    lane = new CommitLane(loginFromUrl(bench.database.url))
  })
  after(async () => {
    await lane.close()
    await pool.end()
    await bench.end()
  })

  /** A session with one event, and where its chain ends. */
  async function begin(): Promise<{ id: string; head: Head }> {
    const { id } = await openSession(store)
    return { id, head: await headOf(id) }
  }

  async function headOf(id: string): Promise<Head> {
    const { rows } = await pool.query<{ seq: string; hash: Buffer }>(
      'select seq, hash from sallyport.event where session_id = $1 order by seq desc limit 1',
      [id],
    )
    const [row] = rows
    assert.ok(row)
    return { seq: Number(row.seq), hash: row.hash }
  }

  function insert(row: EventRow): Promise<unknown> {
    return pool.query(insertEntries([{ row, chunk: null, whileGranted: false }]))
  }

  const refusals: [string, string, (row: EventRow, head: Head) => EventRow][] = [
    ['does not follow', 'SY001', (row, { hash }) => relinked(row, { previous: flipped(hash) })],
    ['leaves a gap', 'SY001', row => relinked(row, { seq: row.seq + 1 })],
    ['has a wrong hash', 'SY002', row => ({ ...row, hash: flipped(row.hash) })],
    ['has another body', 'SY002', row => ({ ...row, body: encodeBody(0, decision('id')) })],
    ['has another salt', 'SY002', row => ({ ...row, salt: flipped(row.salt) })],
    [
      'belongs to no session',
      'SY001',
      row => relinked(row, { seq: 0, sessionId: strangerId(row) }),
    ],
  ]
  for (const [what, code, change] of refusals) {
    it(`refuses an event that ${what}`, async () => {
      const { id, head } = await begin()
      const good = eventRow(id, head, Date.now(), decision('uptime'))
      await assert.rejects(insert(change(good, head)), { code })
      assert.equal((await headOf(id)).seq, head.seq)
      await insert(good)
      assert.equal((await headOf(id)).seq, head.seq + 1)
    })
  }

  it('refuses a first event that does not begin at the header', async () => {
    const { id } = await begin()
    const stray = eventRow(id, { seq: -1, hash: new Uint8Array(32) }, Date.now(), decision('id'))
    await assert.rejects(insert(stray), { code: 'SY001' })
  })

  it('fences a writer whose session was continued by another', async () => {
    const { id, head } = await begin()
    const lanes = { events: lane, chunks: lane }
    const zombie = new SessionChain(id, head, lanes, Date.now)
    const successor = new SessionChain(id, head, lanes, Date.now)
    await zombie.append(decision('uptime'))
    await assert.rejects(successor.append(decision('id')), { name: 'Fenced' })

    const { id: other, head: otherHead } = await begin()
    const sleeper = new SessionChain(other, otherHead, lanes, Date.now)
    const closer = new SessionChain(other, otherHead, lanes, Date.now)
    await closer.append(decision('a'))
    await closer.append(decision('b'))
    const late = await Promise.allSettled([
      sleeper.append(decision('late')),
      sleeper.append(decision('later')),
    ])
    assert.deepEqual(
      late.map(({ status }) => status),
      ['rejected', 'rejected'],
    )
    assert.equal((await headOf(other)).seq, otherHead.seq + 2)
    await assert.rejects(sleeper.append(decision('latest')), { name: 'Fenced' })
  })

  it('does not let one bad group of a batch harm the others', async () => {
    const sessions = await Promise.all(Array.from({ length: 5 }, begin))
    const outcomes = await Promise.allSettled(
      sessions.map(({ id, head }, index) => {
        const row = eventRow(id, head, Date.now(), decision(`n ${index}`))
        const sent = index === 2 ? { ...row, hash: flipped(row.hash) } : row
        return lane.write([{ row: sent, chunk: null, whileGranted: false }])
      }),
    )
    assert.deepEqual(
      outcomes.map(({ status }) => status),
      ['fulfilled', 'fulfilled', 'rejected', 'fulfilled', 'fulfilled'],
    )
  })

  it('takes an event that was written before, by an answer that got lost, for written', async () => {
    const { id, head } = await begin()
    const row = eventRow(id, head, Date.now(), decision('uptime'))
    await insert(row)
    const entry = { row, chunk: null, whileGranted: true }
    assert.deepEqual(await lane.write([entry]), { ok: true })
    const different = eventRow(id, head, Date.now(), decision('uptime'))
    await assert.rejects(lane.write([{ ...entry, row: different }]), { name: 'Fenced' })
  })

  it('goes on after the server has cut every connection in the middle of the work', async () => {
    const sessions = await Promise.all(Array.from({ length: 8 }, begin))
    const superuser = new pg.Client({ connectionString: bench.database.superuserUrl })
    await superuser.connect()
    let isOver = false
    const cutting = (async () => {
      while (!isOver) {
        await superuser.query(
          `select pg_terminate_backend(pid) from pg_stat_activity
           where datname = current_database() and pid <> pg_backend_pid() and query like '%sallyport.event_body%'`,
        )
        await new Promise(wake => setTimeout(wake, 15))
      }
    })()
    const chains = sessions.map(({ id, head }) => ({
      id,
      chain: new SessionChain(id, head, { events: lane, chunks: lane }, Date.now),
    }))
    await Promise.all(
      chains.map(async ({ chain }) => {
        for (let index = 0; index < 20; index += 1) await chain.append(decision(`n ${index}`))
      }),
    )
    isOver = true
    await cutting
    await superuser.end()
    for (const { id, chain } of chains) {
      const head = await headOf(id)
      assert.equal(head.seq, 20)
      assert.deepEqual(Buffer.from(chain.head.hash), head.hash)
    }
  })
})

/** The row moved, with a hash that is right for its new place. */
function relinked(row: EventRow, change: Partial<EventRow>): EventRow {
  const moved = { ...row, ...change }
  return { ...moved, hash: nextLink(moved.previous, moved.seq, moved.commitment) }
}

function flipped(bytes: Uint8Array): Uint8Array {
  const copy = Uint8Array.from(bytes)
  copy[0] = (copy[0] ?? 0) ^ 1
  return copy
}

/** An id of the same day that no session has. */
function strangerId(row: EventRow): string {
  return `${row.sessionId.slice(0, 14)}7000-8000-000000000000`
}
