import type { HostKey } from 'ssh2/lib/protocol/Protocol.js'
import utils from 'ssh2/lib/protocol/utils.js'
import { WireReader } from '../core/ssh-wire/reader.ts'
import type { Transport } from './connection/transport.ts'
import { byte, MESSAGE, string } from './connection/wire.ts'

const ANNOUNCE = 'hostkeys-00@openssh.com'
export const PROVE = 'hostkeys-prove-00@openssh.com'

/** Tells a client all host keys, so that it knows the next one before it is used (OpenSSH PROTOCOL §2.5). */
export interface HostKeyNews {
  announce(): void
  /** What answers `PROVE`: a signature for each key that the client asks about; null for anything else. */
  prove(data: Uint8Array): Uint8Array | null
}

/**
 * For one connection whose client has logged in. It may ask once, and about keys that it was told of: each
 * answer is a signature, and what is signed names this session.
 */
export function hostKeyNews(
  transport: Pick<Transport, 'send'>,
  sessionId: Uint8Array,
  keys: readonly HostKey[],
): HostKeyNews {
  const byBlob = new Map(keys.map(key => [key.getPublicSSH().toString('base64'), key]))
  let hasAsked = false
  return {
    announce() {
      const blobs = [...byBlob.values()].map(key => string(key.getPublicSSH()))
      transport.send(byte(MESSAGE.globalRequest), string(ANNOUNCE), byte(0), ...blobs)
    },
    prove(data) {
      if (hasAsked) return null
      hasAsked = true
      const asked = new WireReader(data)
      const signatures: Uint8Array[] = []
      while (!asked.isAtEnd) {
        const blob = asked.string('host key')
        const key = byBlob.get(Buffer.from(blob).toString('base64'))
        if (key === undefined || signatures.length === byBlob.size) return null
        const signed = Buffer.concat([string(PROVE), string(sessionId), string(blob)])
        const signature = key.sign(signed)
        if (signature instanceof Error) return null
        const value = utils.convertSignature(signature, key.type)
        signatures.push(string(Buffer.concat([string(key.type), string(value)])))
      }
      return Buffer.concat(signatures)
    },
  }
}
