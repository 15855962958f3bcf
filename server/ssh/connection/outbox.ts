import { Writable } from 'node:stream'

/** Bytes Node may queue before `write` says false; small, so that a slow peer is felt at once. */
const HIGH_WATER_BYTES = 64 * 1024

type Written = (error?: Error | null) => void

/**
 * Bytes on their way to the peer. A write is done when its last byte has been handed to a transport
 * that had room, so `pipeline` and `await write` feel the peer's window and the socket alike.
 */
export class Outbox extends Writable {
  readonly #onWritable: () => void
  readonly #onEnd: () => void
  #pending: { bytes: Buffer; written: Written } | null = null

  /** `onWritable`: there is something to send; `onEnd`: everything was sent and no more will come. */
  constructor(onWritable: () => void, onEnd: () => void) {
    super({ highWaterMark: HIGH_WATER_BYTES, decodeStrings: true })
    this.#onWritable = onWritable
    this.#onEnd = onEnd
    // Whoever writes learns of the failure from `write` or `pipeline`; without them nobody needs to.
    this.on('error', () => undefined)
  }

  get pendingBytes(): number {
    return this.#pending?.bytes.length ?? 0
  }

  /** Takes up to `limit` bytes of the current write. */
  take(limit: number): Buffer {
    const pending = this.#pending
    if (pending === null) return Buffer.alloc(0)
    const taken = pending.bytes.subarray(0, limit)
    pending.bytes = pending.bytes.subarray(taken.length)
    return taken
  }

  /** Tells the writer once the current write is out. */
  settle(): void {
    const pending = this.#pending
    if (pending === null || pending.bytes.length > 0) return
    this.#pending = null
    pending.written()
  }

  override _write(bytes: Buffer, _encoding: BufferEncoding, written: Written): void {
    this.#pending = { bytes, written }
    this.#onWritable()
  }

  override _final(done: Written): void {
    this.#onEnd()
    done()
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    const pending = this.#pending
    this.#pending = null
    pending?.written(error)
    done(error)
  }
}
