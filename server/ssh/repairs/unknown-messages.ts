import handlers from 'ssh2/lib/protocol/handlers.js'
import { byte, uint32 } from '../connection/wire.ts'
import { sendMessage } from '../transport.ts'
import { acted } from './acted.ts'
import type { Undo } from './repair.ts'

const UNIMPLEMENTED = 3

/**
 * Fault: ssh2 drops a message it does not know without a word. The peer must be told which one it was
 * (RFC 4253 §11.4), or it waits for an answer that never comes.
 */
export function answerUnknownMessages(): Undo {
  const unknown = Array.from(handlers.keys()).filter(
    message => message > 0 && handlers[message] === undefined,
  )
  for (const message of unknown) {
    handlers[message] = protocol => {
      acted('unknown-messages')
      // ssh2 has counted the packet already when it hands it over.
      const sequenceNumber = ((protocol._decipher?.inSeqno ?? 1) - 1) >>> 0
      sendMessage(protocol, [byte(UNIMPLEMENTED), uint32(sequenceNumber)])
    }
  }
  return () => {
    for (const message of unknown) handlers[message] = undefined
  }
}
