/**
 * Questions to the driver shell between commands. Their scripts are its own (driver-functions.ts); the only thing
 * of others in them is a word to complete, sealed. Answers come in hexadecimal, so that nothing in them can look
 * like the frame around them.
 */
import { BYTES_DIGITS, call } from './driver-functions.ts'
import {
  checkNonce,
  type Driver,
  driverText,
  type DriverText,
  fixed,
  sealed,
} from './driver-text.ts'
import { fieldBytes, type Report } from './reports.ts'

/** A longer word is no name; four sealed digits hold its length. */
const WORD_BYTES = 700

/** The answer's bytes; null when it is damaged. */
export function readAnswer({ fields }: Report): Uint8Array | null {
  return fields.length === 1 ? fieldBytes(fields[0]) : null
}

/**
 * Everything that the last command left unread on the agent's terminal: it was written to a program,
 * and no other program may get it. Out of canonical mode half a line can be read as well (termios(3)).
 */
export function drainText(driver: Driver, nonce: string): DriverText {
  const seal = checkNonce(nonce)
  return driverText(`${call(driver, 'drain')} ${seal} ${seal}`)
}

/** Names that begin with `word`, one a line; directories end in a slash. */
export function completionText(
  driver: Driver,
  nonce: string,
  { word, names }: { word: string; names: 'commands' | 'files' },
): DriverText {
  const seal = checkNonce(nonce)
  const bytes = new TextEncoder().encode(word).subarray(0, WORD_BYTES)
  const what = call(driver, names === 'commands' ? 'commandNames' : 'fileNames')
  return driverText(
    `${what} ${seal} ${fixed(bytes.length, BYTES_DIGITS)} '${sealed(bytes)}' ${seal}`,
  )
}

export function readNames(report: Report): readonly string[] {
  const answer = readAnswer(report)
  if (answer === null) return []
  const names = new TextDecoder().decode(answer).split('\n')
  return [...new Set(names.filter(name => name !== ''))].toSorted()
}

/** The exported variables and the umask, as data: `export -p` prints code, and a variable's value may be made to look like more. */
export function environmentText(driver: Driver, nonce: string): DriverText {
  const seal = checkNonce(nonce)
  return driverText(`${call(driver, 'environment')} ${seal} ${seal}`)
}

export interface ShellEnvironment {
  /** Latin-1 values by name. */
  readonly variables: ReadonlyMap<string, string>
  /** Octal digits. */
  readonly umask: string
}

export function readEnvironment(report: Report): ShellEnvironment | null {
  const answer = readAnswer(report)
  if (answer === null) return null
  const variables = new Map<string, string>()
  for (const entry of latin1Entries(answer)) {
    const equals = entry.indexOf('=')
    if (equals > 0) variables.set(entry.slice(0, equals), entry.slice(equals + 1))
  }
  const umask = variables.get('umask') ?? ''
  variables.delete('umask')
  return { variables, umask: /^[0-7]{3,4}$/.test(umask) ? umask : '077' }
}

function latin1Entries(bytes: Uint8Array): string[] {
  const entries: string[] = []
  let entry = ''
  for (const byte of bytes) {
    if (byte === 0) {
      entries.push(entry)
      entry = ''
    } else entry += String.fromCharCode(byte)
  }
  return [...entries, entry]
}
