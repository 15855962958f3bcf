import { createCipheriv, createDecipheriv } from 'node:crypto'
import { byte, string, uint32 } from '../../server/ssh/connection/wire.ts'

/** How one direction puts payloads into packets (RFC 4253 §6). */
export interface Packets {
  seal(payload: Uint8Array): Buffer
  /** The first payload in `received` and how many bytes its packet took; null while some are missing. */
  open(received: Buffer): { readonly payload: Buffer; readonly length: number } | null
}

export function plainPacket(payload: Uint8Array): Buffer {
  const padding = 8 - ((5 + payload.length + 4) % 8) + 4
  const length = uint32(1 + payload.length + padding)
  return Buffer.concat([length, byte(padding), payload, Buffer.alloc(padding)])
}

export const plainPackets: Packets = {
  seal: plainPacket,
  open(received) {
    if (received.length < 5) return null
    const length = 4 + received.readUInt32BE()
    if (received.length < length) return null
    return { payload: withoutPadding(received.subarray(4, length)), length }
  },
}

const TAG_BYTES = 16

/** aes128-gcm@openssh.com (RFC 5647 §7.3): the length is authenticated, not encrypted. */
export function gcmPackets(key: Uint8Array, firstNonce: Uint8Array): Packets {
  const nonce = Buffer.from(firstNonce)
  return {
    seal(payload) {
      const padding = 16 - ((1 + payload.length + 4) % 16) + 4
      const plain = Buffer.concat([byte(padding), payload, Buffer.alloc(padding)])
      const length = uint32(plain.length)
      const cipher = createCipheriv('aes-128-gcm', key, nonce).setAAD(length)
      countUp(nonce)
      const sealed = Buffer.concat([cipher.update(plain), cipher.final()])
      return Buffer.concat([length, sealed, cipher.getAuthTag()])
    },
    open(received) {
      if (received.length < 4) return null
      const end = 4 + received.readUInt32BE()
      if (received.length < end + TAG_BYTES) return null
      const decipher = createDecipheriv('aes-128-gcm', key, nonce)
      countUp(nonce)
      decipher.setAAD(received.subarray(0, 4))
      decipher.setAuthTag(received.subarray(end, end + TAG_BYTES))
      const plain = Buffer.concat([decipher.update(received.subarray(4, end)), decipher.final()])
      return { payload: withoutPadding(plain), length: end + TAG_BYTES }
    },
  }
}

/** A KEXINIT that offers this exchange and otherwise what everybody has (RFC 4253 §7.1). */
export function kexinit(kex: string, { firstFollows = false, compression = 'none' } = {}): Buffer {
  const cipher = 'aes128-gcm@openssh.com'
  const mac = 'hmac-sha2-256'
  const lists = [kex, 'ssh-ed25519', cipher, cipher, mac, mac, compression, compression, '', '']
  return Buffer.concat([
    Buffer.alloc(17, 20),
    ...lists.map(list => string(list)),
    byte(firstFollows ? 1 : 0),
    uint32(0),
  ])
}

function withoutPadding(packet: Buffer): Buffer {
  return packet.subarray(1, packet.length - (packet[0] ?? 0))
}

/** The last 8 bytes of the nonce are a counter. */
function countUp(nonce: Buffer): void {
  nonce.writeBigUInt64BE(BigInt.asUintN(64, nonce.readBigUInt64BE(4) + 1n), 4)
}
