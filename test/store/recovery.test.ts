import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import pg from 'pg'
import type { ChainedEvent } from '../../server/core/audit/verify.ts'
import { verifyChain } from '../../server/core/audit/verify.ts'
import { readChain } from '../../server/store/archive.ts'
import type { Store } from '../../server/store/store.ts'
import { recordedOutput } from '../support/recorded-bytes.ts'
import { decision, openSession } from '../support/sample-grants.ts'
import { StoreBench } from '../support/test-store.ts'
import { tapeLine } from './tape-line.ts'

interface Kept {
  readonly session: string
  readonly seq?: number
  readonly channel?: number
  readonly line?: number
}

describe('a node that is killed', () => {
  let bench: StoreBench
  let pool: pg.Pool

  before(async () => {
    bench = await StoreBench.create()
    pool = new pg.Pool({ connectionString: bench.database.url, max: 2 })
  })
  after(async () => {
    await pool.end()
    await bench.end()
  })

  /** Starts a node of its own process, lets it say `facts` facts, kills it, and hears out what it had said. */
  async function killedAfter(facts: number): Promise<Kept[]> {
    const child: ChildProcess = spawn(
      process.execPath,
      [
        '--import=tsx',
        join(import.meta.dirname, 'recording-child.ts'),
        bench.home,
        bench.database.url,
        bench.database.ownerUrl,
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    )
    const kept: Kept[] = []
    assert.ok(child.stdout)
    for await (const line of createInterface({ input: child.stdout })) {
      kept.push(JSON.parse(line) as Kept)
      if (kept.length === facts) child.kill('SIGKILL')
    }
    assert.ok(kept.length >= facts, 'the child ended by itself')
    return kept
  }

  async function chainOf(session: string): Promise<readonly ChainedEvent[]> {
    const chain = await readChain(pool, session)
    assert.ok(chain)
    const verified = verifyChain(chain.header, chain.events)
    assert.ok(verified.ok, `${session}: ${JSON.stringify(verified)}`)
    return chain.events
  }

  async function assertComplete(store: Store, kept: readonly Kept[]): Promise<void> {
    for (const { session, seq } of kept) {
      if (seq === undefined) continue
      const { rows } = await pool.query(
        'select from sallyport.event where session_id = $1 and seq = $2',
        [session, seq],
      )
      assert.equal(rows.length, 1, `event ${seq} of ${session}`)
    }
    for (const session of new Set(kept.map(fact => fact.session))) {
      for (const channel of [0, 1]) {
        const lines = kept.filter(fact => fact.session === session && fact.channel === channel)
        const expected = Buffer.concat(lines.map(({ line = 0 }) => tapeLine(channel, line)))
        const recorded = Buffer.from(await recordedOutput(store.archive, session, channel))
        assert.ok(
          recorded.subarray(0, expected.length).equals(expected),
          `channel ${channel} of ${session}: ${expected.length} bytes were acknowledged`,
        )
      }
    }
  }

  for (const facts of [1, 40, 400, 4000]) {
    it(`loses nothing it had acknowledged, killed after ${facts} acknowledgements`, async () => {
      const kept = await killedAfter(facts)
      const sessions = [...new Set(kept.map(fact => fact.session))]
      const before = new Map(
        await Promise.all(sessions.map(async id => [id, await chainOf(id)] as const)),
      )
      const store = await bench.open()
      await store.recovered
      await assertComplete(store, kept)
      for (const [id, old] of before) {
        const events = await chainOf(id)
        assert.deepEqual(events.slice(0, old.length), old)
        const told = (await store.archive.events(id)).map(({ event }) => event)
        assert.deepEqual(told.at(-1), {
          kind: 'session-closed',
          reason: 'node lost',
          channels: told.at(-1)?.kind === 'session-closed' ? channelsOf(told) : -1,
          recovered: true,
        })
        assert.equal((await store.archive.session(id))?.endReason, 'node lost')
      }
      assert.deepEqual(readdirSync(join(bench.home, 'spool')), [store.nodeId])
      await bench.close(store)
    })
  }

  it('has its sessions closed by another node, and on return adds what its spool held', async () => {
    const kept = await killedAfter(300)
    const [session = ''] = kept.map(fact => fact.session)
    // As if the machine had been away: its spool is elsewhere, and its heartbeat is old.
    const elsewhere = await StoreBench.create()
    const superuser = new pg.Client({ connectionString: bench.database.superuserUrl })
    await superuser.connect()
    await superuser.query(`alter table sallyport.node disable trigger all`)
    await superuser.query(
      `update sallyport.node set heartbeat_at = now() - interval '31 s' where stopped_at is null`,
    )
    await superuser.query(`alter table sallyport.node enable trigger all`)
    await superuser.end()

    const other = await bench.open({ home: elsewhere.home })
    await other.recovered
    assert.equal((await other.archive.session(session))?.endReason, 'node lost')
    const closed = await chainOf(session)
    assert.equal(closed.at(-1)?.kind, 'session-closed')
    await bench.close(other)
    await elsewhere.end()

    const back = await bench.open()
    await back.recovered
    await assertComplete(back, kept)
    const events = await chainOf(session)
    assert.deepEqual(events.slice(0, closed.length), closed)
    assert.equal(events.at(-1)?.kind, 'session-closed')
    await bench.close(back)
  })

  it('is not taken for dead while it lives, by another node of the same directory', async () => {
    const first = await bench.open()
    const session = await openSession(first)
    const tape = session.openTape(0, { terminal: null, title: 'live' })
    await tape.write('stdout', Buffer.from('one\n'))
    const second = await bench.open()
    await second.recovered
    await tape.write('stdout', Buffer.from('two\n'))
    await session.append(decision('uptime'))
    await session.close('done')
    assert.equal((await first.archive.session(session.id))?.endReason, 'done')
    assert.equal(
      Buffer.from(await recordedOutput(first.archive, session.id, 0)).toString(),
      'one\ntwo\n',
    )
    await bench.close(second)
    await bench.close(first)
  })
})

function channelsOf(told: readonly { kind: string; channel?: unknown }[]): number {
  return new Set(told.filter(event => event.kind === 'recording-chunk').map(event => event.channel))
    .size
}
