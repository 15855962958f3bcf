import type { Protocol } from 'ssh2/lib/protocol/Protocol.js'
import handlers from 'ssh2/lib/protocol/handlers.js'
import utils from 'ssh2/lib/protocol/utils.js'
import type { Multiplexer } from '../connection/multiplexer.ts'
import { MESSAGE } from '../connection/wire.ts'
import type { Undo } from './repair.ts'

/**
 * Fault: ssh2's connection protocol (RFC 4254) loses, damages and hangs; README.md lists the single
 * faults. They sit in code that cannot be mended from outside one by one, so its messages never reach
 * it: those of a connection that has a multiplexer of ours go there. Before a client has logged in
 * there is none, and such a message ends the connection (RFC 4252 §6).
 */
const CARRIED = [
  MESSAGE.globalRequest,
  MESSAGE.channelOpen,
  MESSAGE.channelOpenConfirmation,
  MESSAGE.channelOpenFailure,
  MESSAGE.channelWindowAdjust,
  MESSAGE.channelData,
  MESSAGE.channelExtendedData,
  MESSAGE.channelEof,
  MESSAGE.channelClose,
  MESSAGE.channelRequest,
  MESSAGE.channelSuccess,
  MESSAGE.channelFailure,
]

const multiplexers = new WeakMap<Protocol, Multiplexer>()

/** From now on the messages of this connection go to `multiplexer`. */
export function carryConnection(protocol: Protocol, multiplexer: Multiplexer): void {
  multiplexers.set(protocol, multiplexer)
}

export function replaceConnectionProtocol(): Undo {
  const originals = CARRIED.map(message => [message, handlers[message]] as const)
  for (const [message, original] of originals) {
    handlers[message] = (protocol, payload) => {
      const multiplexer = multiplexers.get(protocol)
      if (multiplexer !== undefined) return multiplexer.receive(payload)
      if (protocol._server)
        return utils.doFatalError(protocol, `message ${message} before the login`)
      return original?.(protocol, payload)
    }
  }
  return () => {
    for (const [message, original] of originals) handlers[message] = original
  }
}
