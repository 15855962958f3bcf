import { setTimeout as pause } from 'node:timers/promises'
import { CHUNK_BYTES, TapeEncoder, TAPE_START } from '../../core/recording/tape-encoder.ts'
import { packChunk } from '../evidence/chunk-row.ts'
import type { FromEncoding, ToEncoding } from './encoding-messages.ts'
import type { SpoolRecord } from './frame.ts'
import { readSegment } from './read-segment.ts'
import { segmentLength } from './segment.ts'
import type { SpoolEnd } from './spool.ts'

/** A recording is in the database within two seconds: half of it for waiting, half for the rest. */
const CUT_AFTER_MS = 900
const LOOK_EVERY_MS = 150
/** The rest of a character that has not come by then does not come: its beginning is kept as stray bytes. */
const CARRY_MS = 5000

/** Text that is handed over and not settled; beyond it, reading waits. */
const MOST_BYTES_IN_FLIGHT = 32 * 1024 * 1024
/** Text of all channels that is not cut yet; beyond it, chunks are cut early. */
const MOST_BYTES_UNCUT = 64 * 1024 * 1024

interface Channel {
  readonly sessionId: string
  readonly channel: number
  readonly encoder: TapeEncoder
  /** The segment in which the first record that is not in a chunk lies; null when there is none. */
  pinned: number | null
  /** When that record was read, by the monotonic clock. */
  pinnedAtMs: number
  /** Settles when the chunks so far are handed over. */
  turn: Promise<void>
}

/**
 * Reads the spool behind its writer and turns it into packed chunks, in a thread of its own. The spool is
 * the queue: what is not in memory yet lies on disk, so memory is bounded whatever the database does.
 */
export class SpoolEncoding {
  readonly #directory: string
  readonly #post: (message: FromEncoding) => void
  readonly #channels = new Map<string, Channel>()
  /** Sessions whose records are passed over; with the place, once it is known, beyond which there are none. */
  readonly #dropped = new Map<string, SpoolEnd | null>()
  /** How many channels and chunks on their way need each segment. */
  readonly #pins = new Map<number, number>()
  #end: SpoolEnd = { segment: 0, offset: 0 }
  #segment = 0
  #offset = 0
  #uncut = 0
  #inFlight = 0
  #isStopping = false
  #wake: () => void = () => {}

  constructor(directory: string, start: SpoolEnd, post: (message: FromEncoding) => void) {
    this.#directory = directory
    this.#segment = start.segment
    this.#offset = start.offset
    this.#end = start
    this.#post = post
  }

  receive(message: ToEncoding): void {
    switch (message.is) {
      case 'advance':
        this.#end = message.end
        break
      case 'settled':
        this.#inFlight -= message.bytes
        break
      case 'drop':
        this.#drop(message.sessionId)
        break
      case 'forget':
        if (this.#dropped.has(message.sessionId)) this.#dropped.set(message.sessionId, message.end)
        break
      case 'stop':
        this.#isStopping = true
        break
    }
    this.#wake()
  }

  /** Works until it is told to stop. Rejects when the spool cannot be read. */
  async run(): Promise<void> {
    for (;;) {
      const isMore = await this.#readOn()
      this.#cutOld()
      this.#forgetDropped()
      this.#sayPlace()
      if (isMore) continue
      if (this.#isStopping) break
      await this.#sleep()
    }
    for (const channel of this.#channels.values()) this.#cut(channel)
    await Promise.all([...this.#channels.values()].map(({ turn }) => turn))
    this.#sayPlace()
    this.#post({ is: 'stopped' })
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
    if (this.#inFlight > MOST_BYTES_IN_FLIGHT) {
      // Also while stopping: what was handed over is settled one way or the other within seconds.
      await pause(LOOK_EVERY_MS / 10)
      return this.#isStopping
    }
    const end = this.#end
    const isCurrent = this.#segment === end.segment
    const limit = isCurrent ? end.offset : await segmentLength(this.#directory, this.#segment)
    const part = await readSegment(this.#directory, this.#segment, this.#offset, limit)
    if (part.isDamaged) throw new Error(`segment ${this.#segment} is damaged at ${part.next}`)
    for (const record of part.records) this.#take(record)
    this.#offset = part.next
    if (!isCurrent && part.next >= limit) {
      this.#segment += 1
      this.#offset = 0
      return true
    }
    return part.records.length > 0
  }

  #take({ sessionId, channel: number, number: recordNumber, record }: SpoolRecord): void {
    if (this.#dropped.has(sessionId)) return
    const channel = this.#channelOf(sessionId, number)
    if (channel.pinned === null) {
      channel.pinned = this.#segment
      channel.pinnedAtMs = performance.now()
      this.#pin(this.#segment)
    }
    const before = channel.encoder.length
    channel.encoder.push(recordNumber, record)
    this.#uncut += channel.encoder.length - before
    if (channel.encoder.length >= CHUNK_BYTES || this.#uncut > MOST_BYTES_UNCUT) this.#cut(channel)
    if (record.is === 'close') this.#close(channel)
  }

  #channelOf(sessionId: string, number: number): Channel {
    const key = `${sessionId}:${number}`
    const known = this.#channels.get(key)
    if (known !== undefined) return known
    const channel: Channel = {
      sessionId,
      channel: number,
      encoder: new TapeEncoder(TAPE_START),
      pinned: null,
      pinnedAtMs: 0,
      turn: Promise.resolve(),
    }
    this.#channels.set(key, channel)
    return channel
  }

  #close(channel: Channel): void {
    const { sessionId, channel: number } = channel
    this.#cut(channel)
    this.#unpinChannel(channel)
    channel.turn = channel.turn.then(() => {
      this.#channels.delete(`${sessionId}:${number}`)
      this.#post({ is: 'closed', sessionId, channel: number })
    })
  }

  #cutOld(): void {
    const now = performance.now()
    for (const channel of this.#channels.values()) {
      const ageMs = channel.pinned === null ? 0 : now - channel.pinnedAtMs
      if (ageMs < CUT_AFTER_MS) continue
      if (channel.encoder.length === 0 && ageMs > CARRY_MS) {
        channel.encoder.giveUpCarry()
        this.#uncut += channel.encoder.length
      }
      this.#cut(channel)
    }
  }

  /** Packs what the channel has and hands it over when it is its turn; packing runs on libuv's threads. */
  #cut(channel: Channel): void {
    const chunk = channel.encoder.cut()
    if (chunk === null) return
    const { sessionId } = channel
    const segment = channel.pinned ?? this.#segment
    this.#uncut -= chunk.text.length
    this.#inFlight += chunk.text.length
    this.#pin(segment)
    this.#unpinChannel(channel)
    const packing = packChunk(channel.channel, chunk)
    channel.turn = channel.turn.then(async () => {
      const packed = await packing
      this.#unpin(segment)
      this.#post({ is: 'chunk', sessionId, segment, packed })
    })
  }

  #drop(sessionId: string): void {
    this.#dropped.set(sessionId, null)
    for (const [key, channel] of this.#channels) {
      if (channel.sessionId !== sessionId) continue
      this.#uncut -= channel.encoder.length
      this.#unpinChannel(channel)
      this.#channels.delete(key)
    }
  }

  #forgetDropped(): void {
    for (const [sessionId, end] of this.#dropped) {
      if (end === null || this.#segment < end.segment) continue
      if (this.#segment > end.segment || this.#offset >= end.offset) this.#dropped.delete(sessionId)
    }
  }

  #sayPlace(): void {
    const segment = Math.min(this.#segment, ...this.#pins.keys())
    this.#post({ is: 'place', segment, uncutBytes: this.#uncut })
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
}
