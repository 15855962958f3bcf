import { type FileHandle, open, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { SEGMENT_MAGIC } from './frame.ts'

/** One file of the spool, while it is written. */
export interface Segment {
  readonly file: FileHandle
  readonly number: number
  /** How much of it is written. */
  bytes: number
}

export function segmentPath(directory: string, number: number): string {
  return join(directory, `${String(number).padStart(8, '0')}.spool`)
}

/** Of a finished segment: the one after it is being written. */
export async function segmentLength(directory: string, number: number): Promise<number> {
  const { size } = await stat(segmentPath(directory, number))
  return size
}

/** Begins a segment; there must be none of this number. */
export async function newSegment(directory: string, number: number): Promise<Segment> {
  const file = await open(segmentPath(directory, number), 'wx', 0o600)
  await writeWhole(file, SEGMENT_MAGIC, 0)
  return { file, number, bytes: SEGMENT_MAGIC.length }
}

/** A disk that fills up takes a part first and refuses the rest. */
export async function writeWhole(file: FileHandle, bytes: Buffer, position: number): Promise<void> {
  let written = 0
  while (written < bytes.length) {
    const answer = await file.write(bytes, written, bytes.length - written, position + written)
    written += answer.bytesWritten
  }
}
