import { createHash } from 'node:crypto'
import type pg from 'pg'
import type { ChunkRow, EventRow } from './rows.ts'

/** Rows that are written together or not at all: part of one session's chain, in order. */
export interface Entry {
  readonly row: EventRow
  readonly chunk: ChunkRow | null
  /** Write it only while the session may run commands. */
  readonly whileGranted: boolean
}

/** Why the database would not let a command run (migrations/0002, session_obstacle). */
export interface Obstacle {
  readonly because: string
  readonly reason?: string
  readonly by?: string
  readonly limit?: number
}

export interface Outcome {
  readonly session_id: string
  /** As text: the column is a bigint. */
  readonly seq: string
  readonly obstacle: Obstacle | null
  readonly written: boolean
}

/**
 * One statement for a batch, so one commit. A body goes in through its event's RETURNING, so never
 * before or without it. ON CONFLICT makes the statement repeatable after an unknown outcome; what was
 * not written has to be compared then.
 *
 * @param mayPrepare the connection remembers statements: reading and planning this one takes as long as doing it.
 */
export function insertEntries(entries: readonly Entry[], mayPrepare = false): pg.QueryConfig {
  const chunks = entries.filter(entry => entry.chunk !== null)
  if (chunks.length > 0) {
    return { text: EVENTS_AND_CHUNKS, values: [...eventValues(entries), ...chunkValues(chunks)] }
  }
  const values = eventValues(entries)
  const isPrepared = mayPrepare && entries.length <= PREPARED_ROWS
  return isPrepared ? { name: EVENTS_NAME, text: EVENTS, values } : { text: EVENTS, values }
}

/** A plan that is kept does not know how many rows come, and joins them as if there were few. */
const PREPARED_ROWS = 10

/** The hashes that stand where these entries should be. */
export function hashesAt(entries: readonly Entry[]): pg.QueryConfig {
  return {
    text: `select e.session_id, e.seq, e.hash from unnest($1::uuid[], $2::bigint[]) as asked (session_id, seq)
           join sallyport.event e on e.session_id = asked.session_id and e.seq = asked.seq`,
    values: [entries.map(({ row }) => row.sessionId), entries.map(({ row }) => row.seq)],
  }
}

const WRITE_EVENTS = `
  with entry as materialized (
    select u.*, case when u.while_granted then sallyport.session_obstacle(u.session_id) end as obstacle
    from unnest($1::uuid[], $2::bigint[], $3::timestamptz[], $4::text[], $5::text[], $6::text[],
                $7::bytea[], $8::bytea[], $9::bytea[], $10::bytea[], $11::bytea[], $12::boolean[])
      with ordinality as u (session_id, seq, at, kind, verdict, rule,
                            salt, body, commitment, previous, hash, while_granted, place)
  ), written as (
    insert into sallyport.event (session_id, seq, at, kind, verdict, rule, commitment, previous, hash)
    select session_id, seq, at, kind, verdict, rule, commitment, previous, hash
    from entry where obstacle is null order by place
    on conflict do nothing
    returning session_id, seq
  ), bodies as (
    insert into sallyport.event_body (session_id, seq, salt, body)
    select session_id, seq, salt, body from written join entry using (session_id, seq)
  )`

const ANSWER = `
  select entry.session_id, entry.seq, entry.obstacle, written.seq is not null as written
  from entry left join written using (session_id, seq)`

const EVENTS = `${WRITE_EVENTS}${ANSWER}`

/** Says which text it is: behind a pooler that lends connections, another version of us may have named one. */
const EVENTS_NAME = `sallyport_${createHash('sha256').update(EVENTS).digest('hex').slice(0, 16)}`

const EVENTS_AND_CHUNKS = `${WRITE_EVENTS}, chunks as (
    insert into sallyport.recording_chunk
      (session_id, seq, chunk, channel, from_ms, to_ms, start_byte, length, sha256, stderr_ranges, codec, data, last_record, carry)
    select session_id, seq, c.chunk, c.channel, c.from_ms, c.to_ms, c.start_byte, c.length, c.sha256,
           c.stderr_ranges::integer[], 'br', c.data, c.last_record, c.carry
    from written
    join unnest($13::uuid[], $14::bigint[], $15::integer[], $16::integer[], $17::bigint[], $18::bigint[], $19::bigint[],
                $20::integer[], $21::bytea[], $22::text[], $23::bytea[], $24::bigint[], $25::bytea[])
      as c (session_id, seq, chunk, channel, from_ms, to_ms, start_byte, length, sha256, stderr_ranges, data, last_record, carry)
      using (session_id, seq)
  )${ANSWER}`

function eventValues(entries: readonly Entry[]): unknown[] {
  const rows = entries.map(({ row }) => row)
  return [
    rows.map(row => row.sessionId),
    rows.map(row => row.seq),
    rows.map(row => new Date(row.atMs).toISOString()),
    rows.map(row => row.kind),
    rows.map(row => row.verdict),
    rows.map(row => row.rule),
    rows.map(row => row.salt),
    rows.map(row => row.body),
    rows.map(row => row.commitment),
    rows.map(row => row.previous),
    rows.map(row => row.hash),
    entries.map(entry => entry.whileGranted),
  ]
}

function chunkValues(entries: readonly Entry[]): unknown[] {
  const chunks = entries.flatMap(({ row, chunk }) => (chunk === null ? [] : [{ row, chunk }]))
  return [
    chunks.map(({ row }) => row.sessionId),
    chunks.map(({ row }) => row.seq),
    chunks.map(({ chunk }) => chunk.chunk),
    chunks.map(({ chunk }) => chunk.channel),
    chunks.map(({ chunk }) => chunk.fromMs),
    chunks.map(({ chunk }) => chunk.toMs),
    chunks.map(({ chunk }) => chunk.startByte),
    chunks.map(({ chunk }) => chunk.length),
    chunks.map(({ chunk }) => chunk.sha256),
    // unnest would take an array of arrays apart: each goes as text.
    chunks.map(({ chunk }) => `{${chunk.stderrRanges.join(',')}}`),
    chunks.map(({ chunk }) => chunk.data),
    chunks.map(({ chunk }) => chunk.lastRecord),
    chunks.map(({ chunk }) => chunk.carry),
  ]
}
