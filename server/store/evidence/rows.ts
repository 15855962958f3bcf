import { randomBytes } from 'node:crypto'
import { columnsOf, encodeBody, type EventColumns } from '../../core/audit/body.ts'
import { commitmentTo, nextLink, SALT_BYTES } from '../../core/audit/chain.ts'
import type { SessionEvent } from '../../core/audit/events.ts'

/** One event as it goes into the database. */
export interface EventRow extends EventColumns {
  readonly sessionId: string
  readonly seq: number
  readonly atMs: number
  readonly salt: Uint8Array
  readonly body: Uint8Array
  readonly commitment: Uint8Array
  readonly previous: Uint8Array
  readonly hash: Uint8Array
}

/** One piece of a recording, without what its digest event says already. */
export interface ChunkRow {
  readonly chunk: number
  readonly channel: number
  readonly fromMs: number
  readonly toMs: number
  readonly startByte: number
  readonly length: number
  readonly sha256: Uint8Array
  /** Pairs of first and one-past-last byte within the chunk that came from standard error. */
  readonly stderrRanges: readonly number[]
  /** The asciicast text, brotli. */
  readonly data: Uint8Array
  readonly lastRecord: number
  readonly carry: Uint8Array
}

/** The last link of a chain: where the next event is joined on. */
export interface Head {
  readonly seq: number
  readonly hash: Uint8Array
}

/** The event that follows `head`. */
export function eventRow(
  sessionId: string,
  head: Head,
  atMs: number,
  event: SessionEvent,
): EventRow {
  const seq = head.seq + 1
  const salt = randomBytes(SALT_BYTES)
  const body = encodeBody(atMs, event)
  const commitment = commitmentTo(salt, body)
  const hash = nextLink(head.hash, seq, commitment)
  return {
    ...columnsOf(event),
    sessionId,
    seq,
    atMs,
    salt,
    body,
    commitment,
    previous: head.hash,
    hash,
  }
}
