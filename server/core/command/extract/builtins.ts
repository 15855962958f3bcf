/**
 * Builtins that run code, name variables, or change how later words are read. Each entry reads one
 * builtin's arguments; a builtin that is not here does nothing but what its arguments say.
 */
import type { Word } from '../reading.ts'
import { SOMEWHERE, placeToLeave } from '../shell-state.ts'
import { isMeaningful } from '../tables/variables.ts'
import { isName, isNumberText, readArithmetic } from './arithmetic.ts'
import { noteUnknownValue, noteValue } from './assignments.ts'
import type { Call } from './call.ts'
import { shown, textsOf } from './call.ts'
import { readDirectoryChange } from './change-directory.ts'
import type { Extraction } from './extraction.ts'
import { inside } from './extraction.ts'
import { readTest } from './tests.ts'

interface BuiltinCall {
  readonly name: string
  readonly args: readonly Word[]
  /** Texts of the arguments, null where not known. */
  readonly texts: readonly (string | null)[]
  readonly at: string
  /** Index of the command in the findings. */
  readonly index: number
}

type Builtin = (call: BuiltinCall, x: Extraction) => void

/** Reads `name` as a builtin; false when it is none that needs reading. */
export function readBuiltin(name: string, call: Call, index: number, x: Extraction): boolean {
  const builtin = BUILTINS.get(name)
  if (builtin === undefined) return false
  const args = call.argv.slice(1)
  builtin({ name, args, texts: textsOf(args), at: call.at, index }, x)
  return true
}

/** Names whose meaning is the shell's: a function that takes one of them would change what is read here. */
export function isBuiltinName(name: string): boolean {
  return BUILTINS.has(name) || OTHER_BUILTINS.has(name)
}

const OTHER_BUILTINS = new Set(
  (
    ': [ break builtin caller command continue dirs disown echo exec exit false kill logout ' +
    'pwd return shift suspend times true type ulimit umask unalias fg bg'
  ).split(' '),
)

const BUILTINS: ReadonlyMap<string, Builtin> = new Map<string, Builtin>([
  ['eval', readEval],
  ['trap', readTrap],
  ['.', refuseSource],
  ['source', refuseSource],
  ['cd', ({ args }, x) => readDirectoryChange(args, x)],
  ['pushd', (_, x) => void (x.state.directory = SOMEWHERE)],
  ['popd', (_, x) => void (x.state.directory = SOMEWHERE)],
  ['alias', ({ args, at }, x) => args.length > 0 && x.findings.refuse('alias', at)],
  ['enable', refuseWhen('builtin-loading', text => text === null || /^-\w*[fd]/.test(text))],
  ['hash', refuseWhen('builtin-loading', text => text === null || /^-\w*[pl]/.test(text))],
  ['bind', refuseAlways('line-editing')],
  ['compgen', refuseAlways('line-editing')],
  ['complete', refuseAlways('line-editing')],
  ['compopt', refuseAlways('line-editing')],
  ['fc', refuseAlways('line-editing')],
  ['history', ({ args, at }, x) => args.length > 0 && x.findings.refuse('line-editing', at)],
  ['jobs', refuseWhen('runs-argument', text => text === null || /^-\w*x/.test(text))],
  ['let', readLet],
  ['set', readSet],
  ['shopt', readShopt],
  ['unset', readUnset],
  ['read', readNames],
  ['mapfile', readMapfile],
  ['readarray', readMapfile],
  ['getopts', readNames],
  ['wait', readWait],
  ['printf', readPrintf],
  ['test', ({ args }, x) => readTest(args, x)],
  ['[', ({ args }, x) => readTest(args.slice(0, -1), x)],
  ['declare', readDeclaration],
  ['typeset', readDeclaration],
  ['local', readDeclaration],
  ['readonly', readDeclaration],
  ['export', readDeclaration],
])

function readEval({ args, texts, at }: BuiltinCall, x: Extraction): void {
  // dash and busybox take `--` for the command.
  if (x.frame.shell === 'sh' && texts[0]?.startsWith('-')) x.findings.refuse('not-posix', at)
  const words = texts[0] === '--' ? texts.slice(1) : texts
  if (words.length === 0) return
  if (words.includes(null)) {
    x.findings.refuse('dynamic-code', args.map(shown).join(' '))
    return
  }
  const nested = inside(x, 'eval', { depth: x.frame.depth + 1 })
  x.readNested(words.join(' '), nested.frame, x.state)
}

