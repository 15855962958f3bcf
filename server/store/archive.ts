import type pg from 'pg'
import { decodeSessionBody } from '../core/audit/body.ts'
import type { SentText } from '../core/audit/events.ts'
import type { ChainedEvent } from '../core/audit/verify.ts'
import type { Archive, SessionFilter, SessionSummary, StoredEvent } from '../core/ports/archive.ts'
import { unpackChunk } from './evidence/chunk-row.ts'
import { isUuid } from './books/uuid.ts'

/** A page of a listing, whatever the caller wishes. */
const MOST_SESSIONS = 1000

export function createArchive(pool: pg.Pool): Archive {
  return {
    sessions: filter => selectSessions(pool, filter),
    async session(id) {
      if (!isUuid(id)) return null
      const { rows } = await pool.query<SessionRow>(`${SELECT} where s.id = $1`, [id])
      return rows[0] === undefined ? null : fromRow(rows[0])
    },
    async events(id) {
      if (!isUuid(id)) return []
      const { rows } = await pool.query<{ seq: string; body: Buffer | null }>(
        `select e.seq, b.body from sallyport.event e
         left join sallyport.event_body b on b.session_id = $1 and b.seq = e.seq
         where e.session_id = $1 order by e.seq`,
        [id],
      )
      // An erased body leaves its place in the chain, and nothing to show.
      return rows.flatMap(({ seq, body }) =>
        body === null ? [] : [storedEvent(Number(seq), body)],
      )
    },
    async chunks(id) {
      if (!isUuid(id)) return []
      const { rows } = await pool.query<ChunkRow>(
        `select chunk, channel, from_ms, to_ms, start_byte, length, encode(sha256, 'hex') as sha256, stderr_ranges
         from sallyport.recording_chunk where session_id = $1 order by chunk`,
        [id],
      )
      return rows.map(row => ({
        chunk: row.chunk,
        channel: row.channel,
        fromMs: Number(row.from_ms),
        toMs: Number(row.to_ms),
        offset: Number(row.start_byte),
        length: row.length,
        sha256: row.sha256,
        stderr: row.stderr_ranges,
      }))
    },
    async chunk(id, chunk) {
      if (!isUuid(id) || !Number.isSafeInteger(chunk) || chunk < 0 || chunk > 0x7fffffff)
        return null
      const { rows } = await pool.query<{ length: number; data: Buffer }>(
        'select length, data from sallyport.recording_chunk where session_id = $1 and chunk = $2',
        [id, chunk],
      )
      return rows[0] === undefined ? null : unpackChunk(rows[0].data, rows[0].length)
    },
  }
}

export interface StoredChain {
  readonly header: Uint8Array
  readonly events: readonly ChainedEvent[]
}

/** A session's header and chain as stored, for whoever wants to verify it. */
export async function readChain(pool: pg.Pool, id: string): Promise<StoredChain | null> {
  if (!isUuid(id)) return null
  const { rows: sessions } = await pool.query<{ header: Buffer }>(
    'select header from sallyport.session where id = $1',
    [id],
  )
  if (sessions[0] === undefined) return null
  const { rows } = await pool.query<EventRow>(
    `select e.seq, e.at, e.kind, e.verdict, e.rule, e.commitment, e.previous, e.hash, b.salt, b.body
     from sallyport.event e left join sallyport.event_body b on b.session_id = $1 and b.seq = e.seq
     where e.session_id = $1 order by e.seq`,
    [id],
  )
  return {
    header: sessions[0].header,
    events: rows.map(({ seq, at, salt, body, ...row }) => ({
      ...row,
      seq: Number(seq),
      atMs: at.getTime(),
      content: salt === null || body === null ? null : { salt, body },
    })),
  }
}

interface EventRow extends Omit<ChainedEvent, 'seq' | 'atMs' | 'content'> {
  seq: string
  at: Date
  salt: Buffer | null
  body: Buffer | null
}

interface ChunkRow {
  chunk: number
  channel: number
  from_ms: string
  to_ms: string
  start_byte: string
  length: number
  sha256: string
  stderr_ranges: number[]
}

interface SessionRow {
  id: string
  agent: string
  task: string
  on_behalf_of: string | null
  target: string
  login: string
  grant_id: string
  policy: string
  policy_digest: string
  node: string
  client_address: string
  started_at: Date
  ended_at: Date | null
  end_reason: string | null
  allowed: number
  denied: number
  opening: Buffer | null
  headline: Buffer | null
}

