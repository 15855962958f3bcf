import { concatenate, textToBytes } from '../../server/core/recording/byte-text.ts'
import type { Archive } from '../../server/core/ports/archive.ts'

/** The bytes of a channel's output as the archive has them, both streams together, in order. */
export async function recordedOutput(
  archive: Archive,
  session: string,
  channel: number,
): Promise<Uint8Array> {
  const chunks = (await archive.chunks(session)).filter(chunk => chunk.channel === channel)
  const pieces: Uint8Array[] = []
  let place = 0
  for (const { chunk, offset, length } of chunks.toSorted((a, b) => a.offset - b.offset)) {
    if (offset !== place) throw new Error(`a gap in the recording at ${place}`)
    place += length
    const text = await archive.chunk(session, chunk)
    if (text?.length !== length) throw new Error(`chunk ${chunk} has another length`)
    for (const line of new TextDecoder().decode(text).split('\n')) {
      if (!line.startsWith('[')) continue
      const [, code, data] = JSON.parse(line) as [number, string, string]
      if (code === 'o') pieces.push(textToBytes(data))
    }
  }
  return concatenate(pieces)
}
