import handlers from 'ssh2/lib/protocol/handlers.js'
import { acted } from './acted.ts'
import type { Undo } from './repair.ts'

const KEXINIT = 20
/** IGNORE, UNIMPLEMENTED and DEBUG. */
const FIRST_HARMLESS = 2
const LAST_HARMLESS = 4
/** RFC 4250 §4.1.2: above are the messages of the login and of the connection protocol. */
const LAST_OF_KEY_EXCHANGE = 49

/**
 * Fault: while somebody re-keys, ssh2 (kex.js:1750) ends the connection for messages that only the first
 * key exchange forbids.
 *
 * - IGNORE, UNIMPLEMENTED and DEBUG: strict key exchange is about the first exchange (OpenSSH PROTOCOL
 *   §1.10). asyncssh sends an IGNORE there.
 * - Data that a peer sends between its KEXINIT and its NEWKEYS: RFC 4253 §7.1 forbids it, asyncssh 2.10
 *   does it, and sshd takes it. It comes under the old keys, so nobody else can have sent it.
 */
export function permitTrafficWhileRekeying(): Undo {
  const original = handlers[KEXINIT]
  handlers[KEXINIT] = (protocol, payload) => {
    const answer = original?.(protocol, payload)
    const decipher = protocol._decipher
    const isLaterExchange = protocol._kex?.sessionID !== undefined
    if (decipher !== undefined && isLaterExchange && decipher._onPayload !== protocol._onPayload) {
      const strict = decipher._onPayload
      decipher._onPayload = message => {
        const type = message[0] ?? 0
        const isHarmless = type >= FIRST_HARMLESS && type <= LAST_HARMLESS
        if (!isHarmless && type <= LAST_OF_KEY_EXCHANGE) return strict(message)
        acted('strict-rekey')
        return isHarmless ? handlers[type]?.(protocol, message) : protocol._onPayload(message)
      }
    }
    return answer
  }
  return () => {
    handlers[KEXINIT] = original
  }
}
