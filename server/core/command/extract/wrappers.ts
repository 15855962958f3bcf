import type { OptionFact } from '../option-grammar.ts'
import { optionsInWord, readOptionLine } from '../option-grammar.ts'
import type { GuardName } from '../guards.ts'
import type { Assignment, Redirection, Word } from '../reading.ts'
import type { WrapperEntry } from '../tables/wrapper-entry.ts'
import { WRAPPERS } from '../tables/wrappers.ts'

/** What a wrapper's own words say: how it changes the command inside, and which words that command has. */
export interface Wrapped {
  /** Empty when it runs nothing. */
  readonly inner: readonly Word[]
  readonly as: Word | null
  readonly directory: Word | null
  readonly assignments: readonly Assignment[]
  readonly redirections: readonly Redirection[]
}

interface Grammar {
  readonly entry: WrapperEntry
  readonly options: readonly OptionFact[]
}

const grammars: ReadonlyMap<string, Grammar> = new Map(
  Object.entries(WRAPPERS).map(([name, entry]) => [
    name,
    { entry, options: (entry.options ?? []).map(readOptionLine) },
  ]),
)

export function wrapperEntry(name: string): WrapperEntry | null {
  return grammars.get(name)?.entry ?? null
}

/** Finds the command in a wrapper's arguments, or the guard that says why it cannot be found. */
export function unwrap(name: string, words: readonly Word[]): Wrapped | GuardName {
  const grammar = grammars.get(name)
  if (grammar === undefined) return 'wrapper-option'
  const { entry } = grammar
  const args = entry.operandsFirst ? withoutOperands(words, entry) : words
  const found = readOptions(args, grammar)
  if (typeof found === 'string') return found
  const has = (names: readonly string[] | undefined): boolean =>
    names?.some(wanted => found.options.some(option => option.fact.names.includes(wanted))) ?? false
  const valueOf = (names: readonly string[] | undefined): Word | null =>
    found.options.findLast(option => names?.some(wanted => option.fact.names.includes(wanted)))
      ?.value ?? null
  if (has(entry.startsShell)) return 'starts-shell'
  const as = valueOf(entry.user) ?? defaultUser(entry, has)
  const directory = valueOf(entry.directory) ?? (entry.leavesDirectory ? ELSEWHERE : null)
  const written = valueOf(entry.writes)
  const own = {
    as,
    directory,
    assignments: [] as Assignment[],
    redirections:
      written === null ? [] : [{ operator: '-o', direction: 'write' as const, target: written }],
  }
  if (has(entry.runsNothing)) return { ...own, inner: [] }
  let at = found.end
  if (entry.takesAssignments) {
    while (at < args.length) {
      const assignment = assignmentIn(args[at])
      if (assignment === null) break
      if (typeof assignment === 'string') return assignment
      own.assignments.push(assignment)
      at += 1
    }
    // sudo goes on reading options behind an assignment, env takes `-x` for the command.
    const next = args[at]
    if (at > found.end && next?.is === 'literal' && next.text.startsWith('-'))
      return 'wrapper-option'
  }
  for (const pattern of entry.operandsFirst ? [] : (entry.operands ?? [])) {
    const operand = args[at]
    if (operand === undefined) break
    if (operand.is === 'dynamic' && operand.several) return 'wrapper-operand'
    if (operand.is === 'literal' && !pattern.test(operand.text)) return 'wrapper-option'
    at += 1
  }
  const inner = args.slice(at)
  const isEnded = args.slice(0, at).some(word => word.is === 'literal' && word.text === '--')
  if (entry.permutes && !isEnded && inner.slice(1).some(mayBeOption)) return 'wrapper-option'
  if (inner.length === 0 && entry.alone === 'shell') return 'starts-shell'
  return { ...own, inner }
}

function mayBeOption(word: Word): boolean {
  const start = word.is === 'literal' ? word.text : word.prefix
  return start.startsWith('-') || (word.is === 'dynamic' && (start === '' || word.several))
}

function withoutOperands(words: readonly Word[], { operands = [] }: WrapperEntry): readonly Word[] {
  const isOperand = operands.every((pattern, index) => {
    const word = words[index]
    return word?.is === 'literal' && pattern.test(word.text)
  })
  return isOperand ? words.slice(operands.length) : words
}

const ELSEWHERE: Word = { is: 'dynamic', source: '', prefix: '', several: false }

function defaultUser(entry: WrapperEntry, has: (names: readonly string[]) => boolean): Word | null {
  // `systemd-run --scope` and `--user` run as whoever asks.
  if (entry.defaultUser === undefined || has(['--scope']) || has(['--user'])) return null
  return { is: 'literal', text: entry.defaultUser }
}

interface FoundOption {
  readonly fact: OptionFact
  readonly value: Word | null
}

/** Reads options up to the first word that is none; `end` is the index of that word. */
function readOptions(
  args: readonly Word[],
  { entry, options }: Grammar,
): { readonly options: readonly FoundOption[]; readonly end: number } | GuardName {
  const found: FoundOption[] = []
  let at = 0
  for (; at < args.length; at += 1) {
    const word = args[at] as Word
    if (word.is === 'dynamic') {
      // What may turn out to be an option, or nothing at all, decides where the command begins.
      const isAssignment = entry.takesAssignments && /^[A-Za-z_]\w*=/.test(word.prefix)
      if (isAssignment) break
      return word.prefix === '' || word.prefix.startsWith('-') || word.several
        ? 'wrapper-operand'
        : end()
    }
    if (word.text === '--') return { options: found, end: at + 1 }
    // `env -` is `env -i`, and the end of the options.
    if (word.text === '-' && entry.takesDash) return { options: found, end: at + 1 }
    if (entry.takesNumbers && /^-[-+]?\d+$/.test(word.text)) continue
    const typed = optionsInWord(word.text, options, 'leading')
    if (typed === null) break
    for (const { facts, attached } of typed) {
      const [fact] = facts
      // Unknown, or an abbreviation of several: the next word may or may not be its value.
      if (fact === undefined || facts.length > 1) return 'wrapper-option'
      if (fact.value === 'none' && attached !== null) return 'wrapper-option'
      if (fact.value !== 'required' || attached !== null) {
        found.push({ fact, value: attached === null ? null : { is: 'literal', text: attached } })
        continue
      }
      at += 1
      const value = args[at]
      if (value === undefined) return 'wrapper-option'
      if (value.is === 'dynamic' && value.several) return 'wrapper-operand'
      found.push({ fact, value })
    }
  }
  return end()

  function end(): { readonly options: readonly FoundOption[]; readonly end: number } {
    return { options: found, end: at }
  }
}

function assignmentIn(word: Word | undefined): Assignment | GuardName | null {
  if (word === undefined) return null
  if (word.is === 'dynamic') {
    const name = /^([^=]*)=/.exec(word.prefix)?.[1]
    if (name === undefined) return word.prefix === '' || word.several ? 'wrapper-operand' : null
    return isPlainName(name) ? { name, value: { ...word, prefix: '' } } : 'evaluated-name'
  }
  const match = /^([^=]*)=([^]*)$/.exec(word.text)
  if (match === null) return null
  const [, name = '', text = ''] = match
  return isPlainName(name) ? { name, value: { is: 'literal', text } } : 'evaluated-name'
}

function isPlainName(name: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(name)
}
