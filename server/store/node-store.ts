import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type pg from 'pg'
import type { Config } from '../config.ts'
import type { Clock } from '../core/ports/deciding.ts'
import { createEndings } from './endings/endings.ts'
import { startFeed } from './endings/feed.ts'
import type { OpenDatabase } from './database/open-database.ts'
import { CommitLane } from './evidence/lane.ts'
import { LiveSession } from './evidence/live-session.ts'
import { SessionRecovery } from './evidence/recover-session.ts'
import { recoverSpool } from './evidence/recover-spool.ts'
import { type Lanes, SessionChain } from './evidence/session-chain.ts'
import { createEvidence } from './evidence/sessions.ts'
import type { LogLine } from './log-line.ts'
import { startCaretaker } from './nodes/caretaker.ts'
import { markStopped, newNodeId, registerNode, settledSessionsOf } from './nodes/node-rows.ts'
import { claimSpool } from './nodes/spool-owner.ts'
import type { Ledgers, Store } from './open.ts'
import { DAYS_AHEAD, keepPartitionsAhead } from './partitions.ts'
import { Spool } from './spool/spool.ts'
import { Uploader } from './spool/uploader.ts'

/** Whether something is well, and if not, a sentence for the operator. */
export type Check = () => Promise<{ ok: true } | { ok: false; why: string }>

export interface StoreHealth {
  readonly liveSessions: number
  /** Groups of decisions, and of recordings, that wait for their commit. */
  readonly waitingDecisions: number
  readonly waitingChunks: number
  /** The slowest lane's last commit. */
  readonly commitMs: number
  readonly spoolBytes: number
  readonly spoolBoundBytes: number
  /** Recorded text in memory that is not committed yet. */
  readonly uncommittedBytes: number
  readonly pollAgeMs: number
  /** Days for which there are partitions, today not counted. */
  readonly partitionDaysAhead: number
}

interface NodeParts {
  readonly ledgers: Ledgers
  readonly database: OpenDatabase
  readonly pool: pg.Pool
  readonly clock: Clock
  readonly log: LogLine
  readonly version: string
  readonly nativeCrypto: boolean
}

/** A session stays on its lane; more lanes bring no more decisions a second on a shared disk (measured). */
const EVENT_LANES = 2

const SEGMENT_BYTES = 16 * 1024 * 1024
/** At the bound and nothing uploaded for so long: the database is gone, and sessions end anyway. */
const SPOOL_STALL_MS = 30_000
/** From here on the spool is a warning. */
const SPOOL_WARNING = 0.8

