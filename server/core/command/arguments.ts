/**
 * A command's arguments as its program would read them: options by name, operands by kind. This is what
 * rules on `deny-options`, `options` and `paths` compare; text is never compared with text.
 */
import type { ArgumentKind, OptionFact } from './option-grammar.ts'
import { mayStandFor, optionsInBundle, optionsInWord } from './option-grammar.ts'
import { wordsOfCommands } from './extract/find.ts'
import type { ProgramFacts } from './program-facts.ts'
import { programFacts } from './program-facts.ts'
import type { Word } from './reading.ts'

export interface ReadOption {
  /** As typed, value removed: `-o`, `--compress-pro`. */
  readonly typed: string
  /** Every spelling of every option it may stand for; only `typed` when no fact names it. */
  readonly names: readonly string[]
  /** The value, attached or in the next word; null without one. */
  readonly value: Word | null
  readonly kind: ArgumentKind
  readonly effect: OptionFact['effect']
  /** False when no fact names the option: it may take the next word as its value, or not. */
  readonly isKnown: boolean
  /** Index of its word in the arguments. */
  readonly at: number
}

export interface ReadOperand {
  readonly word: Word
  readonly kind: ArgumentKind
  /** Index of its word in the arguments. */
  readonly at: number
}

export interface ReadArguments {
  readonly options: readonly ReadOption[]
  readonly operands: readonly ReadOperand[]
  /** Dynamic words that may turn out to be options, indexes into the arguments. */
  readonly maybeOptions: readonly number[]
  readonly walksTrees: boolean
}

/** Reads what follows the program's name. `program` is the bare name, without its directory. */
export function readArguments(program: string, args: readonly Word[]): ReadArguments {
  const facts = programFacts(program)
  const { options, operands, maybeOptions } = sortArguments(
    args,
    facts,
    skippedWords(program, args),
  )
  const from = options.find(option => option.effect === 'moves')?.value ?? null
  const moved = operands.map(operand => ({ ...operand, word: startingFrom(from, operand.word) }))
  return {
    options,
    operands: withKinds(moved, options, facts),
    maybeOptions,
    walksTrees: walks(facts, options),
  }
}

interface Sorted {
  readonly options: ReadOption[]
  readonly operands: { readonly word: Word; readonly at: number }[]
  readonly maybeOptions: number[]
}

function sortArguments(
  args: readonly Word[],
  { options: known, style }: ProgramFacts,
  skipped: ReadonlySet<number>,
): Sorted {
  const sorted: Sorted = { options: [], operands: [], maybeOptions: [] }
  let optionsEnded = false
  for (let at = 0; at < args.length; at += 1) {
    const word = args[at] as Word
    if (skipped.has(at)) continue
    if (word.is === 'dynamic') {
      const mayBeOption = word.prefix === '' || /^[-+]/.test(word.prefix)
      if (!optionsEnded && mayBeOption && word.home === undefined) sorted.maybeOptions.push(at)
      sorted.operands.push({ word, at })
      continue
    }
    if (!optionsEnded && word.text === '--' && style !== 'words') {
      optionsEnded = true
      continue
    }
    const candidates =
      sorted.operands.length === 0 ? known : known.filter(option => !option.isLeading)
    const isBundle = style === 'bundle' && at === 0 && !word.text.startsWith('-')
    const typed = isBundle
      ? optionsInBundle(word.text, candidates)
      : optionsEnded
        ? null
        : optionsInWord(word.text, candidates, style)
    if (typed === null) {
      sorted.operands.push({ word, at })
      if (style === 'leading') optionsEnded = true
      continue
    }
    const optionAt = at
    for (const option of typed) {
      const takesNext =
        option.attached === null && option.facts.some(fact => fact.value === 'required')
      const next = takesNext ? args[(at += 1)] : undefined
      const attached: Word | null =
        option.attached === null ? null : { is: 'literal', text: option.attached }
      sorted.options.push(readOption(option.typed, option.facts, next ?? attached, optionAt))
    }
  }
  return sorted
}

/** Words of find's expression that are neither options nor operands: its commands and its brackets. */
function skippedWords(program: string, args: readonly Word[]): ReadonlySet<number> {
  return program === 'find' ? wordsOfCommands(args) : new Set()
}

/** Where a relative operand lies after `tar -C DIR` or `git -C DIR`. */
function startingFrom(directory: Word | null, word: Word): Word {
  if (directory === null || (word.is === 'literal' && word.text.startsWith('/'))) return word
  if (word.is === 'dynamic' && (word.home !== undefined || word.prefix.startsWith('/'))) return word
  if (directory.is === 'dynamic' || word.is === 'dynamic') {
    const source = word.is === 'dynamic' ? word.source : word.text
    return { is: 'dynamic', source, prefix: '', several: word.is === 'dynamic' && word.several }
  }
  return { is: 'literal', text: `${directory.text}/${word.text}` }
}

/** True when the option found may be the one a rule names, abbreviations included. */
export function isOption(option: ReadOption, named: string): boolean {
  return mayStandFor(option.typed, named) || option.names.includes(named)
}

function readOption(
  typed: string,
  facts: readonly OptionFact[],
  value: Word | null,
  at: number,
): ReadOption {
  const dangerous = facts.find(fact => fact.effect !== null) ?? facts[0]
  return {
    typed,
    names: facts.length === 0 ? [typed] : facts.flatMap(fact => fact.names),
    value,
    kind: facts.length === 0 ? 'path' : (dangerous?.kind ?? 'path'),
    effect: dangerous?.effect ?? null,
    isKnown: facts.length > 0,
    at,
  }
}

function withKinds(
  operands: readonly { word: Word; at: number }[],
  options: readonly ReadOption[],
  { operands: facts }: ProgramFacts,
): readonly ReadOperand[] {
  const other = facts.unless
  const replaced =
    other !== null && options.some(option => other.options.some(name => isOption(option, name)))
  const kinds = replaced ? other.kinds : facts.kinds
  // An option nobody knows may have taken an operand as its value, and then the places do not tell kinds.
  const placesHold = options.every(option => option.isKnown)
  return operands.map(({ word, at }, place) => ({
    word,
    at,
    kind: placesHold ? (kinds[Math.min(place, kinds.length - 1)] ?? 'path') : strictest(kinds),
  }))
}

function strictest(kinds: readonly ArgumentKind[]): ArgumentKind {
  return kinds.includes('path') ? 'path' : (kinds[0] ?? 'path')
}

function walks(facts: ProgramFacts, options: readonly ReadOption[]): boolean {
  if (facts.walksTrees === 'always') return true
  if (facts.walksTrees === 'never') return false
  const names = facts.walksTrees
  return options.some(option => names.some(name => isOption(option, name)))
}
