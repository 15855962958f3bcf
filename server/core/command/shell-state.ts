import type { Word } from './reading.ts'

/**
 * What is known about the running shell at one place of a line: where it is, which variables surely
 * hold numbers, which functions surely exist. Knowledge only: what is not known is left out.
 */
export interface ShellState {
  /** Null: still where the line began. */
  directory: Word | null
  numbers: Set<string>
  functions: Set<string>
}

/** A directory after a `cd` that may have failed, or may not have run. */
export const SOMEWHERE: Word = { is: 'dynamic', source: 'cd', prefix: '', several: false }

/** Where a function or trap will run is not known now; only whether it leaves that place. */
export function placeToLeave(): Word {
  return { ...SOMEWHERE }
}

export function freshState(directory: Word | null): ShellState {
  return { directory, numbers: new Set(), functions: new Set() }
}

/** A copy for a subshell: what happens in there stays there. */
export function fork(state: ShellState): ShellState {
  return {
    directory: state.directory,
    numbers: new Set(state.numbers),
    functions: new Set(state.functions),
  }
}

/** Runs `walk` as something that may or may not happen, and forgets what it would have changed. */
export function perhaps(state: ShellState, walk: () => void): void {
  const before = fork(state)
  walk()
  state.numbers = new Set([...before.numbers].filter(name => state.numbers.has(name)))
  state.functions = new Set([...before.functions].filter(name => state.functions.has(name)))
  if (state.directory !== before.directory) state.directory = SOMEWHERE
}