function readTrap({ args, texts }: BuiltinCall, x: Extraction): void {
  if (texts[0] === '-p' || texts[0] === '-l') return
  const from = texts[0] === '--' ? 1 : 0
  if (args.length <= from + 1) return
  const code = texts[from]
  if (code === null || code === undefined) {
    x.findings.refuse('dynamic-code', shown(args[from]))
    return
  }
  // `-` resets, an empty text ignores, and a number first makes every argument a signal.
  if (code === '-' || code === '' || /^\d+$/.test(code)) return
  const nested = inside(x, 'trap', { depth: x.frame.depth + 1 })
  // It runs when the signal comes, wherever the shell then is, between any two words of later lines.
  const place = placeToLeave()
  const later = { directory: place, numbers: new Set<string>(), functions: x.state.functions }
  const valuesBefore = x.findings.unknownValues
  x.readNested(code, nested.frame, later)
  if (later.directory !== place || x.findings.unknownValues > valuesBefore) {
    x.findings.refuse('trap-changes', code)
  }
}

function refuseSource({ args, at, index }: BuiltinCall, x: Extraction): void {
  if (args.length > 0) x.findings.refuse('sourced-file', at, index)
}

function refuseAlways(guard: 'line-editing'): Builtin {
  return ({ at }, x) => x.findings.refuse(guard, at)
}

function refuseWhen(
  guard: 'builtin-loading' | 'runs-argument',
  isBad: (text: string | null) => boolean,
): Builtin {
  return ({ texts, at }, x) => {
    if (texts.some(isBad)) x.findings.refuse(guard, at)
  }
}

function readLet({ args, texts }: BuiltinCall, x: Extraction): void {
  for (const [index, text] of texts.entries()) {
    if (text === null) x.findings.refuse('arithmetic-text', shown(args[index]))
    else readArithmetic(text, x, text)
  }
}

/** Options of `set` that leave the meaning of words alone. */
const HARMLESS_SET =
  /^(errexit|nounset|pipefail|xtrace|verbose|noclobber|errtrace|functrace|notify|monitor|noglob|onecmd|physical|privileged)$/

function readSet({ args, texts }: BuiltinCall, x: Extraction): void {
  for (let at = 0; at < texts.length; at += 1) {
    const text = texts[at] ?? null
    if (text === '--' || text === '-') return
    if (text === null) {
      // A value that begins with a dash would be an option: only `set -- "$x"` is a list for sure.
      x.findings.refuse('shell-option', shown(args[at]))
      return
    }
    if (!/^[-+]./.test(text)) return
    const letters = text.slice(1)
    if (/[^euxvCmbhfpaE]/.test(letters.replaceAll('o', ''))) x.findings.refuse('shell-option', text)
    if (letters.includes('o')) {
      at += 1
      const name = texts[at]
      if (name === null || (name !== undefined && !HARMLESS_SET.test(name))) {
        x.findings.refuse('shell-option', shown(args[at]))
      }
    }
  }
}

const HARMLESS_SHOPT =
  /^(-[supq]+|autocd|cdspell|checkhash|checkjobs|checkwinsize|cmdhist|dotglob|failglob|globstar|histappend|inherit_errexit|lithist|login_shell|nocaseglob|nocasematch|nullglob|globasciiranges|huponexit|mailwarn|no_empty_cmd_completion|xpg_echo)$/

function readShopt({ texts, at }: BuiltinCall, x: Extraction): void {
  const isHarmless = texts.every(text => text !== null && HARMLESS_SHOPT.test(text))
  if (!isHarmless) x.findings.refuse('shell-option', at)
}

function readUnset({ args, texts }: BuiltinCall, x: Extraction): void {
  for (const [index, text] of texts.entries()) {
    if (text !== null && /^-[fvn]+$/.test(text)) continue
    if (text === null || !isName(text)) x.findings.refuse('evaluated-name', shown(args[index]))
    else if (isMeaningful(text)) x.findings.refuse('meaningful-variable', text)
    else {
      x.state.numbers.delete(text)
      x.state.functions.delete(text)
    }
  }
}

/** `read` and `getopts`: every word that could be a name is one that gets a value. */
function readNames({ args, texts }: BuiltinCall, x: Extraction): void {
  const isArray = texts.some(text => text !== null && /^-\w*a/.test(text))
  for (const [index, text] of texts.entries()) {
    if (isArray && text !== null) x.findings.arrays.add(text)
    if (text === null || text.includes('[')) x.findings.refuse('evaluated-name', shown(args[index]))
    else if (isName(text)) noteUnknownValue(text, x, text)
  }
  for (const name of ['REPLY', 'OPTARG', 'MAPFILE']) x.findings.notNumbers.add(name)
}

