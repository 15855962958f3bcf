import type { Gate } from './gate-types.ts'
import { TYPE_AHEAD_LIMIT_BYTES } from './turn.ts'

/** Half of what may be typed ahead: there is room for what is on its way already. */
const HELD_BYTES = TYPE_AHEAD_LIMIT_BYTES / 2

/** True while what is held is being worked off and there should be no more of it. */
export function mustWait({ phase, typeAhead }: Gate): boolean {
  switch (phase.is) {
    case 'prompting':
      return typeAhead.length > 0
    case 'running':
      // A program that is granted no lines may take its time, and ^C must come through.
      return phase.input.is === 'line' && typeAhead.length > HELD_BYTES
    case 'booting':
    case 'completing':
    case 'judging':
    case 'starting':
    case 'draining':
    case 'opening':
      return typeAhead.length > HELD_BYTES
    case 'raw':
    case 'leaving':
      return false
  }
}
