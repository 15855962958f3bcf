import type pg from 'pg'
import { decodeSessionBody } from '../../core/audit/body.ts'
import { unpackCarry } from '../../core/recording/carry.ts'
import {
  CHUNK_BYTES,
  TAPE_START,
  TapeEncoder,
  type TapePosition,
} from '../../core/recording/tape-encoder.ts'
import type { SpoolRecord } from '../spool/frame.ts'
import { chunkEvent, packChunk } from './chunk-row.ts'
import type { Head } from './rows.ts'
import { type Lanes, SessionChain } from './session-chain.ts'

export interface RecoveryParts {
  readonly pool: pg.Pool
  readonly lanes: Lanes
  readonly nowMs: () => number
  readonly markEnded: (sessionId: string, reason: string) => Promise<void>
}

/** What the database knows of a session whose writer is gone. */
interface Known {
  readonly head: Head
  /** What its last event gave as the reason of its end; null when that does not close it. */
  readonly closedBecause: string | null
  readonly nextChunk: number
  readonly positions: ReadonlyMap<number, TapePosition>
}

/**
 * Goes on where a session's writer stopped: uploads what its spool still holds, as a new sealed segment
 * at the chain's end, and closes it. The record before it stays as it is.
 *
 * Rejects with `Fenced` when somebody else writes there at the same time; then it is tried anew.
 */
export class SessionRecovery {
  readonly #id: string
  readonly #parts: RecoveryParts
  readonly #known: Known
  readonly #chain: SessionChain
  readonly #encoders = new Map<number, TapeEncoder>()
  #nextChunk: number
  #recovered = 0

  /** Null when the database has no such session. */
  static async start(sessionId: string, parts: RecoveryParts): Promise<SessionRecovery | null> {
    const known = await readKnown(parts.pool, sessionId)
    return known === null ? null : new SessionRecovery(sessionId, parts, known)
  }

  private constructor(sessionId: string, parts: RecoveryParts, known: Known) {
    this.#id = sessionId
    this.#parts = parts
    this.#known = known
    this.#nextChunk = known.nextChunk
    this.#chain = new SessionChain(sessionId, known.head, parts.lanes, parts.nowMs)
  }

  /** Takes the next record of the spool; what is in the database already is passed over. */
  async push({ channel, number, record }: SpoolRecord): Promise<void> {
    const position = this.#known.positions.get(channel) ?? TAPE_START
    if (number <= position.lastRecord) return
    let encoder = this.#encoders.get(channel)
    if (encoder === undefined) {
      encoder = new TapeEncoder(position)
      this.#encoders.set(channel, encoder)
    }
    encoder.push(number, record)
    if (encoder.length >= CHUNK_BYTES) await this.#upload(channel, encoder)
  }

  /** Uploads the rest and closes the session. Resolves with the number of chunks that were recovered. */
  async finish(reason: string): Promise<number> {
    for (const [channel, encoder] of this.#encoders) {
      encoder.giveUpCarry()
      await this.#upload(channel, encoder)
    }
    const { closedBecause, positions } = this.#known
    if (this.#recovered > 0 || closedBecause === null) {
      const channels = new Set([...positions.keys(), ...this.#encoders.keys()]).size
      await this.#chain.append({ kind: 'session-closed', reason, channels, recovered: true })
    }
    await this.#parts.markEnded(this.#id, closedBecause ?? reason)
    return this.#recovered
  }

  async #upload(channel: number, encoder: TapeEncoder): Promise<void> {
    const chunk = encoder.cut()
    if (chunk === null) return
    const row = { ...(await packChunk(channel, chunk)), chunk: this.#nextChunk }
    this.#nextChunk += 1
    await this.#chain.appendChunk(chunkEvent(row, true), row)
    this.#recovered += 1
  }
}

interface HeadRow {
  seq: string
  hash: Buffer
  kind: string
  body: Buffer | null
}

/** A closed session whose row does not say so yet: its writer died between the two. */
function reasonIn({ kind, body }: HeadRow): string | null {
  if (kind !== 'session-closed') return null
  const decoded = body === null ? null : decodeSessionBody(body)
  if (decoded?.ok === true && decoded.value.event.kind === 'session-closed') {
    return decoded.value.event.reason
  }
  return 'closed'
}

async function readKnown(pool: pg.Pool, sessionId: string): Promise<Known | null> {
  const { rows: heads } = await pool.query<HeadRow>(
    `select e.seq, e.hash, e.kind, b.body from sallyport.event e
     left join sallyport.event_body b on b.session_id = $1 and b.seq = e.seq
     where e.session_id = $1 order by e.seq desc limit 1`,
    [sessionId],
  )
  const [head] = heads
  if (head === undefined) return null
  const { rows: chunks } = await pool.query<{
    channel: number
    chunk: number
    next_byte: string
    last_record: string
    carry: Buffer
  }>(
    `select distinct on (channel) channel, chunk, start_byte + length as next_byte, last_record, carry
     from sallyport.recording_chunk where session_id = $1 order by channel, chunk desc`,
    [sessionId],
  )
  return {
    head: { seq: Number(head.seq), hash: head.hash },
    closedBecause: reasonIn(head),
    nextChunk: Math.max(-1, ...chunks.map(({ chunk }) => chunk)) + 1,
    positions: new Map(
      chunks.map(({ channel, next_byte, last_record, carry }) => [
        channel,
        {
          nextByte: Number(next_byte),
          lastRecord: Number(last_record),
          carry: unpackCarry(carry),
        },
      ]),
    ),
  }
}
