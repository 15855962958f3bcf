import type { Redirection as RedirectionNode } from 'unbash'
import type { Assignment, Redirection, Word } from '../reading.ts'

/** One command on its way through its wrapper layers: `sudo env A=b ls` is three calls. */
export interface Call {
  readonly argv: readonly Word[]
  readonly assignments: readonly Assignment[]
  readonly redirections: readonly Redirection[]
  /** The words of the line it was read from. */
  readonly at: string
  /** What its standard input is; null where a wrapper uses it up (xargs). */
  readonly input: readonly RedirectionNode[] | null
  /** False behind a wrapper that starts programs: `env cd x` is no `cd`. */
  readonly mayBeBuiltin: boolean
  /** False behind any wrapper: `command f` is no call of the function f. */
  readonly mayBeFunction: boolean
  /** Wrapper layers so far. */
  readonly layers: number
}

/** The words' texts; null for those only known when they run. */
export function textsOf(words: readonly Word[]): readonly (string | null)[] {
  return words.map(word => (word.is === 'literal' ? word.text : null))
}

/** A word as a person would point at it. */
export function shown(word: Word | undefined): string {
  if (word === undefined) return ''
  return word.is === 'literal' ? word.text : word.source
}
