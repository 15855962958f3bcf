import type { Protocol } from 'ssh2/lib/protocol/Protocol.js'
import { acted } from './acted.ts'
import { lookAtKexinit, readFirstLists } from './kexinit.ts'
import type { Undo } from './repair.ts'

/** Connections whose peer has guessed the exchange and guessed right. */
const guessedRight = new WeakSet<Protocol>()

/**
 * Fault: a peer may guess which exchange will be agreed on and send its first packet along (RFC 4253 §7).
 * ssh2 always takes the guess for wrong (kex.js:276 compares with the first letter of the algorithm it has
 * just chosen), drops that packet, and both sides wait for ever. dbclient guesses, and hung wherever it
 * guessed right.
 */
export function believeFirstGuess(): Undo {
  return lookAtKexinit((protocol, payload) => {
    const lists = readFirstLists(payload)
    guessedRight.delete(protocol)
    const { kex, serverHostKey } = protocol._offer.lists
    // Not what is agreed on counts, but whether both sides like the same best.
    const isRight =
      lists !== null &&
      lists.kex[0] === kex.array[0] &&
      lists.hostKeys[0] === serverHostKey.array[0]
    if (isRight) guessedRight.add(protocol)
    return payload
  })
}

/** For one connection, before its first key exchange: ssh2 drops no packet that was guessed right. */
export function keepRightGuess(protocol: Protocol): void {
  let isSkipping = false
  Object.defineProperty(protocol, '_skipNextInboundPacket', {
    configurable: true,
    get: () => isSkipping,
    set: (value: boolean) => {
      const isWrong = value && !guessedRight.has(protocol)
      if (value && !isWrong) acted('first-guess')
      isSkipping = isWrong
    },
  })
}
