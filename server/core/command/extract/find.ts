import type { Redirection, Word } from '../reading.ts'
import { SOMEWHERE } from '../shell-state.ts'
import { FIND_ARITY, FIND_RUNS, FIND_WRITES } from '../tables/find-primaries.ts'
import { shown } from './call.ts'
import type { Extraction } from './extraction.ts'
import { withFindings } from './markers.ts'

/** A command find runs for what it finds. */
export interface FoundCommand {
  readonly argv: readonly Word[]
  readonly action: string
  /** Where it runs: beside the file for -execdir. */
  readonly directory: Word | null
}

export interface FindReading {
  readonly commands: readonly FoundCommand[]
  /** Files written by -fprint and its like. */
  readonly redirections: readonly Redirection[]
}

/** Reads find's arguments: which commands it runs and which files it writes. */
export function readFind(args: readonly Word[], x: Extraction): FindReading {
  const commands: FoundCommand[] = []
  const redirections: Redirection[] = []
  const reading = { commands, redirections }
  const start = startOfExpression(args, x)
  if (start === null) return reading
  const prefix = commonPrefix(args.slice(0, start))
  for (let at = start; at < args.length; ) {
    const word = args[at] as Word
    if (word.is === 'dynamic') {
      x.findings.refuse('wrapper-operand', shown(word))
      return reading
    }
    const run = FIND_RUNS.get(word.text)
    if (run !== undefined) {
      const end = endOfCommand(args, at + 1, run.mayBatch)
      const isBatch = args[end]?.is === 'literal' && shown(args[end]) === '+'
      const argv = args.slice(at + 1, end)
      const unsure = mayEndEarly(argv, run.mayBatch)
      if (unsure !== null) {
        x.findings.refuse('wrapper-operand', shown(unsure))
        return reading
      }
      const found = run.moves ? './' : prefix
      const directory = run.moves ? SOMEWHERE : null
      if (argv.length > 0) {
        commands.push({ argv: withFound(argv, found, isBatch), action: word.text, directory })
      }
      at = end + 1
      continue
    }
    const writes = FIND_WRITES.get(word.text)
    const target = args[at + 1]
    if (writes !== undefined && target !== undefined) {
      redirections.push({ operator: word.text, direction: 'write', target })
    }
    const arity = writes ?? FIND_ARITY.get(word.text)
    if (arity === undefined) {
      x.findings.refuse('wrapper-option', word.text)
      return reading
    }
    const values = args.slice(at + 1, at + 1 + arity)
    const unsure = values.find(value => value.is === 'dynamic' && value.several)
    if (unsure !== undefined) {
      x.findings.refuse('wrapper-operand', shown(unsure))
      return reading
    }
    at += 1 + arity
  }
  return reading
}

/** Indexes of the words that belong to find's commands or are its brackets and operators. */
export function wordsOfCommands(args: readonly Word[]): ReadonlySet<number> {
  const found = new Set<number>()
  for (let at = 0; at < args.length; at += 1) {
    const word = args[at]
    if (word?.is !== 'literal') continue
    if (/^[()!,]$/.test(word.text)) found.add(at)
    const run = FIND_RUNS.get(word.text)
    if (run === undefined) continue
    const end = endOfCommand(args, at + 1, run.mayBatch)
    for (let inner = at + 1; inner <= end; inner += 1) found.add(inner)
    at = end
  }
  return found
}

/** Index of the first word of the expression; null when a starting point may turn out to be part of it. */
function startOfExpression(args: readonly Word[], x: Extraction): number | null {
  let at = 0
  for (; at < args.length; at += 1) {
    const word = args[at] as Word
    if (word.is === 'dynamic') {
      if (word.prefix !== '' && !/^[-(!,]/.test(word.prefix)) continue
      if (word.home !== undefined) continue
      x.findings.refuse('wrapper-operand', shown(word))
      return null
    }
    if (/^-([HLP]+|O\d)$/.test(word.text)) continue
    if (word.text === '-D') {
      at += 1
      continue
    }
    if (/^(-.|[(!,])/.test(word.text)) break
  }
  return at
}

/** The index of the `;` or `+` that ends a command; the end of the arguments when there is none. */
function endOfCommand(args: readonly Word[], from: number, mayBatch: boolean): number {
  for (let at = from; at < args.length; at += 1) {
    const word = args[at]
    if (word?.is !== 'literal') continue
    if (word.text === ';') return at
    const before = args[at - 1]
    if (
      mayBatch &&
      word.text === '+' &&
      at > from &&
      before?.is === 'literal' &&
      before.text === '{}'
    ) {
      return at
    }
  }
  return args.length
}

/**
 * A word that may turn out to be the `;` or the `{}` before a `+` where the command ends: what stands behind
 * it would then be read as another action. A `;` for itself does no harm, because the one that was meant
 * to end the command makes find give up; several words may bring an action of their own.
 */
function mayEndEarly(argv: readonly Word[], mayBatch: boolean): Word | null {
  for (const [at, word] of argv.entries()) {
    if (word.is === 'literal') continue
    const mayBeEnd = ';'.startsWith(word.prefix)
    if (mayBeEnd && (word.several || argv.slice(at + 1).some(mayBeAction))) return word
    const next = argv[at + 1]
    const isBeforePlus =
      next?.is === 'literal' ? next.text === '+' : next !== undefined && '+'.startsWith(next.prefix)
    if (mayBatch && isBeforePlus && '{}'.startsWith(word.prefix)) return word
  }
  return null
}

function mayBeAction(word: Word): boolean {
  if (word.is === 'literal') return FIND_RUNS.has(word.text)
  return [...FIND_RUNS.keys()].some(action => action.startsWith(word.prefix))
}

/** `{}` stands for a path: it begins as the starting points do. With `+` there are several in its place. */
function withFound(argv: readonly Word[], prefix: string, isBatch: boolean): readonly Word[] {
  return argv.map((word, index) => {
    const found = withFindings(word, '{}', prefix)
    const isList = isBatch && index === argv.length - 1 && found.is === 'dynamic'
    return isList ? { ...found, several: true } : found
  })
}

/** What every path found begins with. Without a starting point find takes `.` and prints `./…`. */
function commonPrefix(startingPoints: readonly Word[]): string {
  const points = startingPoints.filter(word => !shown(word).startsWith('-'))
  if (points.length === 0) return '.'
  const texts = points.map(word => (word.is === 'literal' ? word.text : word.prefix))
  let [prefix = ''] = texts
  for (const text of texts) {
    while (!text.startsWith(prefix)) prefix = prefix.slice(0, -1)
  }
  return prefix
}
