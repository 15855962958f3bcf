import type { TargetShell } from '../../access.ts'
import type { Redirection as RedirectionNode } from 'unbash'
import type { Word } from '../reading.ts'
import { freshState } from '../shell-state.ts'
import { HARMLESS_LETTERS, HARMLESS_NAMES } from '../tables/shells.ts'
import type { Call } from './call.ts'
import { shown } from './call.ts'
import type { Extraction } from './extraction.ts'
import { inside } from './extraction.ts'
import { readBody } from './pieces.ts'
import { readWord } from './words.ts'

/**
 * Reads `bash -c CODE`, `sh <<E` and their like: the code is read as a script of its own. `record` lists
 * the shell itself, as a wrapper when all it runs is read.
 */
export function readShellCall(
  name: string,
  shell: TargetShell,
  call: Call,
  record: (isReadThrough: boolean) => number,
  x: Extraction,
): void {
  const args = call.argv.slice(1)
  const options = readOptions(args, shell, x)
  if (options === null) {
    record(false)
    return
  }
  const operands = args.slice(options.end)
  const [code] = operands
  if (options.hasCode) {
    record(code?.is === 'literal')
    if (code === undefined) return
    if (code.is === 'dynamic') {
      x.findings.refuse('dynamic-code', shown(code))
      return
    }
    const rest = operands.slice(1)
    const positional = rest.length === 0 ? [{ is: 'literal' as const, text: name }] : rest
    readCode(code.text, `${name} -c`, shell, changesPositional(code.text) ? null : positional, x)
  } else if (code !== undefined && !options.readsInput) {
    x.findings.refuse('shell-reads-file', call.at, record(false))
  } else {
    const input = call.input === null ? null : inputText(call.input, x)
    const index = record(input !== null)
    if (input === null) x.findings.refuse('shell-reads-input', call.at, index)
    else readCode(input, `${name} <<`, shell, null, x)
  }
}

function readCode(
  code: string,
  how: string,
  shell: TargetShell,
  positional: readonly Word[] | null,
  x: Extraction,
): void {
  const isKnown = positional?.every(word => !(word.is === 'dynamic' && word.several)) ?? false
  const nested = inside(x, how, {
    shell,
    depth: x.frame.depth + 1,
    positional: isKnown ? positional : null,
    isReprinted: false,
  })
  // A new shell knows none of this one's numbers and functions, only where it is.
  x.readNested(code, nested.frame, freshState(x.state.directory))
}

interface ShellOptions {
  readonly hasCode: boolean
  readonly readsInput: boolean
  /** Index of the first operand. */
  readonly end: number
}

/** bash(1) OPTIONS: single letters in clusters, `-c` anywhere among them, long options first. */
function readOptions(
  args: readonly Word[],
  shell: TargetShell,
  x: Extraction,
): ShellOptions | null {
  let hasCode = false
  let readsInput = false
  let at = 0
  for (; at < args.length; at += 1) {
    const word = args[at] as Word
    if (word.is === 'dynamic') {
      if (!hasCode && !/^[^-+]/.test(word.prefix)) x.findings.refuse('dynamic-code', shown(word))
      else if (word.several || !/^[^-+]/.test(word.prefix))
        x.findings.refuse('dynamic-code', shown(word))
      else return { hasCode, readsInput, end: at }
      return null
    }
    if (word.text === '--' || word.text === '-') {
      at += 1
      break
    }
    if (/^--./.test(word.text)) {
      if (/^--(version|help)$/.test(word.text)) return null
      if (word.text === '--login') {
        x.findings.refuse('login-shell', word.text)
        continue
      }
      if (/^--(norc|noprofile|verbose)$/.test(word.text) && shell === 'bash') continue
      x.findings.refuse('wrapper-option', word.text)
      return null
    }
    if (!/^[-+]./.test(word.text)) break
    for (const letter of word.text.slice(1)) {
      if (letter === 'c' && word.text.startsWith('-')) hasCode = true
      else if (letter === 's') readsInput = true
      else if (letter === 'l') x.findings.refuse('login-shell', word.text)
      else if (letter === 'o' || (letter === 'O' && shell === 'bash')) {
        at += 1
        const name = args[at]
        if (name?.is === 'literal' && HARMLESS_NAMES.test(name.text)) continue
        x.findings.refuse('wrapper-option', shown(name))
        return null
      } else if (!HARMLESS_LETTERS[shell].test(letter)) {
        x.findings.refuse('wrapper-option', word.text)
        return null
      }
    }
  }
  return { hasCode, readsInput, end: at }
}

/** The text a shell gets on its input when the line itself holds it; null when it comes from elsewhere. */
function inputText(redirections: readonly RedirectionNode[], x: Extraction): string | null {
  const last = redirections.findLast(
    node => node.type !== 'Redirect' || node.operator.startsWith('<'),
  )
  if (last === undefined || (last.descriptor !== undefined && !isStandardInput(last))) return null
  if (last.type === 'HereString') {
    if (last.target === undefined) return null
    const word = readWord(last.target, x, 'assignment')
    return word.is === 'literal' ? `${word.text}\n` : null
  }
  if (last.type !== 'HereDoc' || last.delimiter === undefined) return null
  const body = last.operator === '<<-' ? null : last.body
  if (body === null) return last.delimiter.quoted ? last.body.text.replace(/^\t+/gm, '') : null
  if (last.delimiter.quoted) return body.text
  const pieces = readBody(body)
  const texts = pieces.map(piece => (piece.is === 'text' ? piece.text : null))
  return texts.includes(null) ? null : texts.join('')
}

function isStandardInput({ descriptor }: RedirectionNode): boolean {
  return descriptor?.type === 'FileDescriptor' && descriptor.value === 0
}

/** True when the script may give `$1` another meaning than its caller did. */
function changesPositional(code: string): boolean {
  return /\b(set|shift|eval|source|getopts|function|trap)\b|\(\s*\)|(^|[;&|\s])\.\s/.test(code)
}