/** Of a headline: enough to recognise it, and a list of sessions stays a list. */
const MOST_HEADLINE_CHARACTERS = 200

const COUNT = `(select count(*)::int from sallyport.event e where e.session_id = s.id and e.verdict`

const SELECT = `
  select s.*, ${COUNT} = 'allow') as allowed, ${COUNT} in ('ask', 'deny')) as denied,
    (select b.body from sallyport.event_body b where b.session_id = s.id and b.seq = 0) as opening,
    (select b.body from sallyport.event e
     join sallyport.event_body b on b.session_id = s.id and b.seq = e.seq
     where e.session_id = s.id and e.kind = 'command-decided'
     order by e.verdict = 'allow', e.seq limit 1) as headline
  from sallyport.session s`

/** Newest first. Every filter is a column with an index of its own, or narrows what such a one found. */
async function selectSessions(pool: pg.Pool, filter: SessionFilter): Promise<SessionSummary[]> {
  if (filter.before !== undefined && !isUuid(filter.before)) return []
  if (filter.grant !== undefined && !isUuid(filter.grant)) return []
  const values: unknown[] = []
  const conditions: string[] = []
  const narrow = (column: string, operator: string, value: unknown): void => {
    if (value === undefined) return
    values.push(value)
    conditions.push(`s.${column} ${operator} $${values.length}`)
  }
  narrow('agent', '=', filter.agent)
  narrow('task', '=', filter.task)
  narrow('target', '=', filter.target)
  narrow('grant_id', '=', filter.grant)
  narrow('id', '<', filter.before)
  if (filter.live !== undefined) {
    conditions.push(`s.ended_at is ${filter.live ? '' : 'not '}null`)
  }
  if (filter.denied !== undefined) {
    conditions.push(
      `${filter.denied ? '' : 'not '}exists (select from sallyport.event e where e.session_id = s.id and e.verdict in ('ask', 'deny'))`,
    )
  }
  values.push(Math.max(0, Math.min(MOST_SESSIONS, Math.trunc(filter.limit))))
  const where = conditions.length === 0 ? '' : `where ${conditions.join(' and ')}`
  const { rows } = await pool.query<SessionRow>(
    `${SELECT} ${where} order by s.id desc limit $${values.length}`,
    values,
  )
  return rows.map(fromRow)
}

function storedEvent(seq: number, body: Buffer): StoredEvent {
  const decoded = decodeSessionBody(body)
  if (!decoded.ok) throw new Error(`event ${seq} cannot be read: ${decoded.fault}`)
  return { seq, ...decoded.value }
}

/** The only place that knows both spellings. */
function fromRow(row: SessionRow): SessionSummary {
  return {
    id: row.id,
    agent: row.agent,
    task: row.task,
    onBehalfOf: row.on_behalf_of,
    target: row.target,
    login: row.login,
    grant: row.grant_id,
    policy: row.policy,
    policyDigest: row.policy_digest,
    node: row.node,
    clientAddress: row.client_address,
    startedAtMs: row.started_at.getTime(),
    endedAtMs: row.ended_at?.getTime() ?? null,
    endReason: row.end_reason,
    allowed: row.allowed,
    denied: row.denied,
    unfiltered: row.opening !== null && saysUnfiltered(row.opening),
    headline: row.headline === null ? null : headlineOf(row.headline),
  }
}

/** What the session's first event says of its policy; erased with it. */
function saysUnfiltered(body: Buffer): boolean {
  const decoded = decodeSessionBody(body)
  return (
    decoded.ok &&
    decoded.value.event.kind === 'session-opened' &&
    decoded.value.event.policy.unfiltered
  )
}

/** Null for a body that cannot be read: verification says so, a list does not have to. */
function headlineOf(body: Buffer): SentText | null {
  const decoded = decodeSessionBody(body)
  if (!decoded.ok || decoded.value.event.kind !== 'command-decided') return null
  const { line } = decoded.value.event
  if (!('text' in line)) return { base64: line.base64.slice(0, MOST_HEADLINE_CHARACTERS) }
  return { text: Array.from(line.text).slice(0, MOST_HEADLINE_CHARACTERS).join('') }
}
