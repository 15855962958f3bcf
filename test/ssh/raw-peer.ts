import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { byte, string, uint32 } from '../../server/ssh/connection/wire.ts'

/** Speaks SSH packets before there is any encryption (RFC 4253 §6), byte for byte as a test wants. */
export interface RawPeer {
  readonly socket: Socket
  send(...parts: readonly Uint8Array[]): void
  /** The next packet's payload, or null once the other side has closed. */
  next(): Promise<Buffer | null>
}

export async function rawPeer(port: number): Promise<RawPeer> {
  const socket = connect(port, '127.0.0.1')
  let received = Buffer.alloc(0)
  let hasBanner = false
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
  socket.write('SSH-2.0-Raw\r\n')

  const take = (): Buffer | null => {
    if (!hasBanner) {
      const end = received.indexOf('\n')
      if (end === -1) return null
      received = received.subarray(end + 1)
      hasBanner = true
    }
    if (received.length < 5) return null
    const length = received.readUInt32BE()
    if (received.length < 4 + length) return null
    const padding = received[4] ?? 0
    const payload = received.subarray(5, 4 + length - padding)
    received = received.subarray(4 + length)
    return payload
  }

  return {
    socket,
    send: (...parts) => void socket.write(plainPacket(Buffer.concat(parts))),
    async next() {
      for (;;) {
        const payload = take()
        if (payload !== null || isClosed) return payload
        await new Promise<void>(resolve => {
          wake = resolve
        })
      }
    },
  }
}

export function plainPacket(payload: Uint8Array): Buffer {
  const padding = 8 - ((5 + payload.length + 4) % 8) + 4
  const length = uint32(1 + payload.length + padding)
  return Buffer.concat([length, byte(padding), payload, Buffer.alloc(padding)])
}

/** A KEXINIT that offers this exchange and otherwise what everybody has (RFC 4253 §7.1). */
export function kexinit(kex: string, { firstFollows = false } = {}): Buffer {
  const cipher = 'aes128-gcm@openssh.com'
  const mac = 'hmac-sha2-256'
  const lists = [kex, 'ssh-ed25519', cipher, cipher, mac, mac, 'none', 'none', '', '']
  return Buffer.concat([
    Buffer.alloc(17, 20),
    ...lists.map(list => string(list)),
    byte(firstFollows ? 1 : 0),
    uint32(0),
  ])
}
