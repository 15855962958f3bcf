import { Duplex } from 'node:stream'
import type { Channel } from './connection/channel.ts'

/** A channel as the socket of a connection inside it. Ends with the channel, and the channel with it. */
export class ChannelSocket extends Duplex {
  readonly remoteAddress: string
  /** As a socket counts them. */
  bytesRead = 0
  bytesWritten = 0
  readonly #channel: Channel

  constructor(channel: Channel, remoteAddress: string) {
    super({ allowHalfOpen: false })
    this.#channel = channel
    this.remoteAddress = remoteAddress
    channel.input.on('data', (chunk: Buffer) => {
      this.bytesRead += chunk.length
      if (!this.push(chunk)) channel.input.pause()
    })
    channel.input.on('end', () => this.push(null))
    void channel.gone.then(() => this.destroy())
  }

  override _read(): void {
    this.#channel.input.resume()
  }

  /**
   * Not within the call: ssh2's ChaCha20 in JavaScript writes a packet in pieces and keeps its nonce in a buffer that all
   * connections share, so the outer connection must not encrypt before the inner one is through with its packet.
   */
  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void) {
    this.bytesWritten += chunk.length
    queueMicrotask(() => this.#channel.output.write(chunk, done))
  }

  /** What was written together stays together: see `answerInOneWrite`. */
  override _writev(
    chunks: readonly { chunk: Buffer; encoding: BufferEncoding }[],
    done: (error?: Error | null) => void,
  ) {
    this._write(Buffer.concat(chunks.map(({ chunk }) => chunk)), 'binary', done)
  }

  override _final(done: () => void): void {
    this.#channel.sendEof()
    done()
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#channel.close()
    done(error)
  }
}
