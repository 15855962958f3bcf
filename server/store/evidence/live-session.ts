import type { SessionEvent } from '../../core/audit/events.ts'
import type { SessionRecord, Tape, TapeHeader } from '../../core/ports/evidence.ts'
import type { Result } from '../../core/result.ts'
import type { Refusal } from '../../core/verdict.ts'
import type { Spool } from '../spool/spool.ts'
import type { Uploader } from '../spool/uploader.ts'
import { chunkEvent, type PackedChunk } from './chunk-row.ts'
import { refusalFor } from './obstacles.ts'
import type { SessionChain } from './session-chain.ts'
import type { StartedSession } from './sessions.ts'
import { SpoolTape } from './tape.ts'

export interface LiveSessionParts {
  readonly chain: SessionChain
  readonly spool: Spool
  readonly uploader: Uploader
  readonly elapsedMs: () => number
  /** Writes down in the session's row that it has ended, as the chain now says. */
  readonly markEnded: (sessionId: string, reason: string) => Promise<void>
  /** It is over: closed, or (with the fault) left to be salvaged. */
  readonly over: (sessionId: string, fault: Error | null) => void
}

/** A session of this node, from its first event to its last. */
export class LiveSession implements SessionRecord {
  readonly id: string
  readonly startedAtMs: number
  readonly #parts: LiveSessionParts
  /** Those that are not closed yet, or whose close failed: a long session has any number of channels. */
  readonly #tapes = new Map<number, SpoolTape>()
  #channels = 0
  #nextChunk = 0
  #closing: Promise<void> | null = null

  constructor(started: StartedSession, parts: LiveSessionParts) {
    this.id = started.id
    this.startedAtMs = started.startedAtMs
    this.#parts = parts
  }

  append(event: SessionEvent): Promise<number> {
    return this.#parts.chain.append(event)
  }

  async appendWhileGranted(event: SessionEvent): Promise<Result<number, Refusal>> {
    const answer = await this.#parts.chain.appendWhileGranted(event)
    return answer.ok ? answer : { ok: false, fault: refusalFor(answer.fault) }
  }

  openTape(channel: number, header: TapeHeader): Tape {
    if (this.#tapes.has(channel)) throw new Error(`channel ${channel} has a tape already`)
    const { spool, uploader, elapsedMs } = this.#parts
    const uploaded = uploader.finished(this.id, channel)
    const closed = (): void => void this.#tapes.delete(channel)
    const { id: sessionId, startedAtMs } = this
    const place = { sessionId, channel, startedAtMs, elapsedMs, spool, uploaded, closed }
    const tape = new SpoolTape(place, header)
    this.#tapes.set(channel, tape)
    this.#channels += 1
    return tape
  }

  /** The uploader's side: one chunk of a tape into the chain, in the order of the calls. */
  async upload(packed: PackedChunk): Promise<void> {
    const row = { ...packed, chunk: this.#nextChunk }
    this.#nextChunk += 1
    await this.#parts.chain.appendChunk(chunkEvent(row, false), row)
  }

  /** Nothing more is taken: what is recorded from here on could not be kept. */
  fail(error: Error): void {
    for (const tape of this.#tapes.values()) tape.fail(error)
  }

  close(reason: string): Promise<void> {
    this.#closing ??= this.#close(reason)
    return this.#closing
  }

  /** Every tape is closed before the first fault is told: nothing may be written any more. */
  async #closeTapes(): Promise<void> {
    const closings = await Promise.allSettled([...this.#tapes.values()].map(tape => tape.close()))
    for (const closing of closings) if (closing.status === 'rejected') throw closing.reason
  }

  async #close(reason: string): Promise<void> {
    const { chain, uploader, markEnded, over } = this.#parts
    try {
      await this.#closeTapes()
      const channels = this.#channels
      await chain.append({ kind: 'session-closed', reason, channels, recovered: false })
      await markEnded(this.id, reason)
      over(this.id, null)
    } catch (error) {
      // What is in the spool is uploaded later, and the session closed then.
      uploader.lose(this.id, error as Error)
      over(this.id, error as Error)
      throw error
    }
  }
}
