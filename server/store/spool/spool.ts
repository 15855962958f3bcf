import { writeSync } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { NotWritten } from '../evidence/faults.ts'
import { encodeFrame, SEGMENT_MAGIC, type SpoolRecord } from './frame.ts'
import { newSegment, type Segment, segmentPath, writeWhole } from './segment.ts'

export interface SpoolBounds {
  /** All segments together. Beyond it writes wait until the uploader has made room. */
  readonly spoolBytes: number
  readonly segmentBytes: number
  /** At the bound without any room being made for so long, waiting writes are given up. */
  readonly stallMs: number
}

/** How much one write(2) takes together. */
const BATCH_BYTES = 1024 * 1024

/**
 * A key's echo is a few bytes, and a write(2) of a few bytes takes microseconds: handing it to another thread
 * and waiting for the answer takes ten times as long, and a hundred times on a busy machine. Larger ones
 * are worth the way.
 */
const AT_ONCE_BYTES = 4096

/**
 * A write that took so long was held up by the disk, and the whole process with it. For a while nothing is written
 * at once any more, so that a slow disk holds up output and nothing else.
 */
const HELD_UP_MS = 10
const CAREFUL_MS = 10_000

/** What a power cut can take: at most what came in the last second. */
const SYNC_EVERY_MS = 1000

interface Waiting {
  readonly frame: Buffer
  readonly resolve: () => void
  readonly reject: (error: Error) => void
}

/** Up to where the spool is written: everything before it may be read. */
export interface SpoolEnd {
  readonly segment: number
  readonly offset: number
}

/**
 * This node's recordings on their way to the database: numbered segment files, appended to by one
 * writer and deleted once everything in them is uploaded. When `append` resolves, write(2) has returned,
 * so the record survives our death; it is synced within a second, so it survives a power cut then.
 *
 * Invariant: what lies before `end` are whole frames. A write that failed is cut off again.
 */
export class Spool {
  readonly directory: string
  readonly #bounds: SpoolBounds
  readonly #advanced: () => void
  readonly #syncTimer: NodeJS.Timeout
  #current: Segment
  #waiting: Waiting[] = []
  #waitingBytes = 0
  /** Bytes of the finished segments that still lie there, by number. */
  readonly #kept = new Map<number, number>()
  #keptBytes = 0
  #isDirty = false
  #fault: Error | null = null
  #writing: Promise<void> | null = null
  #room: (() => void) | null = null
  /** Until when nothing is written at once. */
  #carefulUntil = 0

  private constructor(
    directory: string,
    bounds: SpoolBounds,
    first: Segment,
    advanced: () => void,
  ) {
    this.directory = directory
    this.#bounds = bounds
    this.#current = first
    this.#advanced = advanced
    this.#syncTimer = setInterval(() => void this.#sync(), SYNC_EVERY_MS)
    this.#syncTimer.unref()
  }

  /** `advanced` is called whenever there is more to read. */
  static async create(
    directory: string,
    bounds: SpoolBounds,
    advanced: () => void,
  ): Promise<Spool> {
    await mkdir(directory, { recursive: true, mode: 0o700 })
    return new Spool(directory, bounds, await newSegment(directory, 0), advanced)
  }

