import type { PackedChunk } from '../evidence/chunk-row.ts'
import type { FromEncoding } from './encoding-messages.ts'
import type { Spool, SpoolEnd } from './spool.ts'
import { type Encoding, startEncoding } from './start-encoding.ts'

/**
 * Puts a chunk into the evidence; resolves once it is durable. Called in the order of a channel's chunks,
 * the next one before the last is durable.
 */
export type UploadChunk = (sessionId: string, packed: PackedChunk) => Promise<void>

/**
 * Keys and their echoes are written one by one. The thread that encodes them is told together: it need not wake for
 * each, for it keeps them for a second anyway.
 */
const TELL_MS = 50
/** So much at once is worth a message of its own. */
const TELL_BYTES = 256 * 1024

/** A thread that dies is not started again at once: what killed it may still be there. */
const RESTART_MS = 1000

interface OpenTape {
  readonly sessionId: string
  readonly settle: () => void
  /** Settles when the chunks so far are durable, or given up. */
  uploads: Promise<void>
}

/** A chunk on its way: whose, and the segment in which it begins. */
interface InFlight {
  readonly sessionId: string
  readonly segment: number
}

/**
 * Takes the spool's chunks from the thread that encodes them to the database, and releases segments once
 * nothing in them is needed: by the thread, by a chunk on its way, or by a session that was lost.
 *
 * A session whose upload failed is lost: its records are kept, and left to `salvage`, which reads the
 * spool anew.
 */
export class Uploader {
  readonly #spool: Spool
  readonly #upload: UploadChunk
  readonly #failed: (sessionId: string, error: Error) => void
  readonly #tapes = new Map<string, OpenTape>()
  readonly #inFlight = new Map<InFlight, Promise<void>>()
  /** Lost sessions, with the first segment each one needs. */
  readonly #lost = new Map<string, number>()
  #encoding: Encoding
  /** The first segment that the thread still needs. */
  #place: number
  #inFlightBytes = 0
  #uncutBytes = 0
  #restart: NodeJS.Timeout | null = null
  /** Up to where the thread was told that there is something to read. */
  #told: SpoolEnd = { segment: 0, offset: 0 }
  #telling: NodeJS.Timeout | null = null
  #isStopping = false
  #stopped: (() => void) | null = null

  constructor(
    spool: Spool,
    upload: UploadChunk,
    failed: (sessionId: string, error: Error) => void,
  ) {
    this.#spool = spool
    this.#upload = upload
    this.#failed = failed
    this.#place = 0
    this.#encoding = this.#start({ segment: 0, offset: 0 })
  }

  /** There is more to read. */
  advance(): void {
    const { segment, offset } = this.#spool.end
    const isMuch = segment !== this.#told.segment || offset - this.#told.offset >= TELL_BYTES
    if (isMuch) this.#tell()
    else this.#telling ??= setTimeout(() => this.#tell(), TELL_MS)
  }

  #tell(): void {
    if (this.#telling !== null) clearTimeout(this.#telling)
    this.#telling = null
    this.#told = this.#spool.end
    this.#encoding.send({ is: 'advance', end: this.#told })
  }

  /** Recorded text in memory that is not committed, in bytes. */
  get bytes(): number {
    return this.#inFlightBytes + this.#uncutBytes
  }

  /** Everything that was recorded is in the database. */
  get isDone(): boolean {
    return this.#inFlight.size === 0 && this.#lost.size === 0
  }

  /**
   * Resolves when everything of this channel up to its close is in the database, or its session is lost.
   * To be asked for before the close is written.
   */
  finished(sessionId: string, channel: number): Promise<void> {
    return new Promise(settle => {
      const tape = { sessionId, settle, uploads: Promise.resolve() }
      this.#tapes.set(keyOf(sessionId, channel), tape)
    })
  }