function readMapfile(call: BuiltinCall, x: Extraction): void {
  if (call.texts.some(text => text !== null && /^-\w*C/.test(text))) {
    x.findings.refuse('runs-argument', call.at)
  }
  for (const text of call.texts) if (text !== null) x.findings.arrays.add(text)
  readNames(call, x)
}

function readWait({ args, texts, at }: BuiltinCall, x: Extraction): void {
  for (const [index, text] of texts.entries()) {
    if (text !== null && !/^(%\S+|\d+|-[nf]+)$/.test(text)) x.findings.refuse('evaluated-name', at)
    // `$!` and `"$pid"` are process numbers at best and errors at worst; `-p NAME` cannot come from them
    // unless they may be several words.
    const word = args[index]
    if (word?.is === 'dynamic' && word.several && word.source !== '$!') {
      x.findings.refuse('evaluated-name', at)
    }
  }
}

function readPrintf({ args, texts }: BuiltinCall, x: Extraction): void {
  const [first, second] = texts
  if (first === undefined) return
  const word = args[0]
  if (first === null) {
    const mayBeOption =
      word?.is === 'dynamic' && (word.prefix === '' || word.prefix.startsWith('-'))
    if (mayBeOption && args.length > 1) x.findings.refuse('evaluated-name', shown(word))
    return
  }
  if (!first.startsWith('-v')) return
  const name = first === '-v' ? second : first.slice(2)
  if (name === null || name === undefined || !isName(name)) {
    x.findings.refuse('evaluated-name', shown(args[first === '-v' ? 1 : 0]))
  } else {
    noteUnknownValue(name, x, name)
  }
}

function readDeclaration({ name: builtin, args, texts, at }: BuiltinCall, x: Extraction): void {
  const hasFlag = (letters: RegExp): boolean =>
    texts.some(text => text?.startsWith('-') === true && letters.test(text))
  // For export, -n means something else.
  if (hasFlag(/n/) && builtin !== 'export') x.findings.refuse('nameref', at)
  if (texts.some(text => text !== null && /^[-+]\w*i/.test(text))) {
    x.findings.refuse('integer-variable', at)
  }
  for (const [index, text] of texts.entries()) {
    const word = args[index]
    if (text !== null && /^[-+]./.test(text)) continue
    const known = text ?? (word?.is === 'dynamic' ? word.prefix : '')
    const match = /^([A-Za-z_]\w*)(?:(\+?=)([^]*))?$/.exec(known)
    if (match === null || (text === null && match[2] === undefined)) {
      x.findings.refuse('evaluated-name', shown(word))
      continue
    }
    const [, name = '', , value] = match
    if (hasFlag(/[aA]/)) x.findings.arrays.add(name)
    const isParenthesized = value?.startsWith('(') || (value === '' && text === null)
    if (isParenthesized) guardArrayValue(builtin, name, hasFlag(/[aA]/), shown(word), x)
    declareName(name, text === null ? null : value, shown(word), x)
  }
}

/**
 * A value in parentheses fills an array, and is expanded for that, when -a or -A is given or the variable
 * is an array already (`x=(1); declare "x=$v"` runs the `$(…)` in v, seen in 5.2). `local` makes a new
 * variable, `export` fills none.
 */
function guardArrayValue(
  builtin: string,
  name: string,
  isArray: boolean,
  at: string,
  x: Extraction,
): void {
  if (builtin === 'local' && !isArray) x.findings.filled.push({ name, at })
  else if (isArray || (builtin !== 'export' && builtin !== 'readonly')) {
    x.findings.refuse('array-value', at)
  }
}

/** `value` is undefined for a bare name, null when it is not known. */
function declareName(
  name: string,
  value: string | null | undefined,
  at: string,
  x: Extraction,
): void {
  if (value === undefined) {
    if (isMeaningful(name)) x.findings.refuse('meaningful-variable', at)
  } else if (value === null) {
    noteUnknownValue(name, x, at)
  } else {
    noteValue(
      name,
      { is: 'literal', text: value },
      x,
      isNumberText(value) ? 'shell' : 'command',
      at,
    )
  }
}
