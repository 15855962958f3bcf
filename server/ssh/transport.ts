import type { EventEmitter } from 'node:events'
import type { Duplex } from 'node:stream'
import type { Protocol } from 'ssh2/lib/protocol/Protocol.js'
import utils from 'ssh2/lib/protocol/utils.js'
import type { DisconnectReason, Transport } from './connection/transport.ts'
import { byte, MESSAGE, string, uint32 } from './connection/wire.ts'
import { hold } from './hold.ts'

/**
 * ssh2 ignores what `socket.write` answers and queues without a bound. Beyond this many bytes in the
 * socket, data waits: enough to keep a fast link busy, little enough for thousands of slow readers.
 */
const CONGESTED_BYTES = 1024 * 1024

/**
 * Answers to the peer's requests do not wait for room. A peer that asks and never reads is not read
 * from any more beyond this.
 */
const FLOODED_BYTES = 2 * 1024 * 1024

/** What ssh2 may hold back during one key exchange; a peer that asks on and never finishes it is cut off. */
const HELD_BACK_PACKETS = 4096
const HELD_BACK_BYTES = 2 * 1024 * 1024

/** A peer that was told to go and sends on is cut off after this long. */
const CLOSING_MS = 2000

/** ssh2's server side (`IncomingClient`) and client side (`Client`) alike, as far as we use them. */
export interface Ssh2Peer extends EventEmitter {
  readonly _protocol: Protocol
  readonly _sock: Duplex & { readonly bytesRead: number; readonly bytesWritten: number }
}

/** ssh2's encrypted packets as the transport of our own connection protocol. */
export function transportOver(peer: Ssh2Peer): Transport {
  const protocol = peer._protocol
  const socket = peer._sock
  let waiting: (() => void)[] = []
  /** Set while the peer is not read from because it does not read. */
  let letGo: (() => void) | null = null

  const isCongested = (): boolean =>
    socket.writableLength > CONGESTED_BYTES || protocol._kexinit !== undefined

  const wake = (): void => {
    if (waiting.length === 0 || isCongested()) return
    const woken = waiting
    waiting = []
    for (const then of woken) then()
  }

  const send = (...parts: readonly Uint8Array[]): void => {
    if (protocol._destruct === undefined || socket.destroyed) return
    sendMessage(protocol, parts)
  }

  // Looked at here and not where we send: ssh2 and its repairs answer as well (a ping, say), and what one
  // chunk can ask for is little.
  const lookAfter = (): void => {
    if (socket.writableEnded) return turnDeaf(socket)
    if (holdsTooMuch(protocol)) socket.destroy()
    if (socket.writableLength > FLOODED_BYTES) letGo ??= hold(socket)
  }
  // Nothing is answered before; and listening earlier than ssh2 would make data flow past it.
  peer.once('handshake', () => socket.on('data', lookAfter))
  socket.on('drain', () => {
    letGo?.()
    letGo = null
    wake()
  })
  // ssh2 sends what it held back before it says that the key exchange is over.
  peer.on('handshake', () => process.nextTick(wake))

  return {
    send,
    isCongested,
    onceClear: then => {
      waiting.push(then)
    },
    disconnect: (reason: DisconnectReason, sentence: string) => {
      if (protocol._destruct === undefined || socket.writableEnded || socket.destroyed) return
      const parts = [byte(MESSAGE.disconnect), uint32(reason), string(sentence), string('')]
      sendMessage(protocol, parts, { evenDuringKeyExchange: true })
      socket.end()
      turnDeaf(socket)
    },
  }
}

function holdsTooMuch({ _queue: heldBack = [] }: Protocol): boolean {
  const bytes = heldBack.reduce((sum, packet) => sum + packet.length, 0)
  return heldBack.length > HELD_BACK_PACKETS || bytes > HELD_BACK_BYTES
}

/** After a goodbye ssh2 would go on working through whatever comes, for as long as it comes. */
function turnDeaf(socket: Duplex): void {
  socket.removeAllListeners('data')
  socket.resume()
  setTimeout(() => void socket.destroy(), CLOSING_MS).unref()
}

/** Sends one message through ssh2, which holds it back while a key exchange is under way. */
export function sendMessage(
  protocol: Protocol,
  parts: readonly Uint8Array[],
  { evenDuringKeyExchange = false } = {},
): void {
  const { write } = protocol._packetRW
  let at = evenDuringKeyExchange ? write.allocStartKEX : write.allocStart
  const bytes = parts.reduce((sum, part) => sum + part.length, 0)
  const packet = write.alloc(bytes, evenDuringKeyExchange)
  for (const part of parts) {
    packet.set(part, at)
    at += part.length
  }
  utils.sendPacket(protocol, write.finalize(packet, evenDuringKeyExchange), evenDuringKeyExchange)
}
