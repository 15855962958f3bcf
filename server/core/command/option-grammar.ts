/**
 * How programs read their options. The tables write an option the way its manual page does; this file
 * reads those lines once and then matches typed words against them, clusters split and abbreviations
 * completed, so that `sort --compress-pro=x` and `tar -xIx` cannot slip past a rule on spelling.
 */

/** What an argument is to the program that gets it. */
export type ArgumentKind =
  /** A file or directory. */
  | 'path'
  /** Something to look for; never opened. */
  | 'pattern'
  /** Anything else: a number, a name, a format. */
  | 'data'
  /** A command the program will run. */
  | 'program'

export interface OptionFact {
  /** Every spelling, dashes included: `-o`, `--output`. */
  readonly names: readonly string[]
  /** `required`: the rest of the word or the next word; `optional`: only the rest of the same word. */
  readonly value: 'none' | 'required' | 'optional'
  readonly kind: ArgumentKind
  /** What the option makes the program do that its operands do not show. */
  readonly effect: OptionEffect | null
  /** True when it is this option only before the first operand (`git -p log`, not `git log -p`). */
  readonly isLeading: boolean
}

/** `runs` a program, `writes` a file, `moves` to a directory that relative operands then start from. */
export type OptionEffect = 'runs' | 'writes' | 'moves'

/**
 * How words that begin with a dash are taken apart:
 * `clusters` as getopt_long does (`-abc`, `--name=value`, unique abbreviations, operands anywhere);
 * `leading` the same but the first operand ends the options (wrappers, `ssh`, POSIX utilities);
 * `words` every option is one word (`find`, `openssl`, `java`), nothing is abbreviated;
 * `bundle` as `clusters`, but the first word needs no dash (`tar xzf`);
 * `pairs` options are `name=value` (`dd`).
 */
export type GrammarStyle = 'clusters' | 'leading' | 'words' | 'bundle' | 'pairs'

/** One option found in an argument list. `names` holds every option the word may stand for. */
export interface TypedOption {
  /** As typed, value removed: `--compress-pro`, `-o`. */
  readonly typed: string
  readonly facts: readonly OptionFact[]
  /** The value in the same word, if there is one. */
  readonly attached: string | null
}

/** Reads many of the lines that readOptionLine reads, with commas between them. */
export function readOptionLines(text: string): readonly OptionFact[] {
  return text === '' ? [] : text.split(', ').map(readOptionLine)
}

/**
 * Reads `-o --output =path !writes`: names, what the value is (`[=data]` when optional), the effect, and
 * `!leading` for an option that must stand before the operands.
 */
export function readOptionLine(line: string): OptionFact {
  const words = line.split(' ').filter(word => word !== '')
  const names = words.filter(word => !/^(\[?=|!)/.test(word))
  const valueWord = words.find(word => /^\[?=/.test(word))
  const kind = valueWord?.replace(/[[\]=]/g, '') ?? 'data'
  if (names.length === 0 || !isKind(kind)) throw new Error(`not an option line: ${line}`)
  const effect = EFFECTS.find(candidate => words.includes(`!${candidate}`)) ?? null
  return {
    names,
    value: valueWord === undefined ? 'none' : valueWord.startsWith('[') ? 'optional' : 'required',
    kind,
    effect: effect ?? (kind === 'program' ? 'runs' : null),
    isLeading: words.includes('!leading'),
  }
}

const EFFECTS: readonly OptionEffect[] = ['runs', 'writes', 'moves']

/**
 * The options in one word, in order; null when the word is not an option at all. An option that no fact
 * names yields empty `facts`: the caller decides what not knowing means.
 */
export function optionsInWord(
  word: string,
  options: readonly OptionFact[],
  style: GrammarStyle,
): readonly TypedOption[] | null {
  if (style === 'pairs') return pair(word, options)
  if (!/^[-+]./.test(word) || word === '--') return null
  if (word.startsWith('+')) return plusOption(word, options)
  if (style === 'words') return [wholeWord(word, options)]
  return word.startsWith('--') ? [longOption(word, options)] : cluster(word, options)
}

/** True when `typed` may be read as the option `named`: the same spelling, or an abbreviation getopt_long takes. */
export function mayStandFor(typed: string, named: string): boolean {
  return typed === named || (typed.startsWith('--') && typed !== '--' && named.startsWith(typed))
}

/** The options in tar's first word without a dash: values are not attached, they follow in their order. */
export function optionsInBundle(
  word: string,
  options: readonly OptionFact[],
): readonly TypedOption[] {
  return word.split('').map(letter => ({
    typed: `-${letter}`,
    facts: options.filter(option => option.names.includes(`-${letter}`)),
    attached: null,
  }))
}

function pair(word: string, options: readonly OptionFact[]): readonly TypedOption[] | null {
  const equals = word.indexOf('=')
  if (equals === -1) return null
  const typed = word.slice(0, equals + 1)
  const facts = options.filter(option => option.names.includes(typed))
  return facts.length === 0 ? null : [{ typed, facts, attached: word.slice(equals + 1) }]
}

function wholeWord(word: string, options: readonly OptionFact[]): TypedOption {
  const exact = options.filter(option => option.names.includes(word))
  if (exact.length > 0) return { typed: word, facts: exact, attached: null }
  const equals = word.indexOf('=')
  const typed = equals === -1 ? word : word.slice(0, equals)
  const facts = options.filter(option => option.names.some(name => mayStandFor(typed, name)))
  return { typed, facts, attached: equals === -1 ? null : word.slice(equals + 1) }
}

function longOption(word: string, options: readonly OptionFact[]): TypedOption {
  const equals = word.indexOf('=')
  const typed = equals === -1 ? word : word.slice(0, equals)
  const exact = options.filter(option => option.names.includes(typed))
  const facts =
    exact.length > 0
      ? exact
      : options.filter(option => option.names.some(name => mayStandFor(typed, name)))
  return { typed, facts, attached: equals === -1 ? null : word.slice(equals + 1) }
}

function cluster(word: string, options: readonly OptionFact[]): readonly TypedOption[] {
  // GNU getopt_long_only programs (`tcpdump`, `xz` do not; `gdb` does) spell long options with one dash.
  const whole = options.filter(option => option.names.includes(word))
  if (word.length > 2 && whole.length > 0) return [{ typed: word, facts: whole, attached: null }]
  const found: TypedOption[] = []
  for (let at = 1; at < word.length; at += 1) {
    const typed = `-${word[at]}`
    const facts = options.filter(option => option.names.includes(typed))
    const rest = word.slice(at + 1)
    const takesRest = facts.some(fact => fact.value !== 'none')
    found.push({ typed, facts, attached: takesRest && rest !== '' ? rest : null })
    if (takesRest) break
  }
  return found
}

function plusOption(word: string, options: readonly OptionFact[]): readonly TypedOption[] | null {
  const typed = word.slice(0, 2)
  const facts = options.filter(option => option.names.includes(typed))
  if (facts.length === 0) return null
  return [{ typed, facts, attached: word.length > 2 ? word.slice(2) : null }]
}

function isKind(word: string): word is ArgumentKind {
  return word === 'path' || word === 'pattern' || word === 'data' || word === 'program'
}
