import { readLine } from '../../../server/core/command/read-line.ts'
import type { ReadCommand, Word } from '../../../server/core/command/reading.ts'

/** A word as tests write it: its text, or what is known of it in guillemets. */
export function textOf(word: Word | null): string | null {
  if (word === null) return null
  if (word.is === 'literal') return word.text
  return `${word.prefix}‹${word.source}›${word.several ? '…' : ''}`
}

/** Each command found in the line, its words joined with blanks. */
export function commandsOf(line: string, shell: 'bash' | 'sh' = 'bash'): readonly string[] {
  return readLine(line, shell).commands.map(wordsOf)
}

export function wordsOf(command: ReadCommand): string {
  return command.argv.map(textOf).join(' ')
}

/** The codes of what was not understood, each once; empty for a static line. */
export function codesOf(
  line: string | Uint8Array,
  shell: 'bash' | 'sh' = 'bash',
): readonly string[] {
  return [...new Set(readLine(line, shell).misreadings.map(({ code }) => code))]
}
