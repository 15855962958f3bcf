import type { Exit } from '../../core/audit/events.ts'
import type { Loss } from '../../core/shell/loss.ts'
import { delay } from '../say.ts'
import type { Channels } from './channels.ts'

/** Exit status when the target never said how something ended; ssh itself uses it for lost connections. */
export const LOST = 255
/** What a shell answers for a program that was found and could not be started. */
export const NOT_STARTED = 126

/** How what stood in the agent's terminal ended. */
export interface ProgramEnd {
  /** What the target said of it. */
  readonly exit: Exit | null
  /** Why it ended, when that was neither its own doing nor the agent's. */
  readonly loss: Loss | null
}

/** A connection's channels end before it does: so long its word is waited for. */
const LAST_WORD_MS = 200

export async function programEnd(exit: Exit | null, channels: Channels): Promise<ProgramEnd> {
  if (exit !== null) return { exit, loss: null }
  const fault = await Promise.race([channels.lost, delay(LAST_WORD_MS)])
  return { exit, loss: fault === null ? { because: 'closed' } : { because: 'disconnected', fault } }
}

/** A shell leaves with a status; a signal is somebody else's doing. `givenUp` is why the bastion ended it. */
export async function shellEnd(
  exit: Exit | null,
  channels: Channels,
  givenUp: Loss | null,
): Promise<ProgramEnd> {
  if (givenUp !== null) return { exit: null, loss: givenUp }
  if (exit === null || 'status' in exit) return programEnd(exit, channels)
  return { exit, loss: { because: 'killed', signal: exit.signal } }
}

/** As a shell would have it: 128 and the signal's number, which SSH does not tell. */
export function statusOf(exit: Exit | null): number {
  if (exit === null) return LOST
  return 'status' in exit ? exit.status & 0xff : 128
}
