import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { type Packets, plainPackets } from './packets.ts'

/** Speaks SSH packets byte for byte as a test wants; `key-exchange.ts` puts them under a cipher. */
export interface RawPeer {
  readonly socket: Socket
  send(...parts: readonly Uint8Array[]): void
  /** The next packet's payload, or null once the other side has closed. */
  next(): Promise<Buffer | null>
  /** The other side's first line, once `next` has answered. */
  banner(): string
  /** From the next packet on, each way. */
  changeKeys(ways: { readonly out?: Packets; readonly in?: Packets }): void
}

export const RAW_BANNER = 'SSH-2.0-Raw'

/** @param header goes before the banner, as a load balancer's does. */
export async function rawPeer(
  port: number,
  header: Uint8Array = Buffer.alloc(0),
): Promise<RawPeer> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  let received = Buffer.alloc(0)
  let banner: string | null = null
  let outward = plainPackets
  let inward = plainPackets
  let isClosed = false
  let wake: () => void = () => undefined
  socket.on('data', (chunk: Buffer) => {
    received = Buffer.concat([received, chunk])
    wake()
  })
  socket.on('error', () => undefined)
  socket.on('close', () => {
    isClosed = true
    wake()
  })
  await once(socket, 'connect')
  socket.write(Buffer.concat([header, Buffer.from(`${RAW_BANNER}\r\n`)]))

  const take = (): Buffer | null => {
    if (banner === null) {
      const end = received.indexOf('\n')
      if (end === -1) return null
      banner = received.subarray(0, end).toString().trimEnd()
      received = received.subarray(end + 1)
    }
    const packet = inward.open(received)
    if (packet === null) return null
    received = received.subarray(packet.length)
    return packet.payload
  }

  return {
    socket,
    send: (...parts) => void socket.write(outward.seal(Buffer.concat(parts))),
    async next() {
      for (;;) {
        const payload = take()
        if (payload !== null || isClosed) return payload
        await new Promise<void>(resolve => {
          wake = resolve
        })
      }
    },
    banner: () => banner ?? '',
    changeKeys(ways) {
      outward = ways.out ?? outward
      inward = ways.in ?? inward
    },
  }
}