  get end(): SpoolEnd {
    return { segment: this.#current.number, offset: this.#current.bytes }
  }

  /** Bytes on disk and waiting. */
  get bytes(): number {
    return this.#keptBytes + this.#current.bytes + this.#waitingBytes
  }

  append(record: SpoolRecord): Promise<void> {
    if (this.#fault !== null) return Promise.reject(this.#fault)
    const frame = encodeFrame(record)
    if (this.#hasWrittenAtOnce(frame)) return Promise.resolve()
    return new Promise((resolve, reject) => {
      this.#waiting.push({ frame, resolve, reject })
      this.#waitingBytes += frame.length
      this.#writing ??= this.#writeAll()
    })
  }

  /** Deletes the finished segments before `number`: everything in them is in the database. Never rejects. */
  async release(number: number): Promise<void> {
    for (const [segment, bytes] of this.#kept) {
      if (segment >= number) continue
      this.#kept.delete(segment)
      try {
        await rm(segmentPath(this.directory, segment), { force: true })
        this.#keptBytes -= bytes
      } catch (error) {
        const { message } = error as Error
        this.#fault = new NotWritten(`the spool in ${this.directory} cannot be emptied: ${message}`)
      }
    }
    this.#room?.()
  }

  /** Writes what waits; `isDone` says that nothing is needed any more and the directory can go. */
  async close(isDone: boolean): Promise<void> {
    clearInterval(this.#syncTimer)
    await this.#writing
    await this.#sync()
    this.#fault = new NotWritten('the spool is closed')
    await this.#current.file.close()
    if (isDone) await rm(this.directory, { recursive: true, force: true })
  }

  /** Writes a small frame here and now, if nothing is before it. False: it is to go the ordinary way. */
  #hasWrittenAtOnce(frame: Buffer): boolean {
    const { file, bytes } = this.#current
    const startedAt = performance.now()
    if (
      frame.length > AT_ONCE_BYTES ||
      this.#writing !== null ||
      startedAt < this.#carefulUntil ||
      bytes + frame.length > this.#bounds.segmentBytes ||
      this.#keptBytes + bytes + frame.length > this.#bounds.spoolBytes
    ) {
      return false
    }
    try {
      if (writeSync(file.fd, frame, 0, frame.length, bytes) < frame.length) return false
    } catch {
      // The ordinary way writes over what is there of it, and says what is wrong.
      return false
    }
    const now = performance.now()
    if (now - startedAt > HELD_UP_MS) this.#carefulUntil = now + CAREFUL_MS
    this.#current.bytes += frame.length
    this.#isDirty = true
    this.#advanced()
    return true
  }

  /** Never rejects: each failure goes to those who wait for it. */
  async #writeAll(): Promise<void> {
    // One turn of the event loop, so that what arrives together is written together.
    await new Promise(setImmediate)
    while (this.#waiting.length > 0) {
      const batch = this.#fault === null ? this.#takeBatch() : []
      if (this.#fault !== null) this.#rejectAll(this.#fault)
      else if (batch.length > 0) await this.#write(batch)
      else if (this.#current.bytes > SEGMENT_MAGIC.length) await this.#finishSegment()
      else await this.#waitForRoom()
    }
    this.#writing = null
  }

  /** As many frames as fit in one write and under the bound; none while the spool is full. */
  #takeBatch(): Waiting[] {
    const room = this.#bounds.spoolBytes - this.#keptBytes - this.#current.bytes
    let bytes = 0
    let count = 0
    for (const { frame } of this.#waiting) {
      if (bytes + frame.length > room) break
      if (count > 0 && bytes + frame.length > BATCH_BYTES) break
      bytes += frame.length
      count += 1
    }
    this.#waitingBytes -= bytes
    return this.#waiting.splice(0, count)
  }

  async #write(batch: readonly Waiting[]): Promise<void> {
    const bytes = Buffer.concat(batch.map(({ frame }) => frame))
    try {
      if (
        this.#current.bytes > SEGMENT_MAGIC.length &&
        this.#current.bytes + bytes.length > this.#bounds.segmentBytes
      ) {
        await this.#rotate()
      }
      await writeWhole(this.#current.file, bytes, this.#current.bytes)
      this.#current.bytes += bytes.length
      this.#isDirty = true
      for (const { resolve } of batch) resolve()
      this.#advanced()
    } catch (error) {
      const fault = new NotWritten(
        `the spool in ${this.directory} cannot be written: ${(error as Error).message}`,
      )
      for (const { reject } of batch) reject(fault)
      await this.#cutOff()
    }
  }

  /** After a write that failed half-way: what it left must not be taken for a frame. */
  async #cutOff(): Promise<void> {
    try {
      await this.#current.file.truncate(this.#current.bytes)
    } catch (error) {
      this.#fault = new NotWritten(
        `the spool in ${this.directory} is damaged: ${(error as Error).message}`,
      )
    }
  }

  /** A segment that is being written cannot be deleted: it is closed, so that its room can be had. */
  async #finishSegment(): Promise<void> {
    try {
      await this.#rotate()
    } catch (error) {
      this.#rejectAll(
        new NotWritten(
          `the spool in ${this.directory} is full and cannot go on: ${(error as Error).message}`,
        ),
      )
    }
  }

  async #rotate(): Promise<void> {
    await this.#sync()
    const next = await newSegment(this.directory, this.#current.number + 1)
    const finished = this.#current
    this.#current = next
    this.#kept.set(finished.number, finished.bytes)
    this.#keptBytes += finished.bytes
    await finished.file.close()
    this.#advanced()
  }

  /** Back-pressure: writes wait, and with them the programs whose output they are. */
  async #waitForRoom(): Promise<void> {
    const isRoom = await new Promise<boolean>(resolve => {
      const timer = setTimeout(() => resolve(false), this.#bounds.stallMs)
      this.#room = () => {
        clearTimeout(timer)
        resolve(true)
      }
    })
    this.#room = null
    if (isRoom) return
    this.#rejectAll(
      new NotWritten(
        `the spool has held ${this.#bounds.spoolBytes} bytes for ${this.#bounds.stallMs / 1000} s and nothing could be uploaded`,
      ),
    )
  }

  #rejectAll(error: Error): void {
    this.#waitingBytes = 0
    for (const { reject } of this.#waiting.splice(0)) reject(error)
  }

  async #sync(): Promise<void> {
    if (!this.#isDirty) return
    this.#isDirty = false
    try {
      await this.#current.file.datasync()
    } catch (error) {
      // After a failed sync nobody knows what is on the disk (Linux forgets the pages): go no further.
      this.#fault = new NotWritten(
        `the spool in ${this.directory} cannot be synced: ${(error as Error).message}`,
      )
    }
  }
}
