import type { GuardName } from './guards.ts'
import { GUARDS } from './guards.ts'
import type {
  Assignment,
  ChangedVariable,
  Misreading,
  ReadCommand,
  Redirection,
} from './reading.ts'

/** An agent's message and an event quote the line; this much of it is enough to recognise the place. */
const QUOTED_LIMIT = 160

/** More than this nobody reads; the last one kept is one that no rule may answer for. */
const MISREADINGS_LIMIT = 50

/** What has been found in a line so far. Every nested script adds to the same findings. */
export class Findings {
  readonly commands: ReadCommand[] = []
  readonly assignments: Assignment[] = []
  readonly redirections: Redirection[] = []
  readonly variables: ChangedVariable[] = []
  readonly misreadings: Misreading[] = []
  /** Variables that got a value somewhere in the line which is not known to be a number. */
  readonly notNumbers = new Set<string>()
  /** Variables that got a process number: a number, or nothing. */
  readonly processes = new Set<string>()
  /** Names used as numbers, and whether they were known to be one at that place. */
  readonly numberUses: {
    readonly name: string
    readonly wasNumber: boolean
    readonly at: string
  }[] = []
  /** Functions the line defines, certainly or perhaps. */
  readonly functions = new Set<string>()
  /** Names that the line unsets, and those that a function, trap or loop of it does. */
  readonly removed = new Set<string>()
  readonly vanishing: Set<string>
  /** Calls that were taken for those of a function whose body has been read; `isLater` in another's body, or in a trap. */
  readonly functionCalls: {
    readonly name: string
    readonly isLater: boolean
    readonly at: string
  }[] = []
  /** How often a variable got a value that is not known to be a number. */
  unknownValues = 0
  /** Variables that are arrays somewhere in the line, and those given a value that would fill one. */
  readonly arrays = new Set<string>()
  readonly filled: { readonly name: string; readonly at: string }[] = []
  readonly sessionFunctions: ReadonlySet<string>
  readonly #ignored: ReadonlySet<GuardName>

  constructor(
    ignored: ReadonlySet<GuardName> = new Set(),
    /** Functions that earlier lines of the session may have defined. */
    sessionFunctions: ReadonlySet<string> = new Set(),
    /** Names that functions and traps of the session may take away. */
    vanishing: readonly string[] = [],
  ) {
    this.#ignored = ignored
    this.vanishing = new Set(vanishing)
    this.sessionFunctions = sessionFunctions
  }

  /** `answerable`: see Misreading. */
  refuse(guard: GuardName, at: string, answerable: number | null = null): void {
    const kept = this.misreadings.length
    if (this.#ignored.has(guard) || kept >= MISREADINGS_LIMIT) return
    const shown = at.length > QUOTED_LIMIT ? `${at.slice(0, QUOTED_LIMIT)}…` : at
    this.misreadings.push({
      class: GUARDS[guard].class,
      code: guard,
      text: GUARDS[guard].text,
      at: shown,
      answerable: kept === MISREADINGS_LIMIT - 1 ? null : answerable,
    })
  }

  /** True when a test has taken this guard away and its consequences with it. */
  ignores(guard: GuardName): boolean {
    return this.#ignored.has(guard)
  }
}
