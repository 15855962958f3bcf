import type { Archive, StoredChunk } from '../core/ports/archive.ts'
import { toPlayableLine, type LinePosition } from '../core/replay/tape-text.ts'

/**
 * One channel as a file that any asciicast player shows well: carriage returns where there was no
 * terminal to add them, U+FFFD for what was not UTF-8. Throws when a chunk is missing: half a
 * recording must not look like a whole one.
 */
export async function* castLines(
  archive: Archive,
  session: string,
  chunks: readonly StoredChunk[],
  hasTerminal: boolean,
): AsyncGenerator<Uint8Array> {
  const position: LinePosition = { previous: '' }
  for (const { chunk } of chunks.toSorted((one, other) => one.offset - other.offset)) {
    const stored = await archive.chunk(session, chunk)
    if (stored === null) throw new Error(`session ${session}: chunk ${chunk} is missing`)
    const lines = new TextDecoder().decode(stored).split('\n')
    const shown = lines.map(line => toPlayableLine(line, hasTerminal, position))
    yield new TextEncoder().encode(shown.join('\n'))
  }
}
