import { setTimeout as pause } from 'node:timers/promises'
import {
  CHUNK_BYTES,
  type TapeChunk,
  TapeEncoder,
  TAPE_START,
} from '../../core/recording/tape-encoder.ts'
import type { SpoolRecord } from './frame.ts'
import { readSegment } from './read-segment.ts'
import type { Spool } from './spool.ts'

/** Puts a chunk into the evidence; resolves once it is durable. */
export type UploadChunk = (sessionId: string, channel: number, chunk: TapeChunk) => Promise<void>

/** A recording is in the database within two seconds: half of it for waiting, half for the commit. */
const CUT_AFTER_MS = 900
const LOOK_EVERY_MS = 150
const READ_AGAIN_MS = 1000
/** The rest of a character that has not come by then does not come: its beginning is kept as stray bytes. */
const CARRY_MS = 5000

/** Text in memory that is not committed yet; beyond it, reading waits. */
const MOST_BYTES_IN_FLIGHT = 32 * 1024 * 1024
/** Text of all channels that is not cut yet; beyond it, chunks are cut early. */
const MOST_BYTES_UNCUT = 64 * 1024 * 1024

interface Channel {
  readonly sessionId: string
  readonly channel: number
  readonly encoder: TapeEncoder
  /** The segment in which the first record that is not in a chunk lies; null when there is none. */
  pinned: number | null
  /** When that record came, by the monotonic clock. */
  pinnedAtMs: number
  /** For each chunk on its way, the segment in which its first record lies. */
  readonly inFlight: number[]
  uploads: Promise<void>
}

/**
 * Reads the spool behind its writer and uploads what it holds. The spool is the queue: what is not in
 * memory yet lies on disk, so memory is bounded whatever the database does.
 *
 * A chunk or an uncut record pins its segment; segments before the first pin are released. A session
 * whose upload failed keeps its pins and is left to `salvage`, which reads the spool anew.
 */
export class Uploader {
  readonly #spool: Spool
  readonly #upload: UploadChunk
  readonly #failed: (sessionId: string, error: Error) => void
  readonly #channels = new Map<string, Channel>()
  /** How many chunks or channels need each segment. */
  readonly #pins = new Map<number, number>()
  /** Failed sessions, with the first segment each one needs. */
  readonly #lost = new Map<string, number>()
  readonly #finished = new Map<string, { promise: Promise<void>; done: () => void }>()
  #segment = 0
  #offset = 0
  #inFlight = 0
  #uncut = 0
  #isStopped = false
  #wake: () => void = () => {}
  readonly #running: Promise<void>

  constructor(
    spool: Spool,
    upload: UploadChunk,
    failed: (sessionId: string, error: Error) => void,
  ) {
    this.#spool = spool
    this.#upload = upload
    this.#failed = failed
    this.#running = this.#run()
  }

  /** There is more to read. */
  advance(): void {
    this.#wake()
  }

  /** Text that is read and not committed, in bytes. */
  get bytes(): number {
    return this.#inFlight + this.#uncut
  }

  get isIdle(): boolean {
    return this.#pins.size === 0 && this.#lost.size === 0
  }

  /**
   * Resolves when everything of this channel up to its close is in the database, or its session has
   * failed. To be asked for before the close is written.
   */
  finished(sessionId: string, channel: number): Promise<void> {
    return this.#finish(keyOf(sessionId, channel)).promise
  }

