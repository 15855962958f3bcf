export interface WrapperEntry {
  readonly source: string
  /** As `-u --user =data`; see option-grammar.ts. */
  readonly options?: readonly string[]
  /** Patterns that the words before the command must match, one each. */
  readonly operands?: readonly RegExp[]
  /** They stand before the options, or not at all (`setarch x86_64 -R ls`). */
  readonly operandsFirst?: true
  /** NAME=value words may stand before the command. */
  readonly takesAssignments?: true
  /** Takes its options from among the command's words as well, up to a `--`. */
  readonly permutes?: true
  /** A single dash is an option (`env -` is `env -i`). */
  readonly takesDash?: true
  /** A number after a dash is an option (`nice -5`). */
  readonly takesNumbers?: true
  /** The options that say as whom, where, and which file is written. */
  readonly user?: readonly string[]
  readonly directory?: readonly string[]
  readonly writes?: readonly string[]
  /** With one of these the rest is no command (`command -v`, `taskset -p`). */
  readonly runsNothing?: readonly string[]
  /** With one of these a shell or an editor is started. */
  readonly startsShell?: readonly string[]
  /** Without a command a shell is started. */
  readonly alone?: 'shell'
  /** As whom when no option says: doas, sudo. */
  readonly defaultUser?: string
  /**
   * What runs is no longer what the name says (another root directory, another manager): the wrapper is
   * seen through, but needs a rule of its own.
   */
  readonly needsRule?: true
  /** The command does not run where the line stands. */
  readonly leavesDirectory?: true
}
