import type { Protocol } from 'ssh2/lib/protocol/Protocol.js'
import { byte, string, uint32 } from '../connection/wire.ts'
import { sendMessage } from '../transport.ts'
import { acted } from './acted.ts'

const EXT_INFO = 7

/** What `core/ssh-wire/signature.ts` verifies, so what a client may sign with. No SHA-1. */
export const USER_SIGNATURE_ALGORITHMS = [
  'ssh-ed25519',
  'sk-ssh-ed25519@openssh.com',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'sk-ecdsa-sha2-nistp256@openssh.com',
  'rsa-sha2-512',
  'rsa-sha2-256',
]

/**
 * Fault: a comma is missing in the list that ssh2 sends (Protocol.js:2113: "ecdsa-sha2-nistp521rsa-sha2-512"),
 * and it names SHA-1. A client with an RSA certificate then finds no algorithm that it may sign with.
 *
 * Sends the right list (RFC 8308 §3.1) and `ping@openssh.com`, which `ping.ts` answers, and keeps ssh2
 * from sending its own. For the server's side, before the first key exchange is over.
 */
export function announceExtensions(protocol: Protocol): void {
  const complete = protocol._onHandshakeComplete
  let isFirst = true
  protocol._onHandshakeComplete = (...negotiated) => {
    const kex = protocol._kex
    if (isFirst && kex?.remoteExtInfoEnabled === true) {
      kex.remoteExtInfoEnabled = false
      acted('server-sig-algs')
      sendMessage(protocol, [
        byte(EXT_INFO),
        uint32(2),
        string('server-sig-algs'),
        string(USER_SIGNATURE_ALGORITHMS.join(',')),
        string('ping@openssh.com'),
        string('0'),
      ])
    }
    isFirst = false
    complete(...negotiated)
  }
}
