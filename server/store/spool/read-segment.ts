import { open } from 'node:fs/promises'
import { decodeFrame, SEGMENT_MAGIC, type SpoolRecord } from './frame.ts'
import { segmentPath } from './segment.ts'

/** How much is read at once; larger than any frame, so that every read yields at least one. */
const READ_BYTES = 1024 * 1024

export interface SegmentPart {
  readonly records: readonly SpoolRecord[]
  /** Where to read on. */
  readonly next: number
  /** True where the bytes up to `limit` do not end with a whole frame. */
  readonly isDamaged: boolean
}

/** Reads whole frames of a segment from `offset`, about 1 MB of them, and nothing at or after `limit`. */
export async function readSegment(
  directory: string,
  number: number,
  offset: number,
  limit: number,
): Promise<SegmentPart> {
  const from = Math.max(offset, SEGMENT_MAGIC.length)
  const length = Math.min(READ_BYTES, limit - from)
  if (length <= 0) return { records: [], next: from, isDamaged: false }
  // A buffer of its own for each part: records share its memory.
  const bytes = Buffer.allocUnsafe(length)
  const file = await open(segmentPath(directory, number), 'r')
  try {
    const { bytesRead } = await file.read(bytes, 0, length, from)
    const part = framesIn(bytes.subarray(0, bytesRead))
    const next = from + part.length
    const isRest = from + length === limit
    return { records: part.records, next, isDamaged: part.isDamaged || (isRest && next < limit) }
  } finally {
    await file.close()
  }
}

function framesIn(bytes: Buffer): { records: SpoolRecord[]; length: number; isDamaged: boolean } {
  const records: SpoolRecord[] = []
  let at = 0
  for (;;) {
    const reading = decodeFrame(bytes, at)
    if (reading.is !== 'frame') return { records, length: at, isDamaged: reading.is === 'damaged' }
    records.push(reading.spooled)
    at = reading.next
  }
}
