/**
 * Builtins that run code, name variables, or change how later words are read. Each entry reads one
 * builtin's arguments; a builtin that is not here does nothing but what its arguments say.
 */
import { SOMEWHERE, placeToLeave } from '../shell-state.ts'
import { readArithmetic } from './arithmetic.ts'
import type { BuiltinCall } from './builtin-call.ts'
import type { Call } from './call.ts'
import { shown, textsOf } from './call.ts'
import { readDirectoryChange } from './change-directory.ts'
import type { Extraction } from './extraction.ts'
import { inside } from './extraction.ts'
import {
  readDeclaration,
  readMapfile,
  readNames,
  readPrintf,
  readUnset,
  readWait,
} from './naming-builtins.ts'
import { readSet, readShopt } from './option-builtins.ts'
import { readTest } from './tests.ts'

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
