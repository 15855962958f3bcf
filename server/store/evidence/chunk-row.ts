import { createHash } from 'node:crypto'
import { promisify } from 'node:util'
import { brotliCompress, brotliDecompress, constants } from 'node:zlib'
import type { SessionEvent } from '../../core/audit/events.ts'
import { packCarry } from '../../core/recording/carry.ts'
import type { TapeChunk } from '../../core/recording/tape-encoder.ts'
import type { ChunkRow } from './rows.ts'

const compress = promisify(brotliCompress)
const decompress = promisify(brotliDecompress)

/** Most of the gain at a tenth of the time: recordings are written once and rarely read. */
const QUALITY = 1

/** A chunk as it is stored, without its number: that is given when it is its turn. */
export type PackedChunk = Omit<ChunkRow, 'chunk'>

/** Compression runs on the thread pool of libuv, not on the thread that serves SSH. */
export async function packChunk(channel: number, chunk: TapeChunk): Promise<PackedChunk> {
  const { text } = chunk
  const data = await compress(text, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: QUALITY,
      [constants.BROTLI_PARAM_SIZE_HINT]: text.length,
      [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT,
    },
  })
  return {
    channel,
    fromMs: chunk.fromMs,
    toMs: chunk.toMs,
    startByte: chunk.startByte,
    length: text.length,
    sha256: createHash('sha256').update(text).digest(),
    stderrRanges: chunk.stderrRanges,
    data,
    lastRecord: chunk.lastRecord,
    carry: packCarry(chunk.carry),
  }
}

/** `length` is what the digest event says: no stored bytes can blow up to more. */
export async function unpackChunk(data: Uint8Array, length: number): Promise<Uint8Array> {
  return decompress(data, { maxOutputLength: Math.max(1, length) })
}

export function chunkEvent(chunk: ChunkRow, recovered: boolean): SessionEvent {
  return {
    kind: 'recording-chunk',
    chunk: chunk.chunk,
    channel: chunk.channel,
    offset: chunk.startByte,
    length: chunk.length,
    sha256: Buffer.from(chunk.sha256).toString('hex'),
    stderr: chunk.stderrRanges,
    recovered,
  }
}
