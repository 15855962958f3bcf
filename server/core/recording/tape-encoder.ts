import { concatenate, unfinishedTail } from './byte-text.ts'
import { headerLine, resizeLine, streamLine } from './lines.ts'
import type { TapeStream } from '../ports/evidence.ts'
import type { TapeRecord } from './tape-record.ts'

/** A chunk is cut once it holds this much text: big enough to compress well, small enough to seek in. */
export const CHUNK_BYTES = 256 * 1024

/** One write becomes lines of at most this many bytes, so that a chunk cannot grow far beyond its bound. */
const LINE_BYTES = 32 * 1024

/** Bytes that are the beginning of a character whose rest has not come yet, by stream. */
export interface Carry {
  readonly stdout: Uint8Array
  readonly stderr: Uint8Array
  readonly stdin: Uint8Array
}

const NOTHING = new Uint8Array(0)
export const NO_CARRY: Carry = { stdout: NOTHING, stderr: NOTHING, stdin: NOTHING }

/** Some whole lines of a channel's recording. */
export interface TapeChunk {
  /** asciicast v2, UTF-8. */
  readonly text: Uint8Array
  /** Place of `text` in the channel's whole recording, in bytes. */
  readonly startByte: number
  /** Milliseconds since the session's start, first and last line; a header counts from its channel's opening. */
  readonly fromMs: number
  readonly toMs: number
  /** Pairs of first and one-past-last byte within `text` that came from standard error. */
  readonly stderrRanges: readonly number[]
  /** Records of the channel that are in this chunk or before it, counted from 0; of the last one all but `carry`. */
  readonly lastRecord: number
  readonly carry: Carry
}

/** Where to go on after a chunk. */
export type TapePosition = Pick<TapeChunk, 'lastRecord' | 'carry'> & { readonly nextByte: number }

export const TAPE_START: TapePosition = { lastRecord: -1, carry: NO_CARRY, nextByte: 0 }

/**
 * Turns one channel's records into asciicast text, cut into chunks. Invariant: the chunks' texts, one
 * after another, are the recording, and `carry` is all that was pushed and is not in them yet.
 */
export class TapeEncoder {
  #lines: Uint8Array[] = []
  #length = 0
  #startByte: number
  #lastRecord: number
  #carry: { stdout: Uint8Array; stderr: Uint8Array; stdin: Uint8Array }
  #fromMs = 0
  #toMs = 0
  /** Of the newest record. */
  #atMs = 0
  #stderrRanges: number[] = []

  constructor(position: TapePosition) {
    this.#startByte = position.nextByte
    this.#lastRecord = position.lastRecord
    this.#carry = { ...position.carry }
  }

  /** Bytes of text that a cut would yield. */
  get length(): number {
    return this.#length
  }

  /** Takes the next record; the caller counts: `number` is one more than the one before. */
  push(number: number, record: TapeRecord): void {
    this.#lastRecord = number
    switch (record.is) {
      case 'open':
        this.#addLine(record.atMs, headerLine(record.opening), false)
        break
      case 'bytes':
        this.#addBytes(record.stream, record.atMs, record.bytes)
        break
      case 'resize':
        this.#addLine(record.atMs, resizeLine(record.atMs, record.columns, record.rows), false)
        break
      case 'close':
        this.#atMs = record.atMs
        this.giveUpCarry()
        break
    }
  }

  /** Takes unfinished characters for what they are so far: bytes that are none. */
  giveUpCarry(): void {
    for (const stream of ['stdout', 'stderr', 'stdin'] as const) {
      const rest = this.#carry[stream]
      this.#carry[stream] = NOTHING
      this.#addText(stream, this.#atMs, rest)
    }
  }

  /** Takes out the lines so far; null while there are none. */
  cut(): TapeChunk | null {
    if (this.#length === 0) return null
    const chunk: TapeChunk = {
      text: concatenate(this.#lines),
      startByte: this.#startByte,
      fromMs: this.#fromMs,
      toMs: this.#toMs,
      stderrRanges: this.#stderrRanges,
      lastRecord: this.#lastRecord,
      carry: { ...this.#carry },
    }
    this.#startByte += this.#length
    this.#lines = []
    this.#length = 0
    this.#stderrRanges = []
    return chunk
  }

  #addBytes(stream: TapeStream, atMs: number, bytes: Uint8Array): void {
    const held = this.#carry[stream]
    const all = held.length === 0 ? bytes : concatenate([held, bytes])
    const whole = all.length - unfinishedTail(all)
    this.#atMs = atMs
    // Copied: the caller's buffer may be large and is the caller's.
    this.#carry[stream] = all.slice(whole)
    let from = 0
    while (from < whole) {
      let to = Math.min(whole, from + LINE_BYTES)
      // Not in the middle of a character: its halves would be taken for strays.
      if (to < whole) to -= unfinishedTail(all.subarray(from, to))
      this.#addText(stream, atMs, all.subarray(from, to))
      from = to
    }
  }

  #addText(stream: TapeStream, atMs: number, bytes: Uint8Array): void {
    if (bytes.length === 0) return
    const line = streamLine(atMs, stream === 'stdin' ? 'i' : 'o', bytes)
    this.#addLine(atMs, line, stream === 'stderr')
  }

  #addLine(atMs: number, line: Uint8Array, isStderr: boolean): void {
    if (this.#length === 0) this.#fromMs = atMs
    this.#toMs = atMs
    if (isStderr) this.#markStderr(this.#length, this.#length + line.length)
    this.#lines.push(line)
    this.#length += line.length
  }

  #markStderr(from: number, to: number): void {
    const ranges = this.#stderrRanges
    if (ranges.at(-1) === from) ranges[ranges.length - 1] = to
    else ranges.push(from, to)
  }
}
