import { Readable } from 'node:stream'

/** Small pieces are gathered into blocks of this many bytes, so that a window full of 1-byte packets stays small. */
const BLOCK_BYTES = 4096

/** What Node may hold besides, in pieces as small as they came; the rest waits here, within the window. */
const HIGH_WATER_BYTES = BLOCK_BYTES

/**
 * Bytes the peer has sent and nobody has read yet.
 *
 * `onRead` is told of every byte exactly once, when it leaves the inbox (or is thrown away because the
 * reader has gone): only then may the peer be given window for it, so what is held never exceeds the window.
 */
export class Inbox extends Readable {
  readonly #onRead: (bytes: number) => void
  #held: Buffer[] = []
  /** The last block while it still has room: `used` of its bytes are taken. */
  #open: { block: Buffer; used: number } | null = null
  #isWanted = false
  #hasEnded = false

  constructor(onRead: (bytes: number) => void) {
    super({ highWaterMark: HIGH_WATER_BYTES })
    this.#onRead = onRead
    // A reader that has gone is no failure of the channel: what still comes is thrown away.
    this.on('error', () => undefined)
  }

  receive(bytes: Uint8Array): void {
    if (this.destroyed) return this.#onRead(bytes.length)
    if (this.#hasEnded || bytes.length === 0) return
    this.#hold(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength))
    this.#flow()
  }

  /** The peer will send no more. */
  finish(): void {
    if (this.#hasEnded) return
    this.#hasEnded = true
    this.#flow()
  }

  override _read(): void {
    this.#isWanted = true
    this.#flow()
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#seal()
    for (const chunk of this.#held.splice(0)) this.#onRead(chunk.length)
    done(error)
  }

  #hold(bytes: Buffer): void {
    if (this.#isWanted || bytes.length >= BLOCK_BYTES) {
      this.#seal()
      this.#held.push(bytes)
      return
    }
    if (this.#open !== null && this.#open.used + bytes.length > BLOCK_BYTES) this.#seal()
    this.#open ??= { block: Buffer.allocUnsafe(BLOCK_BYTES), used: 0 }
    bytes.copy(this.#open.block, this.#open.used)
    this.#open.used += bytes.length
  }

  #seal(): void {
    if (this.#open === null) return
    this.#held.push(this.#open.block.subarray(0, this.#open.used))
    this.#open = null
  }

  #flow(): void {
    while (this.#isWanted) {
      if (this.#held.length === 0) this.#seal()
      const chunk = this.#held.shift()
      if (chunk === undefined) break
      this.#isWanted = this.push(chunk)
      this.#onRead(chunk.length)
    }
    if (this.#hasEnded && this.#isWanted && this.#held.length === 0 && this.#open === null) {
      this.#isWanted = false
      this.push(null)
    }
  }
}