  /** The session cannot be finished in the ordinary way; its records are kept for salvage. */
  lose(sessionId: string, error: Error): void {
    if (this.#lost.has(sessionId)) return
    const own = [...this.#inFlight.keys()].filter(chunk => chunk.sessionId === sessionId)
    this.#lost.set(sessionId, Math.min(this.#place, ...own.map(({ segment }) => segment)))
    this.#encoding.send({ is: 'drop', sessionId })
    for (const [key, tape] of this.#tapes) {
      if (tape.sessionId === sessionId) this.#settle(key)
    }
    this.#failed(sessionId, error)
  }

  /** Sessions whose records are only kept, for salvage. */
  lostSessions(): string[] {
    return [...this.#lost.keys()]
  }

  /** The segments in which a lost session's records lie; null if it is not lost. */
  segmentsOf(sessionId: string): { from: number; to: number } | null {
    const from = this.#lost.get(sessionId)
    return from === undefined ? null : { from, to: this.#spool.end.segment }
  }

  /** A lost session was salvaged: nothing of it is needed any more. */
  async forget(sessionId: string): Promise<void> {
    this.#lost.delete(sessionId)
    this.#encoding.send({ is: 'forget', sessionId, end: this.#spool.end })
    await this.#release()
  }

  /** Uploads what the spool holds, as far as the database takes it. */
  async stop(): Promise<void> {
    this.#isStopping = true
    if (this.#restart !== null) clearTimeout(this.#restart)
    else {
      await new Promise<void>(resolve => {
        this.#stopped = resolve
        this.#tell()
        this.#encoding.send({ is: 'stop' })
      })
    }
    await this.#encoding.end()
    await Promise.all(this.#inFlight.values())
  }

  #start(from: SpoolEnd): Encoding {
    const { directory } = this.#spool
    return startEncoding(
      directory,
      from,
      message => this.#receive(message),
      fault => this.#threadDied(fault),
    )
  }

  #receive(message: FromEncoding): void {
    switch (message.is) {
      case 'chunk':
        this.#takeChunk(message.sessionId, message.segment, message.packed)
        break
      case 'closed': {
        const key = keyOf(message.sessionId, message.channel)
        void this.#tapes.get(key)?.uploads.then(() => this.#settle(key))
        break
      }
      case 'place':
        this.#place = message.segment
        this.#uncutBytes = message.uncutBytes
        void this.#release()
        break
      case 'stopped':
        this.#stopped?.()
        break
      case 'fault':
        this.#threadDied(message.fault)
        break
    }
  }

  #takeChunk(sessionId: string, segment: number, packed: PackedChunk): void {
    const chunk = { sessionId, segment }
    this.#inFlightBytes += packed.length
    const upload = this.#uploadOne(sessionId, packed).then(async () => {
      this.#inFlight.delete(chunk)
      this.#inFlightBytes -= packed.length
      this.#encoding.send({ is: 'settled', bytes: packed.length })
      await this.#release()
    })
    this.#inFlight.set(chunk, upload)
    const tape = this.#tapes.get(keyOf(sessionId, packed.channel))
    // A session's chunks become durable in their order, so the last one speaks for all.
    if (tape !== undefined) tape.uploads = upload
  }

  /** Never rejects: a failure makes the session a lost one. */
  async #uploadOne(sessionId: string, packed: PackedChunk): Promise<void> {
    try {
      if (!this.#lost.has(sessionId)) await this.#upload(sessionId, packed)
    } catch (error) {
      this.lose(sessionId, error as Error)
    }
  }

  #settle(key: string): void {
    this.#tapes.get(key)?.settle()
    this.#tapes.delete(key)
  }

  /**
   * What the thread held is in the spool as well. Its sessions end and are salvaged from there; a new
   * thread goes on where the spool ends now.
   */
  #threadDied(fault: string): void {
    const end = this.#spool.end
    for (const { sessionId } of this.#tapes.values()) this.lose(sessionId, new Error(fault))
    this.#place = end.segment
    this.#stopped?.()
    // Nobody would end another one.
    if (this.#isStopping) return
    this.#restart = setTimeout(() => {
      this.#restart = null
      this.#encoding = this.#start(end)
      this.#tell()
    }, RESTART_MS)
  }

  async #release(): Promise<void> {
    const chunks = [...this.#inFlight.keys()].map(({ segment }) => segment)
    await this.#spool.release(Math.min(this.#place, ...chunks, ...this.#lost.values()))
  }
}

function keyOf(sessionId: string, channel: number): string {
  return `${sessionId}:${channel}`
}
