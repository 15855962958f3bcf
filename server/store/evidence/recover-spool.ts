import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { readSegment } from '../spool/read-segment.ts'
import { Fenced } from './faults.ts'
import { type RecoveryParts, SessionRecovery } from './recover-session.ts'

export interface SpoolPart {
  readonly directory: string
  /** Segment numbers, first and last; null for all that are there. */
  readonly segments: { readonly from: number; readonly to: number } | null
  /** Only these sessions; null for every one. */
  readonly sessions: ReadonlySet<string> | null
}

export interface Recovered {
  /** Sessions that were brought to an end, with the chunks found for each. */
  readonly sessions: ReadonlyMap<string, number>
  /** Sessions that the database does not know: their spool must not be thrown away. */
  readonly unknown: readonly string[]
  /** Segments that end in bytes which are no frames: a write that was cut off, or damage. */
  readonly damaged: readonly string[]
}

/** Somebody else may write in a session while we recover it: another node that took this one for dead. */
const PASSES = 5

/** Uploads what a spool holds that the database has not, and closes its sessions with `reason`. */
export async function recoverSpool(
  part: SpoolPart,
  reason: string,
  parts: RecoveryParts,
): Promise<Recovered> {
  const done = new Map<string, number>()
  let unknown = new Set<string>()
  let damaged: string[] = []
  let wanted = part.sessions
  for (let pass = 1; pass <= PASSES; pass += 1) {
    const run = await recoverOnce({ ...part, sessions: wanted }, reason, parts)
    for (const [session, chunks] of run.done) done.set(session, chunks)
    unknown = new Set([...unknown, ...run.unknown])
    if (pass === 1) damaged = run.damaged
    if (run.fenced.size === 0) return { sessions: done, unknown: [...unknown], damaged }
    wanted = run.fenced
  }
  throw new Fenced(`others kept writing in ${[...(wanted ?? [])].join(', ')}`)
}

interface Run {
  readonly done: Map<string, number>
  readonly unknown: Set<string>
  readonly fenced: Set<string>
  readonly damaged: string[]
}

async function recoverOnce(part: SpoolPart, reason: string, parts: RecoveryParts): Promise<Run> {
  const run: Run = { done: new Map(), unknown: new Set(), fenced: new Set(), damaged: [] }
  const recoveries = new Map<string, SessionRecovery>()

  const attempt = async (session: string, work: () => Promise<void>): Promise<void> => {
    try {
      await work()
    } catch (error) {
      if (!(error instanceof Fenced)) throw error
      run.fenced.add(session)
      recoveries.delete(session)
    }
  }

  for (const segment of await segmentsOf(part)) {
    let offset = 0
    const path = join(part.directory, segment.name)
    const { size } = await stat(path)
    for (;;) {
      const piece = await readSegment(part.directory, segment.number, offset, size)
      for (const spooled of piece.records) {
        const session = spooled.sessionId
        if (part.sessions?.has(session) === false) continue
        if (run.fenced.has(session) || run.unknown.has(session)) continue
        await attempt(session, async () => {
          let recovery = recoveries.get(session)
          if (recovery === undefined) {
            const started = await SessionRecovery.start(session, parts)
            if (started === null) {
              run.unknown.add(session)
              return
            }
            recovery = started
            recoveries.set(session, recovery)
          }
          await recovery.push(spooled)
        })
      }
      offset = piece.next
      if (piece.isDamaged) run.damaged.push(path)
      if (piece.isDamaged || piece.records.length === 0) break
    }
  }
  for (const session of part.sessions ?? []) {
    // A session may have nothing in the spool and still have to be closed.
    if (recoveries.has(session) || run.fenced.has(session) || run.unknown.has(session)) continue
    const started = await SessionRecovery.start(session, parts)
    if (started === null) run.unknown.add(session)
    else recoveries.set(session, started)
  }
  for (const [session, recovery] of recoveries) {
    await attempt(session, async () => {
      run.done.set(session, await recovery.finish(reason))
    })
  }
  return run
}

async function segmentsOf(part: SpoolPart): Promise<{ name: string; number: number }[]> {
  const names = await readdir(part.directory)
  return names
    .filter(name => name.endsWith('.spool'))
    .sort()
    .map(name => ({ name, number: Number.parseInt(name, 10) }))
    .filter(({ number }) => {
      return part.segments === null || (number >= part.segments.from && number <= part.segments.to)
    })
}
