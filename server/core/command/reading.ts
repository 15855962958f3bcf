import type { LineFunctions } from './session-functions.ts'

/** What a command line was understood to do, before anybody decides whether it may. */

export type Word =
  | { readonly is: 'literal'; readonly text: string }
  /** Known only when it runs. */
  | {
      readonly is: 'dynamic'
      /** As written in the line. */
      readonly source: string
      /** Its literal beginning; what follows may be anything. */
      readonly prefix: string
      /** True when it may become more than one word, or none. */
      readonly several: boolean
      /**
       * For `~` and `~/rest` with a literal rest: the rest (`''`, `'.ssh/id_rsa'`). Who knows the login's
       * home directory knows the whole word.
       */
      readonly home?: string
    }

/** One command the line would run. Each wrapper layer is a command of its own, before the one inside. */
export interface ReadCommand {
  readonly argv: readonly Word[]
  /** The user after sudo or doas; null for the login itself. */
  readonly as: Word | null
  /** Where it runs when a wrapper or an earlier `cd` in the line says so; null for where the line began. */
  readonly directory: Word | null
  /** What leads to it, outermost first: `sudo`, `bash -c`, `$(…)`, `find -exec`. */
  readonly via: readonly string[]
  /** True for a layer that only changes how the command inside runs (sudo, env, timeout, nice, …). */
  readonly isWrapper: boolean
  readonly assignments: readonly Assignment[]
  readonly redirections: readonly Redirection[]
  /** The words of the line it was read from. */
  readonly at: string
}

export interface Assignment {
  readonly name: string
  readonly value: Word
}

/** A variable that the line gives a value, or takes it away, by whatever construct: `x=1`, `for x in …`, `${x:=1}`, `read x`, `unset x`. */
export interface ChangedVariable {
  readonly name: string
  /** As in ReadCommand. */
  readonly via: readonly string[]
  readonly at: string
}

/** A file the line itself opens (not what its programs open). */
export interface Redirection {
  readonly operator: string
  readonly direction: 'read' | 'write'
  readonly target: Word
}

/** Why a line was not understood; `class` is how the policy names it. */
export interface Misreading {
  readonly class: 'unreadable' | 'opaque' | 'dynamic'
  readonly code: string
  readonly text: string
  readonly at: string
  /**
   * Index of the command whose own doing this is (`bash deploy.sh`, `tar --to-command=x`), when a rule
   * that names that command's program and sees all its arguments may answer for it; null when nothing may.
   */
  readonly answerable: number | null
}

export interface Reading {
  readonly commands: readonly ReadCommand[]
  /** Assignments and redirections that belong to no command (`x=1`, `> file`). */
  readonly loose: {
    readonly assignments: readonly Assignment[]
    readonly redirections: readonly Redirection[]
  }
  /** Those that are named; a name that is only known when the line runs is a misreading. */
  readonly variables: readonly ChangedVariable[]
  readonly misreadings: readonly Misreading[]
  /** They outlive the line in an interactive session. */
  readonly functions: LineFunctions
  /** Definitions of earlier lines that this one calls, one behind the other; empty when it calls none. */
  readonly before: string
  /** The line written out again; null when it cannot be. */
  readonly canonical: string | null
}
