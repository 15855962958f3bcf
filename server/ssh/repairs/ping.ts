import handlers from 'ssh2/lib/protocol/handlers.js'
import { byte } from '../connection/wire.ts'
import { sendMessage } from '../transport.ts'
import { acted } from './acted.ts'
import type { Undo } from './repair.ts'

const PING = 192
const PONG = 193

/**
 * Fault: ssh2 does not know `ping@openssh.com` (OpenSSH PROTOCOL §1.9), by which OpenSSH 9.5 and later
 * hide the timing of keystrokes. The answer carries the question's data; a pong to us means nothing.
 */
export function answerPings(): Undo {
  const [ping, pong] = [handlers[PING], handlers[PONG]]
  handlers[PING] = (protocol, payload) => {
    acted('ping')
    sendMessage(protocol, [byte(PONG), payload.subarray(1)])
  }
  handlers[PONG] = () => undefined
  return () => {
    handlers[PING] = ping
    handlers[PONG] = pong
  }
}
