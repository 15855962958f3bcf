import handlers from 'ssh2/lib/protocol/handlers.js'
import type { Undo } from './repair.ts'

const KEXINIT = 20
/** IGNORE, UNIMPLEMENTED and DEBUG. */
const FIRST_HARMLESS = 2
const LAST_HARMLESS = 4

/**
 * Fault: strict key exchange forbids IGNORE, UNIMPLEMENTED and DEBUG only during the first exchange
 * (OpenSSH PROTOCOL §1.10); ssh2 (kex.js:1750) also ends a connection for them during later ones.
 * asyncssh sends an IGNORE there.
 */
export function permitIgnoreWhileRekeying(): Undo {
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
        return isHarmless ? handlers[type]?.(protocol, message) : strict(message)
      }
    }
    return answer
  }
  return () => {
    handlers[KEXINIT] = original
  }
}
