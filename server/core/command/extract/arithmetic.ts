/**
 * Arithmetic, read from its text and not from the parser's tree: a name in it is evaluated, and what it
 * holds is evaluated again, so `x='a[$(cmd)]'; echo $((x))` runs cmd (Bash manual 6.5). Only numbers,
 * plain names, operators and lengths are understood; names must be known to hold numbers.
 */
import { isMeaningful } from '../tables/variables.ts'
import { type Extraction, noteChange } from './extraction.ts'

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/

/** The shell itself writes these, as numbers; assigning to them is refused elsewhere. */
const ALWAYS_NUMBERS = new Set(
  'RANDOM SECONDS LINENO UID EUID PPID BASHPID SRANDOM EPOCHSECONDS OPTIND HISTCMD BASH_SUBSHELL'.split(
    ' ',
  ),
)

const TOKEN =
  /[ \t\n]+|0[xX][0-9a-fA-F]+|\d+#[0-9a-zA-Z]+|\d+#(?=\$)|\d+|\$\{?([A-Za-z_]\w*)\}?|([A-Za-z_]\w*)|\$\{#[A-Za-z_]\w*(?:\[[@*]\])?\}|\$[#?$]|\$\{[#?$]\}|<<=|>>=|&&|\|\||\+\+|--|\*\*|[-+*/%&^|<>=!]=|<<|>>|[-+*/%&^|<>=!~?:,()]/gy

/** Reads one arithmetic expression; `at` is what to quote when it is refused. */
export function readArithmetic(text: string, x: Extraction, at: string): void {
  const tokens = tokensOf(text)
  if (tokens === null) {
    x.findings.refuse('arithmetic-text', at)
    return
  }
  // What is assigned behind a condition may not happen; what is read, may be read before it is assigned.
  const isCertain = !tokens.some(token => /^(&&|\|\||\?)$/.test(token.text))
  const names = tokens.flatMap((token, index) =>
    token.name === null ? [] : [{ name: token.name, use: useOf(tokens, index) }],
  )
  for (const { name, use } of names) if (use !== 'written') useAsNumber(name, x, at)
  for (const { name, use } of names) if (use !== 'read') assignNumber(name, isCertain, x, at)
}

/** Records that `name` is evaluated as a number here. */
export function useAsNumber(name: string, x: Extraction, at: string): void {
  if (ALWAYS_NUMBERS.has(name)) return
  x.findings.numberUses.push({ name, wasNumber: x.state.numbers.has(name), at })
}

/** True for a value that evaluates to itself. */
export function isNumberText(text: string): boolean {
  return /^-?\d+$/.test(text)
}

export function isName(text: string): boolean {
  return NAME.test(text)
}

function assignNumber(name: string, isCertain: boolean, x: Extraction, at: string): void {
  noteChange(name, x, at)
  if (isMeaningful(name)) x.findings.refuse('meaningful-variable', at)
  if (isCertain) x.state.numbers.add(name)
}

interface Token {
  readonly text: string
  readonly name: string | null
}

function tokensOf(text: string): readonly Token[] | null {
  const tokens: Token[] = []
  TOKEN.lastIndex = 0
  for (let at = 0; at < text.length; at = TOKEN.lastIndex) {
    const match = TOKEN.exec(text)
    if (match === null) return null
    if (/[$][{]/.test(match[0]) !== /[}]$/.test(match[0])) return null
    if (/\S/.test(match[0])) tokens.push({ text: match[0], name: match[1] ?? match[2] ?? null })
  }
  return tokens
}

/** What happens to the name at `index`: read, written (`x=1`), or both (`x+=1`, `x++`). */
function useOf(tokens: readonly Token[], index: number): 'read' | 'written' | 'both' {
  if (tokens[index]?.text.startsWith('$')) return 'read'
  const next = tokens[index + 1]?.text ?? ''
  const previous = tokens[index - 1]?.text ?? ''
  if (next === '=') return 'written'
  if (/^(\+\+|--)$/.test(next) || /^(\+\+|--)$/.test(previous)) return 'both'
  return /^([-+*/%&^|]|<<|>>)=$/.test(next) ? 'both' : 'read'
}