/** Registers this run as a node and gives it what it needs to serve sessions. */
export async function startNode(
  { home, limits }: Pick<Config, 'home' | 'limits'>,
  { ledgers, database, pool, clock, log, version, nativeCrypto }: NodeParts,
): Promise<Store> {
  const nodeId = newNodeId()
  const spools = join(home, 'spool')
  await mkdir(spools, { recursive: true, mode: 0o700 })
  const partitions = await keepPartitionsAhead(pool, log)
  await registerNode(pool, nodeId, version)

  const eventLanes = Array.from({ length: EVENT_LANES }, () => new CommitLane(database.application))
  const chunkLane = new CommitLane(database.application)
  const live = new Map<string, LiveSession>()
  const endings = createEndings(clock)

  const spool = await Spool.create(
    join(spools, nodeId),
    {
      spoolBytes: limits.spoolBytes,
      segmentBytes: Math.min(SEGMENT_BYTES, Math.ceil(limits.spoolBytes / 4)),
      stallMs: SPOOL_STALL_MS,
    },
    () => uploader.advance(),
  )
  await claimSpool(spool.directory)
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
  const recovery = { pool, lanes: lanesFor('recovery'), nowMs: () => clock.nowMs(), markEnded }
  const evidence = createEvidence(pool, { id: nodeId, nativeCrypto }, clock, started => {
    const startedAt = clock.monotonicMs()
    const session = new LiveSession(started, {
      chain: new SessionChain(started.id, started.head, lanesFor(started.id), () => clock.nowMs()),
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
  const feed = await startFeed(
    database.direct,
    nodeId,
    ended => endings.seen(ended),
    message => log(message, {}),
  )
  await ledgers.journal.record({ kind: 'node-started', node: nodeId, version, nativeCrypto })
  const caretaker = startCaretaker({
    recovery,
    spools,
    nodeId,
    journal: ledgers.journal,
    salvage,
    log,
  })

  return {
    ...ledgers,
    nodeId,
    evidence,
    endings,
    recovered: caretaker.firstRound,
    checks: {
      database: checkDatabase,
      partitions: checkPartitions,
      spool: checkSpool,
      revocations: checkRevocations,
    },
    health,
    close,
  }

  function lanesFor(sessionId: string): Lanes {
    const number = Number.parseInt(sessionId.slice(-4), 16) || 0
    return { events: eventLanes[number % EVENT_LANES] ?? chunkLane, chunks: chunkLane }
  }

  async function markEnded(sessionId: string, reason: string): Promise<void> {
    await pool.query(
      `update sallyport.session set ended_at = $2, end_reason = $3 where id = $1 and ended_at is null`,
      [sessionId, new Date(clock.nowMs()).toISOString(), reason.replaceAll('\0', '\u2400')],
    )
  }

  /** Sessions of ours that could not be finished while they lived: once the database is back, from the spool. */
  async function salvage(): Promise<void> {
    for (const sessionId of uploader.lostSessions()) {
      if (live.has(sessionId)) continue
      const segments = uploader.segmentsOf(sessionId)
      const part = { directory: spool.directory, segments, sessions: new Set([sessionId]) }
      await recoverSpool(part, 'the evidence could not be kept', recovery)
      await uploader.forget(sessionId)
      log('finished the record of a session that could not be kept at the time', {
        session: sessionId,
      })
    }
    await closeUnserved()
  }

  /** An opening whose answer got lost may stand in the database, and nobody serves it. */
  async function closeUnserved(): Promise<void> {
    for (const sessionId of await settledSessionsOf(pool, nodeId)) {
      if (live.has(sessionId) || uploader.lostSessions().includes(sessionId)) continue
      const unserved = await SessionRecovery.start(sessionId, recovery)
      await unserved?.finish('never served')
      log('closed a session that was opened and never served', { session: sessionId })
    }
  }

  function health(): StoreHealth {
    const lanes = [...eventLanes.map(lane => lane.health()), chunkLane.health()]
    return {
      liveSessions: live.size,
      waitingDecisions: eventLanes.reduce((sum, lane) => sum + lane.health().waiting, 0),
      waitingChunks: chunkLane.health().waiting,
      commitMs: Math.max(...lanes.map(lane => lane.commitMs)),
      spoolBytes: spool.bytes,
      spoolBoundBytes: limits.spoolBytes,
      uncommittedBytes: uploader.bytes,
      pollAgeMs: endings.pollAgeMs(),
      partitionDaysAhead: partitions.daysAhead(clock.nowMs()),
    }
  }

  async function checkDatabase(): ReturnType<Check> {
    try {
      await pool.query('select 1')
      return { ok: true }
    } catch (error) {
      return { ok: false, why: `the database does not answer: ${(error as Error).message}` }
    }
  }

  async function checkPartitions(): ReturnType<Check> {
    const days = partitions.daysAhead(clock.nowMs())
    if (days >= 1) return { ok: true }
    return {
      ok: false,
      why: `there is room for ${days} more days of ${DAYS_AHEAD}: see the log for why no more partitions are made`,
    }
  }

  async function checkSpool(): ReturnType<Check> {
    if (spool.bytes < limits.spoolBytes * SPOOL_WARNING) return { ok: true }
    return {
      ok: false,
      why: `the spool holds ${spool.bytes} of ${limits.spoolBytes} bytes; the database is too slow or gone`,
    }
  }

  async function checkRevocations(): ReturnType<Check> {
    if (endings.mayForward()) return { ok: true }
    const seconds = Math.round(endings.pollAgeMs() / 1000)
    return { ok: false, why: `revocations were last read ${seconds} s ago` }
  }

  async function close(reason: string): Promise<void> {
    await Promise.allSettled([...live.values()].map(session => session.close(reason)))
    await caretaker.close()
    await uploader.stop()
    await rm(join(spool.directory, 'owner.json'), { force: true })
    await spool.close(uploader.isDone)
    partitions.stop()
    await feed.close()
    endings.close()
    await Promise.all([...eventLanes, chunkLane].map(lane => lane.close()))
    try {
      await ledgers.journal.record({ kind: 'node-stopped', node: nodeId, reason })
      await markStopped(pool, nodeId, reason)
    } catch (error) {
      // Without a database to write to, another node will find this one silent and write it down.
      log(`could not write down that this node stops: ${(error as Error).message}`, {})
    }
    await ledgers.close(reason)
  }
}
