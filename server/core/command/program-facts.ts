/**
 * What is known about programs: which of their arguments are files, which are patterns or data, which
 * options take values, write files or run other programs, and what the program as a whole can do. Facts,
 * from manual pages and GTFOBins; the tables beside this file hold them, each entry with its source.
 */
import type { ArgumentKind, GrammarStyle, OptionFact } from './option-grammar.ts'
import { readOptionLines } from './option-grammar.ts'
import { PROGRAM_TABLES } from './tables/programs.ts'
import { CAPABLE_PROGRAMS } from './tables/capable-programs.ts'
import type { Category, ProgramEntry } from './tables/program-entry.ts'

export interface ProgramFacts {
  readonly name: string
  /** False when there is no entry: every operand is compared as a path, every option may take a value. */
  readonly isKnown: boolean
  readonly categories: ReadonlySet<Category>
  readonly style: GrammarStyle
  readonly options: readonly OptionFact[]
  readonly operands: OperandFacts
  /** Walks directory trees: always, never, or when one of these options is given. */
  readonly walksTrees: 'always' | 'never' | readonly string[]
  /** Where the facts come from; empty for a program without an entry. */
  readonly source: string
}

/** The kinds of the operands in order; the last one goes for all that follow. */
export interface OperandFacts {
  readonly kinds: readonly ArgumentKind[]
  /** With one of `options`, `kinds` is this instead (`grep -e PATTERN FILE…`). */
  readonly unless: {
    readonly options: readonly string[]
    readonly kinds: readonly ArgumentKind[]
  } | null
}

/** Facts about a program by its bare name (`grep`, not `/bin/grep`). */
export function programFacts(name: string): ProgramFacts {
  const known = factsByName.get(name)
  if (known !== undefined) return known
  return {
    name,
    isKnown: false,
    categories: categoriesOf(name, []),
    style: 'clusters',
    options: [],
    operands: { kinds: ['path'], unless: null },
    walksTrees: 'never',
    source: '',
  }
}

/** Every name that has an entry of its own or is catalogued as able to run others. */
export function knownPrograms(): readonly string[] {
  return [...new Set([...factsByName.keys(), ...CAPABLE_PROGRAMS.keys()])]
}

function factsOf(name: string, entry: ProgramEntry): ProgramFacts {
  return {
    name,
    isKnown: true,
    categories: categoriesOf(name, entry.categories ?? []),
    style: entry.style ?? 'clusters',
    options: readOptionLines(entry.options ?? ''),
    operands: {
      kinds: kindsOf(entry.operands),
      unless:
        entry.unless === undefined
          ? null
          : { options: entry.unless.options, kinds: kindsOf(entry.unless.operands) },
    },
    walksTrees: entry.walksTrees ?? 'never',
    source: entry.source,
  }
}

function categoriesOf(name: string, own: readonly Category[]): ReadonlySet<Category> {
  // `python3.11`, `gcc-12`, `lua5.4`: a version at the end does not change what a program can do.
  const bare = name.replace(/[-.]?\d[\d.]*$/, '')
  const catalogued = CAPABLE_PROGRAMS.get(name) ?? CAPABLE_PROGRAMS.get(bare) ?? []
  return new Set([...own, ...catalogued])
}

function kindsOf(text: string): readonly ArgumentKind[] {
  const kinds = text.split(' ')
  const known = kinds.filter(kind => /^(path|pattern|data|program)$/.test(kind))
  if (known.length !== kinds.length) throw new Error(`not operand kinds: ${text}`)
  return kinds as ArgumentKind[]
}

const factsByName: ReadonlyMap<string, ProgramFacts> = new Map(
  PROGRAM_TABLES.flatMap(table => Object.entries(table)).map(([name, entry]) => [
    name,
    factsOf(name, entry),
  ]),
)
