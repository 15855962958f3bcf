import type { Tape, TapeHeader, TapeStream } from '../../core/ports/evidence.ts'
import type { TapeRecord } from '../../core/recording/tape-record.ts'
import { FRAME_BYTES } from '../spool/frame.ts'
import type { Spool } from '../spool/spool.ts'

export interface TapePlace {
  readonly sessionId: string
  readonly channel: number
  readonly startedAtMs: number
  /** Milliseconds since the session's start, by a clock that never goes back. */
  readonly elapsedMs: () => number
  readonly spool: Spool
  /** Settles when the closed tape is uploaded. */
  readonly uploaded: Promise<void>
  /** Called once the tape is closed; never for one whose close failed. */
  readonly closed: () => void
}

/**
 * One channel's way into the spool. Records are numbered in the order of the calls; once one could not
 * be written, none after it is, so the recording has no hole in its middle.
 */
export class SpoolTape implements Tape {
  readonly #place: TapePlace
  #count = 0
  #atMs = 0
  #fault: Error | null = null
  /** The last write. */
  #last: Promise<void> = Promise.resolve()
  #closing: Promise<void> | null = null

  constructor(place: TapePlace, header: TapeHeader) {
    this.#place = place
    const { sessionId, channel, startedAtMs } = place
    // A failure shows at the first write.
    void this.#append({
      is: 'open',
      atMs: this.#now(),
      opening: { session: sessionId, channel, startedAtMs, header },
    }).catch(() => {})
  }

  get atMs(): number {
    return this.#atMs
  }

  async write(stream: TapeStream, bytes: Uint8Array): Promise<void> {
    if (bytes.length === 0) return
    const atMs = this.#now()
    if (bytes.length <= FRAME_BYTES) return this.#append({ is: 'bytes', stream, atMs, bytes })
    const pieces: Promise<void>[] = []
    for (let from = 0; from < bytes.length; from += FRAME_BYTES) {
      const piece = bytes.subarray(from, from + FRAME_BYTES)
      pieces.push(this.#append({ is: 'bytes', stream, atMs, bytes: piece }))
    }
    await Promise.all(pieces)
  }

  resize(columns: number, rows: number): Promise<void> {
    return this.#append({ is: 'resize', atMs: this.#now(), columns, rows })
  }

  /** Resolves when the whole tape is in the database, or known not to get there now. */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  fail(error: Error): void {
    this.#fault ??= error
  }

  async #close(): Promise<void> {
    try {
      await this.#append({ is: 'close', atMs: this.#now() })
      await this.#place.uploaded
      this.#place.closed()
    } finally {
      this.#fault ??= new Error('the tape is closed')
      // Writes under way when the tape failed: they are in the spool, or will never be, from here on.
      await this.#last.catch(() => {}) // told to whoever wrote it
    }
  }

  #append(record: TapeRecord): Promise<void> {
    if (this.#fault !== null) return Promise.reject(this.#fault)
    const { sessionId, channel, spool } = this.#place
    const number = this.#count
    this.#count += 1
    this.#last = spool.append({ sessionId, channel, number, record }).catch((error: Error) => {
      this.#fault ??= error
      throw error
    })
    return this.#last
  }

  #now(): number {
    this.#atMs = Math.max(this.#atMs, Math.round(this.#place.elapsedMs()))
    return this.#atMs
  }
}
