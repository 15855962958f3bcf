import { crc32 } from 'node:zlib'
import { UUID } from 'uuidv7'
import type { TapeRecord, TapeOpening } from '../../core/recording/tape-record.ts'

/** One record of one channel as it lies in a spool file (FORMAT.md). */
export interface SpoolRecord {
  readonly sessionId: string
  readonly channel: number
  /** Counts the channel's records from 0. */
  readonly number: number
  readonly record: TapeRecord
}

/** Every segment begins with this line. */
export const SEGMENT_MAGIC = Buffer.from('sallyport spool v1\n')

/** Payload of one frame; a larger write becomes several frames. */
export const FRAME_BYTES = 256 * 1024

/** Length and checksum. */
const PREFIX_BYTES = 8
/** Kind, session, channel, record number, time. */
const FIELDS_BYTES = 1 + 16 + 4 + 4 + 8
/** Nothing we write is longer; a longer length is damage. */
const LONGEST_FRAME = FIELDS_BYTES + FRAME_BYTES + 16 * 1024

const KINDS = ['open', 'stdout', 'stderr', 'stdin', 'resize', 'close'] as const
type Kind = (typeof KINDS)[number]

export function encodeFrame({ sessionId, channel, number, record }: SpoolRecord): Buffer {
  const payload = payloadOf(record)
  const frame = Buffer.allocUnsafe(PREFIX_BYTES + FIELDS_BYTES + payload.length)
  frame.writeUInt32BE(FIELDS_BYTES + payload.length, 0)
  frame.writeUInt8(KINDS.indexOf(kindOf(record)), 8)
  frame.set(UUID.parse(sessionId).bytes, 9)
  frame.writeUInt32BE(channel, 25)
  frame.writeUInt32BE(number, 29)
  frame.writeDoubleBE(record.atMs, 33)
  frame.set(payload, PREFIX_BYTES + FIELDS_BYTES)
  frame.writeUInt32BE(crc32(frame.subarray(PREFIX_BYTES)), 4)
  return frame
}

export type FrameReading =
  | { readonly is: 'frame'; readonly spooled: SpoolRecord; readonly next: number }
  /** The bytes end before the frame does. */
  | { readonly is: 'incomplete' }
  /** These bytes are no frame: the write was cut off here, or the disk has lost something. */
  | { readonly is: 'damaged' }

/** Reads the frame at `at`. What comes back may share memory with `bytes`. */
export function decodeFrame(bytes: Buffer, at: number): FrameReading {
  if (bytes.length - at < PREFIX_BYTES) return { is: 'incomplete' }
  const length = bytes.readUInt32BE(at)
  if (length < FIELDS_BYTES || length > LONGEST_FRAME) return { is: 'damaged' }
  const next = at + PREFIX_BYTES + length
  if (next > bytes.length) return { is: 'incomplete' }
  const body = bytes.subarray(at + PREFIX_BYTES, next)
  if (crc32(body) !== bytes.readUInt32BE(at + 4)) return { is: 'damaged' }
  const record = recordOf(body)
  if (record === null) return { is: 'damaged' }
  const sessionId = UUID.ofInner(body.subarray(1, 17)).toString()
  const spooled = {
    sessionId,
    channel: body.readUInt32BE(17),
    number: body.readUInt32BE(21),
    record,
  }
  return { is: 'frame', spooled, next }
}

function kindOf(record: TapeRecord): Kind {
  return record.is === 'bytes' ? record.stream : record.is
}

function payloadOf(record: TapeRecord): Uint8Array {
  switch (record.is) {
    case 'open':
      return Buffer.from(JSON.stringify(record.opening))
    case 'bytes':
      return record.bytes
    case 'resize': {
      const size = Buffer.alloc(8)
      size.writeUInt32BE(record.columns, 0)
      size.writeUInt32BE(record.rows, 4)
      return size
    }
    case 'close':
      return Buffer.alloc(0)
  }
}

/** The checksum was right, so only another version of us could have written what this does not know. */
function recordOf(body: Buffer): TapeRecord | null {
  const kind = KINDS[body.readUInt8(0)]
  const atMs = body.readDoubleBE(25)
  const payload = body.subarray(FIELDS_BYTES)
  if (kind === undefined) return null
  switch (kind) {
    case 'open':
      return { is: 'open', atMs, opening: JSON.parse(payload.toString()) as TapeOpening }
    case 'resize':
      return { is: 'resize', atMs, columns: payload.readUInt32BE(0), rows: payload.readUInt32BE(4) }
    case 'close':
      return { is: 'close', atMs }
    case 'stdout':
    case 'stderr':
    case 'stdin':
      return { is: 'bytes', stream: kind, atMs, bytes: payload }
  }
}
