/** Holds what a line did against what it was read to do. */
import { basename, dirname, resolve } from 'node:path'
import { wrapperEntry } from '../../server/core/command/extract/wrappers.ts'
import { READ_SHELLS } from '../../server/core/command/tables/shells.ts'
import type { ReadCommand, Reading, Redirection, Word } from '../../server/core/command/reading.ts'
import type { Deeds, Execution, WriteOpen } from './trace.ts'

/** Where programs are also looked for when a wrapper empties the environment (`env -i`, `command -p`). */
const STANDARD = new Set([
  '/usr/local/bin',
  '/usr/bin',
  '/bin',
  '/usr/sbin',
  '/sbin',
  '/usr/local/sbin',
])

/** Programs whose opened files are the line's own doing. */
const SHELLS = new Set(['bash', 'sh', 'dash', 'busybox', 'find'])

/** What happened that the reading does not list, in words; empty when everything was seen. */
export function unseen(reading: Reading, deeds: Deeds, stubs: string): readonly string[] {
  const [start, ...executions] = deeds.executions
  const place = { stubs, start: start?.directory ?? null }
  return [
    ...executions
      .filter(execution => !reading.commands.some(command => isThis(command, execution, place)))
      .map(({ path, argv }) => `ran ${path} ${JSON.stringify(argv)}`),
    ...deeds.writes
      .filter(write => SHELLS.has(write.image) && !isOwnFile(write.path))
      .filter(write => !redirectionsOf(reading).some(redirection => opens(redirection, write)))
      .map(({ path, image }) => `${image} opened ${path} for writing`),
  ]
}

interface Place {
  readonly stubs: string
  readonly start: string | null
}

function isThis(command: ReadCommand, execution: Execution, { stubs, start }: Place): boolean {
  const [program, ...args] = command.argv
  const { path, argv: words } = execution
  if (isFunctionCall(command) || !isThere(command.directory, execution.directory, start))
    return false
  // A file without `#!` is run by a shell, on behalf of whoever named it (POSIX execvp).
  const script = words[1]
  if (/^(\/bin\/sh|\/proc\/self\/exe)$/.test(path) && program?.is === 'literal') {
    if (program.text === script && script.includes('/')) return fits(args, words.slice(2))
  }
  if (program === undefined || !isProgram(program, path, stubs)) return false
  return fits(args, words.slice(1))
}

/** A call of a function whose body is read where it stands runs no program of that name. */
function isFunctionCall({ isWrapper, argv }: ReadCommand): boolean {
  const [program] = argv
  if (!isWrapper || program?.is !== 'literal') return false
  const name = basename(program.text)
  return wrapperEntry(name) === null && !READ_SHELLS.has(name) && name !== 'xargs'
}

/** Whether it ran where the reading says, seen from where the line began. */
function isThere(read: Word | null, directory: string | null, start: string | null): boolean {
  if (directory === null || start === null || read?.is === 'dynamic') return true
  return directory === resolve(start, read === null ? '.' : read.text)
}

function isProgram(word: Word, path: string, stubs: string): boolean {
  if (word.is === 'dynamic') return false
  if (word.text.includes('/')) return word.text === path
  const directory = dirname(path)
  return basename(path) === word.text && (directory === stubs || STANDARD.has(directory))
}

/** Whether the words that came out can have come from the words that were read. */
function fits(read: readonly Word[], words: readonly string[]): boolean {
  const [first, ...rest] = read
  if (first === undefined) return words.length === 0
  const [word, ...others] = words
  if (first.is === 'literal') return word === first.text && fits(rest, others)
  if (!first.several) return word?.startsWith(first.prefix) === true && fits(rest, others)
  for (let taken = 0; taken <= words.length; taken += 1) {
    const hasPrefix = taken === 0 || word?.startsWith(first.prefix) === true
    if (hasPrefix && fits(rest, words.slice(taken))) return true
  }
  return false
}

function redirectionsOf({ commands, loose }: Reading): readonly Redirection[] {
  return [...loose.redirections, ...commands.flatMap(command => command.redirections)].filter(
    ({ direction }) => direction === 'write',
  )
}

function opens({ target }: Redirection, { path }: WriteOpen): boolean {
  return target.is === 'literal' ? target.text === path : path.startsWith(target.prefix)
}

/** The shell's own terminal, its here-documents, the pipes of `<(…)`, and /dev/null for `&` jobs. */
function isOwnFile(path: string): boolean {
  if (/^\/(dev|proc\/self)\/fd\/\d+$/.test(path)) return true
  return path === '/dev/tty' || /\/sh-thd[.-]?[A-Za-z0-9]+$/.test(path) || path === '/dev/null'
}
