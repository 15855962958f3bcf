import type { TargetShell } from '../../access.ts'
import type { Findings } from '../findings.ts'
import type { Word } from '../reading.ts'
import type { ShellState } from '../shell-state.ts'

/** Where a command stands: what leads to it. */
export interface Frame {
  /** Outermost first: `sudo`, `bash -c`, `$(…)`. */
  readonly via: readonly string[]
  /** The user after sudo or doas; null for the login. */
  readonly as: Word | null
  /** The shell whose words these are. */
  readonly shell: TargetShell
  /** How many scripts stand around this one. */
  readonly depth: number
  /** `$0`, `$1`, … where a wrapper set them and nothing in the script changes them; null when not known. */
  readonly positional: readonly Word[] | null
  /** Inside `$(…)` or `<(…)`, which bash 5.2 prints and parses again before it runs them. */
  readonly isReprinted: boolean
}

/** One script being read: its text, what has been found so far, and what is known at this place. */
export interface Extraction {
  /** The text that node positions count in. */
  readonly source: string
  readonly findings: Findings
  readonly frame: Frame
  readonly state: ShellState
  /** Reads the script in `code` as something that runs here (the knot between commands and scripts). */
  readonly readNested: (code: string, frame: Frame, state: ShellState) => void
}

/** True in the body of a function and in a trap: it runs later, again and again, and not at this place. */
export function runsLater({ via }: Frame): boolean {
  return via.some(how => how === 'trap' || how.endsWith('()'))
}

/** Records that a variable of this shell's is changed here. */
export function noteChange(name: string, x: Extraction, at: string): void {
  x.findings.variables.push({ name, via: x.frame.via, at })
}

/** The same place, one layer further in. */
export function inside(x: Extraction, how: string, changed: Partial<Frame> = {}): Extraction {
  return { ...x, frame: { ...x.frame, via: [...x.frame.via, how], ...changed } }
}
