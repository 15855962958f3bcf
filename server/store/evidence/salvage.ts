import type pg from 'pg'
import type { LogLine } from '../log-line.ts'
import { settledSessionsOf } from '../nodes/node-rows.ts'
import type { Spool } from '../spool/spool.ts'
import type { Uploader } from '../spool/uploader.ts'
import { type RecoveryParts, SessionRecovery } from './recover-session.ts'
import { recoverSpool } from './recover-spool.ts'

export interface SalvageParts {
  readonly nodeId: string
  readonly pool: pg.Pool
  readonly spool: Spool
  readonly uploader: Uploader
  readonly recovery: RecoveryParts
  readonly isLive: (sessionId: string) => boolean
  readonly log: LogLine
}

/** Brings sessions of this node to an end that could not be while they lived. Rejects while that is still so. */
export async function salvage(parts: SalvageParts): Promise<void> {
  const { uploader, spool, recovery, log } = parts
  for (const sessionId of uploader.lostSessions()) {
    // Its writer may still add to the spool.
    if (parts.isLive(sessionId)) continue
    const segments = uploader.segmentsOf(sessionId)
    const part = { directory: spool.directory, segments, sessions: new Set([sessionId]) }
    await recoverSpool(part, 'the evidence could not be kept', recovery)
    await uploader.forget(sessionId)
    log('finished the record of a session that could not be kept at the time', {
      session: sessionId,
    })
  }
  await closeUnserved(parts)
}

/** An opening whose answer got lost may stand in the database, and nobody serves it. */
async function closeUnserved(parts: SalvageParts): Promise<void> {
  const lost = new Set(parts.uploader.lostSessions())
  for (const sessionId of await settledSessionsOf(parts.pool, parts.nodeId)) {
    if (parts.isLive(sessionId) || lost.has(sessionId)) continue
    const unserved = await SessionRecovery.start(sessionId, parts.recovery)
    await unserved?.finish('never served')
    parts.log('closed a session that was opened and never served', { session: sessionId })
  }
}
