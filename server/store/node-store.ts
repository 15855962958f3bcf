import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type pg from 'pg'
import type { Config } from '../config.ts'
import type { Begun } from '../core/begun.ts'
import type { Clock } from '../core/ports/deciding.ts'
import type { OpenDatabase } from './database/open-database.ts'
import { createEndings } from './endings/endings.ts'
import { startFeed } from './endings/feed.ts'
import { CommitLane } from './evidence/lane.ts'
import { LiveSession } from './evidence/live-session.ts'
import { salvage } from './evidence/salvage.ts'
import { type Lanes, SessionChain } from './evidence/session-chain.ts'
import { createEvidence } from './evidence/sessions.ts'
import type { LogLine } from './log-line.ts'
import { createChecks } from './node-checks.ts'
import { startCaretaker } from './nodes/caretaker.ts'
import { markStopped, newNodeId, registerNode } from './nodes/node-rows.ts'
import { claimSpool } from './nodes/spool-owner.ts'
import { keepPartitionsAhead } from './partitions.ts'
import { Spool } from './spool/spool.ts'
import { Uploader } from './spool/uploader.ts'
import type { Ledgers, Store } from './store.ts'

interface NodeParts {
  readonly ledgers: Ledgers
  readonly database: OpenDatabase
  readonly pool: pg.Pool
  readonly clock: Clock
  readonly log: LogLine
  /** Takes what is started here; closing the store ends it. */
  readonly begun: Begun
  readonly version: string
  readonly nativeCrypto: boolean
}

/** A session stays on its lane; more lanes bring no more decisions a second on a shared disk (measured). */
const EVENT_LANES = 2

const SEGMENT_BYTES = 16 * 1024 * 1024
/** At the bound and nothing uploaded for so long: the database is gone, and sessions end anyway. */
const SPOOL_STALL_MS = 30_000

/** Registers this run as a node and gives it what it needs to serve sessions. */
export async function startNode(
  { home, limits }: Pick<Config, 'home' | 'limits'>,
  { ledgers, database, pool, clock, log, begun, version, nativeCrypto }: NodeParts,
): Promise<Store> {
  const nodeId = newNodeId()
  const nowMs = (): number => clock.nowMs()

  const partitions = await keepPartitionsAhead(pool, log)
  begun.add(() => partitions.stop())
  await registerNode(pool, nodeId, version)
  begun.add(stopNode)

  const eventLanes = Array.from({ length: EVENT_LANES }, () => new CommitLane(database.application))
  const chunkLane = new CommitLane(database.application)
  begun.add(() => Promise.all([...eventLanes, chunkLane].map(lane => lane.close())))
  const endings = createEndings(clock)
  begun.add(() => endings.close())

  const live = new Map<string, LiveSession>()
  const spools = join(home, 'spool')
  await mkdir(spools, { recursive: true, mode: 0o700 })
  const bounds = {
    spoolBytes: limits.spoolBytes,
    segmentBytes: Math.min(SEGMENT_BYTES, Math.ceil(limits.spoolBytes / 4)),
    stallMs: SPOOL_STALL_MS,
  }
  const spool = await Spool.create(join(spools, nodeId), bounds, () => uploader.advance())
  const uploader = new Uploader(
    spool,
    async (sessionId, packed) => {
      const session = live.get(sessionId)
      if (session === undefined) throw new Error('the session is over')
      await session.upload(packed)
    },
    (sessionId, error) => {
      log(`a recording could not be kept: ${error.message}`, { session: sessionId })
      live.get(sessionId)?.fail(error)
      endings.fail(sessionId, { because: 'not-written', fault: error.message })
    },
  )
  begun.add(async () => {
    await uploader.stop()
    await rm(join(spool.directory, 'owner.json'), { force: true })
    await spool.close(uploader.isDone)
  })
  await claimSpool(spool.directory)

  const feed = await startFeed(
    database.direct,
    nodeId,
    ended => endings.seen(ended),
    message => log(message, {}),
  )
  begun.add(() => feed.close())
  await ledgers.journal.record({ kind: 'node-started', node: nodeId, version, nativeCrypto })

  const recovery = { pool, lanes: lanesFor('recovery'), nowMs, markEnded }
  const isLive = (sessionId: string): boolean => live.has(sessionId)
  const { journal } = ledgers
  const caretaker = startCaretaker({
    recovery,
    spools,
    nodeId,
    journal,
    salvage: () => salvage({ nodeId, pool, spool, uploader, recovery, isLive, log }),
    log,
  })
  begun.add(() => caretaker.close())
  begun.add(reason => Promise.allSettled([...live.values()].map(session => session.close(reason))))

  const evidence = createEvidence(pool, { id: nodeId, nativeCrypto }, clock, started => {
    const startedAt = clock.monotonicMs()
    const session = new LiveSession(started, {
      chain: new SessionChain(started.id, started.head, lanesFor(started.id), nowMs),
      spool,
      uploader,
      elapsedMs: () => clock.monotonicMs() - startedAt,
      markEnded,
      over: (id, fault) => {
        live.delete(id)
        if (fault !== null) log(`a session could not be closed: ${fault.message}`, { session: id })
      },
    })
    live.set(started.id, session)
    return session
  })

  return {
    ...ledgers,
    nodeId,
    evidence,
    endings,
    recovered: caretaker.firstRound,
    checks: createChecks({
      pool,
      endings,
      spoolBoundBytes: limits.spoolBytes,
      spoolBytes: () => spool.bytes,
      partitionDaysAhead: () => partitions.daysAhead(nowMs()),
    }),
    health: () => ({
      liveSessions: live.size,
      waitingDecisions: eventLanes.reduce((sum, lane) => sum + lane.health().waiting, 0),
      waitingChunks: chunkLane.health().waiting,
      commitMs: Math.max(...[...eventLanes, chunkLane].map(lane => lane.health().commitMs)),
      spoolBytes: spool.bytes,
      spoolBoundBytes: limits.spoolBytes,
      uncommittedBytes: uploader.bytes,
      pollAgeMs: endings.pollAgeMs(),
      partitionDaysAhead: partitions.daysAhead(nowMs()),
    }),
  }

  function lanesFor(sessionId: string): Lanes {
    const number = Number.parseInt(sessionId.slice(-4), 16) || 0
    return { events: eventLanes[number % EVENT_LANES] ?? chunkLane, chunks: chunkLane }
  }

  async function markEnded(sessionId: string, reason: string): Promise<void> {
    await pool.query(
      `update sallyport.session set ended_at = $2, end_reason = $3 where id = $1 and ended_at is null`,
      [sessionId, new Date(nowMs()).toISOString(), reason.replaceAll('\0', '\u2400')],
    )
  }

  async function stopNode(reason: string): Promise<void> {
    try {
      await ledgers.journal.record({ kind: 'node-stopped', node: nodeId, reason })
      await markStopped(pool, nodeId, reason)
    } catch (error) {
      // Without a database to write to, another node will find this one silent and write it down.
      log(`could not write down that this node stops: ${(error as Error).message}`, {})
    }
  }
}
