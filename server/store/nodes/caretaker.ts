import { readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Journal } from '../../core/ports/evidence.ts'
import { recoverSpool } from '../evidence/recover-spool.ts'
import { type RecoveryParts, SessionRecovery } from '../evidence/recover-session.ts'
import { Fenced } from '../evidence/faults.ts'
import type { LogLine } from '../log-line.ts'
import { lostNodes, LOST_AFTER_S, markStopped, openSessionsOf, silenceOf } from './node-rows.ts'
import { ownerOf } from './spool-owner.ts'

const LOOK_EVERY_MS = 2000

/** What the reason of a session says that somebody else had to close. */
const NODE_LOST = 'node lost'

export interface CaretakerParts {
  readonly recovery: RecoveryParts
  /** Holds one directory for each node that ran here. */
  readonly spools: string
  readonly nodeId: string
  readonly journal: Journal
  /** Sessions of this node that could not be closed, and where their records lie. */
  readonly salvage: () => Promise<void>
  readonly log: LogLine
}

export interface Caretaker {
  /** The spools that lay here at the start have been dealt with, or are not ours to touch yet. */
  readonly firstRound: Promise<void>
  close(): Promise<void>
}

/**
 * Brings to an end what others left open: spools of dead runs on this machine, and sessions of nodes
 * anywhere that gave no sign of life. Several nodes may do the same; the chain lets one through.
 */
export function startCaretaker(parts: CaretakerParts): Caretaker {
  let isClosed = false
  let wake = (): void => {}
  /** What was said last: a database that is gone for an hour is one line, not two thousand. */
  let complaint = ''
  const first = round()
  const running = run()

  return {
    firstRound: first,
    async close() {
      isClosed = true
      wake()
      await running
    },
  }

  async function run(): Promise<void> {
    await first
    while (!isClosed) {
      await new Promise<void>(resolve => {
        const timer = setTimeout(resolve, LOOK_EVERY_MS)
        wake = () => {
          clearTimeout(timer)
          resolve()
        }
      })
      if (!isClosed) await round()
    }
  }

  /** Never rejects: what failed is tried again in the next round. */
  async function round(): Promise<void> {
    const faults: string[] = []
    for (const work of [() => parts.salvage(), recoverSpools, closeLostSessions]) {
      try {
        await work()
      } catch (error) {
        faults.push((error as Error).message)
      }
    }
    const said = faults.join('; ')
    if (said !== '' && said !== complaint)
      parts.log(`could not bring old sessions to an end: ${said}`, {})
    complaint = said
  }

  async function recoverSpools(): Promise<void> {
    for (const node of await readdir(parts.spools)) {
      if (node === parts.nodeId || node.startsWith('kept-') || isClosed) continue
      const directory = join(parts.spools, node)
      if (await isDead(node, directory)) await recoverDead(node, directory)
    }
  }

  async function isDead(node: string, directory: string): Promise<boolean> {
    const owner = await ownerOf(directory)
    if (owner !== 'unknown') return owner === 'dead'
    const silence = await silenceOf(parts.recovery.pool, node)
    return silence === null || silence > LOST_AFTER_S
  }

  async function recoverDead(node: string, directory: string): Promise<void> {
    const part = { directory, segments: null, sessions: null }
    const recovered = await recoverSpool(part, NODE_LOST, parts.recovery)
    if (recovered.unknown.size + recovered.damaged.size > 0) {
      // Another database than the one it was written for, or a bad disk. Evidence is never thrown away.
      const kept = join(parts.spools, `kept-${node}`)
      await rename(directory, kept)
      parts.log('a spool could not be recovered as a whole; it is kept', {
        directory: kept,
        unknownSessions: [...recovered.unknown],
        damagedSegments: [...recovered.damaged],
      })
    } else {
      await rm(directory, { recursive: true, force: true })
    }
    const chunks = [...recovered.sessions.values()].reduce((sum, count) => sum + count, 0)
    parts.log('recovered the spool of a dead run', {
      deadNode: node,
      sessions: recovered.sessions.size,
      chunks,
    })
    await closeSessionsOf(node)
  }

  async function closeLostSessions(): Promise<void> {
    for (const node of await lostNodes(parts.recovery.pool)) {
      if (node !== parts.nodeId && !isClosed) await closeSessionsOf(node)
    }
  }

  async function closeSessionsOf(node: string): Promise<void> {
    for (const session of await openSessionsOf(parts.recovery.pool, node)) {
      try {
        const recovery = await SessionRecovery.start(session, parts.recovery)
        await recovery?.finish(NODE_LOST)
        parts.log('closed a session of a lost node', { session, deadNode: node })
      } catch (error) {
        // Another node closes it at this moment, or the next round does.
        if (!(error instanceof Fenced)) throw error
      }
    }
    if (await markStopped(parts.recovery.pool, node, NODE_LOST)) {
      await parts.journal.record({ kind: 'node-stopped', node, reason: NODE_LOST })
    }
  }
}
