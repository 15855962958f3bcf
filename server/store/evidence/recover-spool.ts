import { readdir, stat } from 'node:fs/promises'
import type { SpoolRecord } from '../spool/frame.ts'
import { readSegment } from '../spool/read-segment.ts'
import { segmentPath } from '../spool/segment.ts'
import { Fenced } from './faults.ts'
import { type RecoveryParts, SessionRecovery } from './recover-session.ts'

export interface SpoolPart {
  readonly directory: string
  /** Segment numbers, first and last; null for all that are there. */
  readonly segments: { readonly from: number; readonly to: number } | null
  /** Only these sessions, and all of them, with or without records; null for those that have records. */
  readonly sessions: ReadonlySet<string> | null
}

export interface Recovered {
  /** Sessions that were brought to an end, with the chunks found for each. */
  readonly sessions: ReadonlyMap<string, number>
  /** Sessions that the database does not know: their spool must not be thrown away. */
  readonly unknown: ReadonlySet<string>
  /**
   * Segments that end in bytes which are no frames, and are not the last one: the disk has lost something.
   * (The last one may end so: its writer died in the middle of a write, which nobody was told was kept.)
   */
  readonly damaged: ReadonlySet<string>
}

/** Somebody else may write in a session while we recover it: another node that took this one for dead. */
const PASSES = 5

/** Uploads what a spool holds that the database has not, and closes its sessions with `reason`. */
export async function recoverSpool(
  part: SpoolPart,
  reason: string,
  parts: RecoveryParts,
): Promise<Recovered> {
  const sessions = new Map<string, number>()
  const unknown = new Set<string>()
  const damaged = new Set<string>()
  let wanted = part.sessions
  for (let pass = 1; pass <= PASSES; pass += 1) {
    const recoveries = new Recoveries(wanted, parts)
    for await (const records of recordsOf(part, path => damaged.add(path))) {
      for (const record of records) await recoveries.push(record)
    }
    await recoveries.finish(reason)
    for (const [session, chunks] of recoveries.done) sessions.set(session, chunks)
    for (const session of recoveries.unknown) unknown.add(session)
    if (recoveries.fenced.size === 0) return { sessions, unknown, damaged }
    wanted = recoveries.fenced
  }
  throw new Fenced(`others kept writing in ${[...(wanted ?? [])].join(', ')}`)
}

/** One pass over a spool: each session's recovery, until it is done, unknown or fenced. */
class Recoveries {
  readonly done = new Map<string, number>()
  readonly unknown = new Set<string>()
  readonly fenced = new Set<string>()
  readonly #wanted: ReadonlySet<string> | null
  readonly #parts: RecoveryParts
  readonly #running = new Map<string, SessionRecovery>()

  constructor(wanted: ReadonlySet<string> | null, parts: RecoveryParts) {
    this.#wanted = wanted
    this.#parts = parts
  }

  async push(record: SpoolRecord): Promise<void> {
    const session = record.sessionId
    if (this.#wanted?.has(session) === false) return
    await this.#unlessFenced(session, async () => {
      await (await this.#recoveryOf(session))?.push(record)
    })
  }

  async finish(reason: string): Promise<void> {
    for (const session of new Set([...(this.#wanted ?? []), ...this.#running.keys()])) {
      await this.#unlessFenced(session, async () => {
        const recovery = await this.#recoveryOf(session)
        if (recovery !== null) this.done.set(session, await recovery.finish(reason))
      })
    }
  }

  async #recoveryOf(session: string): Promise<SessionRecovery | null> {
    if (this.unknown.has(session)) return null
    const running = this.#running.get(session)
    if (running !== undefined) return running
    const started = await SessionRecovery.start(session, this.#parts)
    if (started === null) this.unknown.add(session)
    else this.#running.set(session, started)
    return started
  }

  async #unlessFenced(session: string, work: () => Promise<void>): Promise<void> {
    if (this.fenced.has(session)) return
    try {
      await work()
    } catch (error) {
      // The next pass begins this session anew, from what the database then says.
      if (!(error instanceof Fenced)) throw error
      this.fenced.add(session)
    }
  }
}

async function* recordsOf(
  { directory, segments }: SpoolPart,
  isDamaged: (path: string) => void,
): AsyncGenerator<readonly SpoolRecord[]> {
  const numbers =
    segments === null ? await segmentsIn(directory) : range(segments.from, segments.to)
  for (const number of numbers) {
    const path = segmentPath(directory, number)
    const { size } = await stat(path)
    let offset = 0
    for (;;) {
      const part = await readSegment(directory, number, offset, size)
      yield part.records
      if (part.isDamaged && number !== numbers.at(-1)) isDamaged(path)
      if (part.isDamaged || part.records.length === 0) break
      offset = part.next
    }
  }
}

async function segmentsIn(directory: string): Promise<number[]> {
  const names = await readdir(directory)
  return names
    .filter(name => name.endsWith('.spool'))
    .map(name => Number.parseInt(name, 10))
    .toSorted((a, b) => a - b)
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index)
}
