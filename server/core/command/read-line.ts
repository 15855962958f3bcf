import type { TargetShell } from '../access.ts'
import type { Reading } from './reading.ts'

/** Reads a command line as `shell` would, and says what it would run. Never throws. */
export function readLine(line: string | Uint8Array, shell: TargetShell): Reading {
  return {
    commands: [],
    loose: { assignments: [], redirections: [] },
    misreadings: [
      {
        class: 'opaque',
        code: 'not-yet-read',
        text: `lines for ${shell} are not read yet`,
        at: typeof line === 'string' ? line : '',
        answerable: null,
      },
    ],
    canonical: null,
  }
}