  /** Sessions whose records are only kept, for salvage. */
  lostSessions(): string[] {
    return [...this.#lost.keys()]
  }

  /** The segments a failed session's records may lie in; null if it has not failed. */
  segmentsOf(sessionId: string): { from: number; to: number } | null {
    const from = this.#lost.get(sessionId)
    return from === undefined ? null : { from, to: this.#spool.end.segment }
  }

  /** The session cannot be finished in the ordinary way; its records are kept for salvage. */
  abandon(sessionId: string, error: Error): void {
    this.#lose(sessionId, error)
  }

  /** A failed session was salvaged: nothing of it is needed any more. */
  async forget(sessionId: string): Promise<void> {
    const segment = this.#lost.get(sessionId)
    if (segment === undefined) return
    this.#lost.delete(sessionId)
    this.#unpin(segment)
    await this.#release()
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    this.#wake()
    await this.#running
    await Promise.all([...this.#channels.values()].map(channel => channel.uploads))
  }

  /** Never rejects: a spool that cannot be read stays where it is, for the next start to look at. */
  async #run(): Promise<void> {
    while (!this.#isStopped) {
      try {
        const isMore = await this.#readOn()
        this.#cutOld()
        await this.#release()
        if (!isMore) await this.#sleep()
      } catch (error) {
        // What cannot be read is kept; as nothing is released any more, the spool's bound ends the sessions.
        for (const { sessionId } of this.#channels.values()) {
          this.#lose(sessionId, error as Error)
        }
        await pause(READ_AGAIN_MS)
      }
    }
    for (const channel of this.#channels.values()) this.#cut(channel)
  }

  async #sleep(): Promise<void> {
    await new Promise<void>(resolve => {
      const timer = setTimeout(resolve, LOOK_EVERY_MS)
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
    this.#wake = () => {}
  }

  /** True when something was read, so that there may be more. */
  async #readOn(): Promise<boolean> {
    if (this.#inFlight > MOST_BYTES_IN_FLIGHT) return false
    const end = this.#spool.end
    const isCurrent = this.#segment === end.segment
    const limit = isCurrent ? end.offset : this.#spool.lengthOf(this.#segment)
    const part = await readSegment(this.#spool.directory, this.#segment, this.#offset, limit)
    if (part.isDamaged) throw new Error(`segment ${this.#segment} is damaged at ${part.next}`)
    for (const spooled of part.records) this.#take(spooled)
    this.#offset = part.next
    if (!isCurrent && part.next >= limit) {
      this.#segment += 1
      this.#offset = 0
      return true
    }
    return part.records.length > 0
  }

  #take({ sessionId, channel: number, number: recordNumber, record }: SpoolRecord): void {
    if (this.#lost.has(sessionId)) {
      if (record.is === 'close') this.#settle(keyOf(sessionId, number))
      return
    }
    const channel = this.#channelOf(sessionId, number)
    if (channel.pinned === null) this.#pinTo(channel)
    const before = channel.encoder.length
    channel.encoder.push(recordNumber, record)
    this.#uncut += channel.encoder.length - before
    if (channel.encoder.length >= CHUNK_BYTES || this.#uncut > MOST_BYTES_UNCUT) this.#cut(channel)
    if (record.is === 'close') this.#closeChannel(channel)
  }

  #channelOf(sessionId: string, number: number): Channel {
    const key = keyOf(sessionId, number)
    const known = this.#channels.get(key)
    if (known !== undefined) return known
    const channel: Channel = {
      sessionId,
      channel: number,
      encoder: new TapeEncoder(TAPE_START),
      pinned: null,
      pinnedAtMs: 0,
      inFlight: [],
      uploads: Promise.resolve(),
    }
    this.#channels.set(key, channel)
    return channel
  }

  #closeChannel(channel: Channel): void {
    this.#cut(channel)
    this.#unpinChannel(channel)
    const key = keyOf(channel.sessionId, channel.channel)
    void channel.uploads.then(() => {
      this.#channels.delete(key)
      this.#settle(key)
    })
  }

  #cutOld(): void {
    const now = performance.now()
    for (const channel of this.#channels.values()) {
      const ageMs = channel.pinned === null ? 0 : now - channel.pinnedAtMs
      if (ageMs < CUT_AFTER_MS) continue
      if (channel.encoder.length === 0 && ageMs > CARRY_MS) channel.encoder.giveUpCarry()
      this.#cut(channel)
    }
  }

  /** Sends what the channel has. Its records are pinned until they are committed. */
  #cut(channel: Channel): void {
    const chunk = channel.encoder.cut()
    if (chunk === null) return
    const segment = channel.pinned ?? this.#segment
    const { length } = chunk.text
    this.#uncut -= length
    this.#inFlight += length
    this.#pin(segment)
    channel.inFlight.push(segment)
    this.#unpinChannel(channel)
    channel.uploads = channel.uploads.then(async () => {
      try {
        if (!this.#lost.has(channel.sessionId)) {
          await this.#upload(channel.sessionId, channel.channel, chunk)
        }
      } catch (error) {
        this.#lose(channel.sessionId, error as Error)
      }
      channel.inFlight.shift()
      this.#inFlight -= length
      this.#unpin(segment)
      this.#wake()
    })
  }

  /** From here on the session's records are only kept, from its first pin on. */
  #lose(sessionId: string, error: Error): void {
    if (this.#lost.has(sessionId)) return
    let first = this.#segment
    for (const [key, channel] of this.#channels) {
      if (channel.sessionId !== sessionId) continue
      first = Math.min(first, channel.pinned ?? first, ...channel.inFlight)
      this.#uncut -= channel.encoder.length
      this.#unpinChannel(channel)
      this.#channels.delete(key)
    }
    this.#lost.set(sessionId, first)
    this.#pin(first)
    for (const key of this.#finished.keys()) {
      if (key.startsWith(`${sessionId}:`)) this.#settle(key)
    }
    this.#failed(sessionId, error)
  }

  #finish(key: string): { promise: Promise<void>; done: () => void } {
    const known = this.#finished.get(key)
    if (known !== undefined) return known
    let done = (): void => {}
    const promise = new Promise<void>(resolve => {
      done = resolve
    })
    const finish = { promise, done }
    this.#finished.set(key, finish)
    return finish
  }

  #settle(key: string): void {
    this.#finish(key).done()
    this.#finished.delete(key)
  }

  #pinTo(channel: Channel): void {
    channel.pinned = this.#segment
    channel.pinnedAtMs = performance.now()
    this.#pin(this.#segment)
  }

  #unpinChannel(channel: Channel): void {
    if (channel.pinned === null) return
    this.#unpin(channel.pinned)
    channel.pinned = null
  }

  #pin(segment: number): void {
    this.#pins.set(segment, (this.#pins.get(segment) ?? 0) + 1)
  }

  #unpin(segment: number): void {
    const left = (this.#pins.get(segment) ?? 0) - 1
    if (left > 0) this.#pins.set(segment, left)
    else this.#pins.delete(segment)
  }

  async #release(): Promise<void> {
    await this.#spool.release(Math.min(this.#segment, ...this.#pins.keys()))
  }
}

function keyOf(sessionId: string, channel: number): string {
  return `${sessionId}:${channel}`
}
