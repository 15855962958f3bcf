import type { SessionEvent } from '../../core/audit/events.ts'
import type { Result } from '../../core/result.ts'
import type { CommitLane } from './lane.ts'
import { type ChunkRow, type EventRow, eventRow, type Head } from './rows.ts'
import type { Obstacle } from './statements.ts'

export interface Lanes {
  /** Decisions: nothing may wait behind a recording. */
  readonly events: CommitLane
  readonly chunks: CommitLane
}

/** A digest event cannot know its number before it is its turn; neither can any other. */
interface Waiting {
  readonly event: SessionEvent
  readonly atMs: number
  readonly chunk: ChunkRow | null
  readonly whileGranted: boolean
  readonly resolve: (answer: Result<number, Obstacle>) => void
  readonly reject: (error: Error) => void
}

/** Enough to fill a disk write, few enough that a decision does not wait long behind recordings. */
const EVENTS_AT_ONCE = 100
const CHUNKS_AT_ONCE = 8

/** Events that may wait for one session: beyond it, the database is too slow for what the session does. */
const MOST_WAITING = 10_000

/**
 * The only writer of one session's chain. Events are numbered in the order of the calls, without gaps:
 * one group is in flight, because a link needs the hash of the one before, and a refused command leaves
 * no number behind. Recordings' digests go when no other event waits.
 *
 * After a failure nobody knows for certain where the chain ends, so nothing is written any more.
 */
export class SessionChain {
  readonly sessionId: string
  readonly #lanes: Lanes
  readonly #nowMs: () => number
  readonly #events: Waiting[] = []
  readonly #chunks: Waiting[] = []
  #head: Head
  #isWriting = false
  #fault: Error | null = null

  constructor(sessionId: string, head: Head, lanes: Lanes, nowMs: () => number) {
    this.sessionId = sessionId
    this.#head = head
    this.#lanes = lanes
    this.#nowMs = nowMs
  }

  get head(): Head {
    return this.#head
  }

  /** Why nothing can be written any more; null while all is well. */
  get fault(): Error | null {
    return this.#fault
  }

  async append(event: SessionEvent): Promise<number> {
    const answer = await this.#enqueue(this.#events, event, null, false)
    if (!answer.ok) throw new Error('an unconditional event met an obstacle')
    return answer.value
  }

  appendWhileGranted(event: SessionEvent): Promise<Result<number, Obstacle>> {
    return this.#enqueue(this.#events, event, null, true)
  }

  async appendChunk(event: SessionEvent, chunk: ChunkRow): Promise<void> {
    await this.#enqueue(this.#chunks, event, chunk, false)
  }

  #enqueue(
    queue: Waiting[],
    event: SessionEvent,
    chunk: ChunkRow | null,
    whileGranted: boolean,
  ): Promise<Result<number, Obstacle>> {
    if (this.#fault !== null) return Promise.reject(this.#fault)
    if (queue.length >= MOST_WAITING) {
      return Promise.reject(new Error(`${MOST_WAITING} events of the session wait to be written`))
    }
    return new Promise((resolve, reject) => {
      queue.push({ event, atMs: this.#nowMs(), chunk, whileGranted, resolve, reject })
      if (this.#isWriting) return
      this.#isWriting = true
      // A command waits for its decision; what else is written down can let the agent be shown its prompt first.
      if (whileGranted) void this.#writeAll()
      else setImmediate(() => void this.#writeAll())
    })
  }

  /** Never rejects: each failure goes to those who wait for it. */
  async #writeAll(): Promise<void> {
    while (this.#fault === null && this.#events.length + this.#chunks.length > 0) {
      if (this.#events.length > 0)
        await this.#writeGroup(takeGroup(this.#events), this.#lanes.events)
      else await this.#writeGroup(this.#chunks.splice(0, CHUNKS_AT_ONCE), this.#lanes.chunks)
    }
    this.#isWriting = false
  }

  async #writeGroup(group: readonly Waiting[], lane: CommitLane): Promise<void> {
    const rows: EventRow[] = []
    let head = this.#head
    for (const { event, atMs } of group) {
      const row = eventRow(this.sessionId, head, atMs, event)
      rows.push(row)
      head = row
    }
    try {
      const written = await lane.write(
        group.map(({ chunk, whileGranted }, index) => ({
          row: rows[index] as EventRow,
          chunk,
          whileGranted,
        })),
      )
      if (written.ok) this.#head = { seq: head.seq, hash: head.hash }
      group.forEach((waiting, index) => {
        if (!written.ok) waiting.resolve({ ok: false, fault: written.obstacle })
        else waiting.resolve({ ok: true, value: (rows[index] as EventRow).seq })
      })
    } catch (error) {
      this.#fault = error as Error
      for (const waiting of [...group, ...this.#events.splice(0), ...this.#chunks.splice(0)]) {
        waiting.reject(this.#fault)
      }
    }
  }
}

/** The events at the front that may share a fate; a conditional one stands alone. */
function takeGroup(queue: Waiting[]): Waiting[] {
  const conditional = queue.findIndex(waiting => waiting.whileGranted)
  const count = conditional === 0 ? 1 : conditional === -1 ? queue.length : conditional
  return queue.splice(0, Math.min(count, EVENTS_AT_ONCE))
}
