/**
 * Builtins that give variables values or take them away. A name among their arguments may carry a subscript,
 * and that is evaluated (`unset 'a[$(cmd)]'` runs cmd): only plain names are taken.
 */
import { isMeaningful } from '../tables/variables.ts'
import { isName, isNumberText } from './arithmetic.ts'
import { noteUnknownValue, noteValue } from './assignments.ts'
import type { BuiltinCall } from './builtin-call.ts'
import { shown } from './call.ts'
import { type Extraction, noteChange, runsLater } from './extraction.ts'

export function readUnset({ args, texts }: BuiltinCall, x: Extraction): void {
  for (const [index, text] of texts.entries()) {
    if (text !== null && /^-[fvn]+$/.test(text)) continue
    noteNamed(text, x)
    if (text === null || !isName(text)) x.findings.refuse('evaluated-name', shown(args[index]))
    else if (isMeaningful(text)) x.findings.refuse('meaningful-variable', text)
    else {
      x.state.numbers.delete(text)
      x.state.functions.delete(text)
      x.findings.removed.add(text)
      if (runsLater(x.frame)) x.findings.vanishing.add(text)
    }
  }
}

/** `read` and `getopts`: every word that could be a name is one that gets a value. */
export function readNames({ args, texts }: BuiltinCall, x: Extraction): void {
  const isArray = texts.some(text => text !== null && /^-\w*a/.test(text))
  for (const [index, text] of texts.entries()) {
    if (isArray && text !== null) x.findings.arrays.add(text)
    if (text === null || text.includes('[')) {
      noteNamed(text, x)
      x.findings.refuse('evaluated-name', shown(args[index]))
    } else if (isName(text)) noteUnknownValue(text, x, text)
  }
  for (const name of ['REPLY', 'OPTARG', 'MAPFILE']) x.findings.notNumbers.add(name)
}

export function readMapfile(call: BuiltinCall, x: Extraction): void {
  if (call.texts.some(text => text !== null && /^-\w*C/.test(text))) {
    x.findings.refuse('runs-argument', call.at)
  }
  for (const text of call.texts) if (text !== null) x.findings.arrays.add(text)
  readNames(call, x)
}

export function readWait({ args, texts, at }: BuiltinCall, x: Extraction): void {
  for (const [index, text] of texts.entries()) {
    if (text !== null && !/^(%\S+|\d+|-[nf]+)$/.test(text)) {
      // `-p NAME`, or `-pNAME`.
      noteNamed(text.replace(/^-[nf]*p/, ''), x)
      x.findings.refuse('evaluated-name', at)
    }
    // `$!` and `"$pid"` are process numbers at best and errors at worst; `-p NAME` cannot come from them
    // unless they may be several words.
    const word = args[index]
    if (word?.is === 'dynamic' && word.several && !isProcessNumber(word.source, x)) {
      x.findings.refuse('evaluated-name', at)
    }
  }
}

/** `$!`, or a variable that the line gives nothing else. */
function isProcessNumber(source: string, x: Extraction): boolean {
  if (source === '$!') return true
  const name = /^\$\{?([A-Za-z_]\w*)\}?$/.exec(source)?.[1]
  if (name === undefined || !x.findings.processes.has(name)) return false
  x.findings.numberUses.push({ name, wasNumber: true, at: source })
  return true
}

export function readPrintf({ args, texts }: BuiltinCall, x: Extraction): void {
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
    noteNamed(name ?? null, x)
    x.findings.refuse('evaluated-name', shown(args[first === '-v' ? 1 : 0]))
  } else {
    noteUnknownValue(name, x, name)
  }
}

export function readDeclaration(
  { name: builtin, args, texts, at }: BuiltinCall,
  x: Extraction,
): void {
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
    noteChange(name, x, shown(word))
    if (hasFlag(/n/)) noteNamed(value ?? null, x)
    // What was made read-only cannot be defined again before a later line.
    if (hasFlag(/f/) && (builtin === 'readonly' || hasFlag(/r/))) x.findings.removed.add(name)
    if (hasFlag(/[aA]/)) x.findings.arrays.add(name)
    // `declare a=(b c)` is syntax, and its words are read as such; only a value in a word is expanded again.
    const isSyntax = word?.is === 'dynamic' && /^\w+\+?=\(/.test(word.source)
    const isParenthesized = !isSyntax && (value?.startsWith('(') || (value === '' && text === null))
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

/** The variable that a word names, of which only a part may be given a value (`a[1]`). */
function noteNamed(text: string | null, x: Extraction): void {
  const name = text?.replace(/\[[^]*$/, '') ?? ''
  if (isName(name)) noteChange(name, x, text ?? name)
}
