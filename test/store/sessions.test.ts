import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import pg from 'pg'
import { verifyChain } from '../../server/core/audit/verify.ts'
import { readChain } from '../../server/store/archive.ts'
import type { SessionRecord, Tape } from '../../server/core/ports/evidence.ts'
import type { Store } from '../../server/store/store.ts'
import { decision, grantFor, openingUnder, openSession } from '../support/sample-grants.ts'
import { StoreBench } from '../support/test-store.ts'

describe('a session in the store', () => {
  let bench: StoreBench
  let store: Store
  let pool: pg.Pool

  before(async () => {
    bench = await StoreBench.create()
    store = await bench.open()
    pool = new pg.Pool({ connectionString: bench.database.url, max: 2 })
  })
  after(async () => {
    await pool.end()
    await bench.end()
  })

  it('numbers events in the order of the calls and chains them', async () => {
    const session = await openSession(store)
    const numbers = await Promise.all([
      session.append(decision('uptime')),
      session.append(decision('rm -rf /', 'deny')),
      session.appendWhileGranted(decision('df -h')),
      session.append({ kind: 'environment-ignored', channel: 0, names: ['LD_PRELOAD'] }),
    ])
    assert.deepEqual(numbers, [1, 2, { ok: true, value: 3 }, 4])
    await session.close('done')
    const chain = await readChain(pool, session.id)
    assert.ok(chain)
    const verified = verifyChain(chain.header, chain.events)
    assert.ok(verified.ok, JSON.stringify(verified))
    assert.equal(verified.value.seq, 5)
    const summary = await store.archive.session(session.id)
    assert.equal(summary?.allowed, 2)
    assert.equal(summary?.denied, 1)
    assert.equal(summary?.endReason, 'done')
  })

  it('has a closed tape in the archive, byte for byte', async () => {
    const session = await openSession(store)
    const tape = session.openTape(0, { terminal: null, title: 'uptime' })
    const output = randomBytes(700_000)
    for (let at = 0; at < output.length; at += 50_000) {
      await tape.write('stdout', output.subarray(at, at + 50_000))
    }
    await tape.write('stderr', Buffer.from('warning\n'))
    await session.close('done')
    const chunks = await store.archive.chunks(session.id)
    const texts = await Promise.all(
      chunks.map(({ chunk }) => store.archive.chunk(session.id, chunk)),
    )
    const cast = Buffer.concat(texts.map(text => text ?? Buffer.alloc(0))).toString()
    assert.match(cast, /^\{"version":2/)
    const events = await store.archive.events(session.id)
    assert.equal(events.at(-1)?.event.kind, 'session-closed')
    assert.ok(chunks.length > 2)
  })

  it('forgets a tape that is closed, and counts its channel all the same', async () => {
    const session = await openSession(store)
    const closed = await closedTape(session)
    await new Promise(setImmediate)
    collectGarbage()
    assert.equal(closed.deref(), undefined)
    await session.close('done')
    const last = (await store.archive.events(session.id)).at(-1)?.event
    assert.equal(last?.kind === 'session-closed' && last.channels, 1)
  })

  it('refuses to open under a revoked grant', async () => {
    const grant = await grantFor(store)
    await store.grants.revoke(grant.id, 'over', 'root')
    const opened = await store.evidence.open(openingUnder(grant))
    assert.deepEqual(opened, { ok: false, fault: { because: 'grant-revoked', reason: 'over' } })
  })

  it('lets no more than maxSessions open, however many try at once', async () => {
    const grant = await grantFor(store, { maxSessions: 3 })
    const opened = await Promise.all(
      Array.from({ length: 12 }, () => store.evidence.open(openingUnder(grant))),
    )
    assert.equal(opened.filter(result => result.ok).length, 3)
    assert.deepEqual(opened.find(result => !result.ok)?.fault, {
      because: 'too-many-sessions',
      limit: 3,
    })
  })

  it('belongs to the day of its start, yesterday and a week ahead included', async () => {
    const dayMs = 24 * 3600 * 1000
    for (const days of [-1, 0, 6]) {
      const clock = { nowMs: () => Date.now() + days * dayMs, monotonicMs: () => performance.now() }
      const elsewhere = await bench.open({ clock })
      const session = await openSession(
        elsewhere,
        await grantFor(elsewhere, { startsAtMs: 0, expiresAtMs: Date.now() + 30 * dayMs }),
      )
      await session.append(decision('date'))
      await session.close('done')
      const { rows } = await pool.query<{ partition: string }>(
        'select distinct tableoid::regclass::text as partition from sallyport.event where session_id = $1',
        [session.id],
      )
      const day = new Date(session.startedAtMs).toISOString().slice(0, 10).replaceAll('-', '')
      assert.deepEqual(rows, [{ partition: `sallyport.event_${day}` }])
      await bench.close(elsewhere)
    }
    assert.equal(store.health().partitionDaysAhead, 7)
    assert.deepEqual(await store.checks['partitions']?.(), { ok: true })
  })

  it('is refused by a node whose clock is weeks off, and nothing of it is left', async () => {
    const clock = {
      nowMs: () => Date.now() + 30 * 24 * 3600 * 1000,
      monotonicMs: () => performance.now(),
    }
    const elsewhere = await bench.open({ clock })
    const grant = await grantFor(store)
    await assert.rejects(elsewhere.evidence.open(openingUnder(grant)), { name: 'NotWritten' })
    assert.equal((await store.grants.find(grant.id))?.liveSessions, 0)
    await bench.close(elsewhere)
  })

  it('leaves nothing running when the store cannot be opened', async () => {
    const before = process.getActiveResourcesInfo().filter(name => name === 'MessagePort').length
    const file = join(bench.home, 'no folder')
    writeFileSync(file, '')
    await assert.rejects(bench.open({ home: file }), /ENOTDIR/)
    const after = process.getActiveResourcesInfo().filter(name => name === 'MessagePort').length
    assert.equal(after, before)
  })
})

describe('a store that cannot be closed as it should', () => {
  it('lets go of the database all the same, and says what was wrong', async () => {
    const bench = await StoreBench.create()
    const pool = new pg.Pool({ connectionString: bench.database.url, max: 1 })
    try {
      const store = await bench.open()
      const owner = join(bench.home, 'spool', store.nodeId, 'owner.json')
      rmSync(owner)
      mkdirSync(owner)
      await assert.rejects(bench.close(store), /owner\.json/)
      // A server process takes a moment to go; a connection that nobody lets go of stays.
      while ((await connectionsBesides(pool)) > 0) await new Promise(wake => setTimeout(wake, 50))
    } finally {
      await pool.end()
      await bench.end()
    }
  })
})

async function connectionsBesides(pool: pg.Pool): Promise<number> {
  const { rows } = await pool.query<{ others: string }>(
    `select count(*) as others from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`,
  )
  return Number(rows[0]?.others)
}

/** In a frame of its own, which holds on to nothing once it is left. */
async function closedTape(session: SessionRecord): Promise<WeakRef<Tape>> {
  const tape = session.openTape(0, { terminal: null, title: 'true' })
  await tape.write('stdout', Buffer.from('done\n'))
  await tape.close()
  return new WeakRef(tape)
}

function collectGarbage(): void {
  setFlagsFromString('--expose-gc')
  const collect: unknown = runInNewContext('gc')
  assert.ok(typeof collect === 'function')
  collect()
}
