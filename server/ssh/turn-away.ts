import type { Socket } from 'node:net'
import type { DisconnectReason } from './connection/transport.ts'
import { byte, MESSAGE, string, uint32 } from './connection/wire.ts'

/** What we call ourselves (RFC 4253 §4.2). No version: it would only help whoever looks for old ones. */
export const SOFTWARE = 'Sallyport'

/** RFC 4253 §6: without a cipher, packets are multiples of 8 bytes with 4 bytes of padding or more. */
const BLOCK_BYTES = 8
const LEAST_PADDING_BYTES = 4

/** A client that does not take its sentence by then does not want it. */
const PATIENCE_MS = 1000

/** Connections that are being told to go, at most; further ones are dropped without a word. */
const MOST_ON_THEIR_WAY = 100

/** Where those go out who are told why; a flood of them would cost us more than they. */
export class WayOut {
  #onTheirWay = 0

  show(socket: Socket, tell: () => void): void {
    if (this.#onTheirWay >= MOST_ON_THEIR_WAY) {
      socket.destroy()
      return
    }
    this.#onTheirWay += 1
    socket.once('close', () => {
      this.#onTheirWay -= 1
    })
    tell()
  }
}

/**
 * Says why nobody gets in now. A line before the banner would be read by nobody; a DISCONNECT right
 * after it, before any key exchange, is shown by every client.
 */
export function turnAway(socket: Socket, reason: DisconnectReason, sentence: string): void {
  socket.write(`SSH-2.0-${SOFTWARE}\r\n`)
  sayGoodbye(socket, reason, sentence)
}

/** The same to who has had our banner and said nothing yet. */
export function sayGoodbye(socket: Socket, reason: DisconnectReason, sentence: string): void {
  socket.on('error', () => undefined) // it is leaving anyway
  socket.resume() // what it sends goes nowhere, and its end is noticed
  socket.end(
    plainPacket(
      Buffer.concat([byte(MESSAGE.disconnect), uint32(reason), string(sentence), string('')]),
    ),
  )
  const patience = setTimeout(() => socket.destroy(), PATIENCE_MS)
  socket.once('close', () => clearTimeout(patience))
}

function plainPacket(payload: Uint8Array): Buffer {
  const unpadded = 4 + 1 + payload.length
  const padding =
    BLOCK_BYTES - ((unpadded + LEAST_PADDING_BYTES) % BLOCK_BYTES) + LEAST_PADDING_BYTES
  return Buffer.concat([
    uint32(1 + payload.length + padding),
    byte(padding),
    payload,
    Buffer.alloc(padding),
  ])
}
