/**
 * Ways to make a terminal session run a command that nobody let through. Each is what an agent types (and
 * when); `line` is the command that must not run. Against a shell of one's own each of them works.
 */
export interface Attack {
  readonly name: string
  readonly steps: (line: string) => readonly Step[]
  /** True where it puts a shell in the driver's place that edits its own lines, and so is sent none. */
  readonly replacesDriver: boolean
}

/** Text is one write; a number waits so many milliseconds; a pair is a new size of the window, columns and rows. */
export type Step = string | number | readonly [columns: number, rows: number]

/** Long enough for a program to start. */
export const A_WHILE = 250

export const attack = (
  name: string,
  steps: Attack['steps'],
  { replacesDriver = false } = {},
): Attack => ({ name, steps, replacesDriver })
