import type pg from 'pg'
import { UUID, uuidv7 } from 'uuidv7'
import { chainStart } from '../../core/audit/chain.ts'
import type { SessionEvent } from '../../core/audit/events.ts'
import type { Evidence, SessionOpening, SessionRecord } from '../../core/ports/evidence.ts'
import type { Clock } from '../../core/ports/deciding.ts'
import type { Result } from '../../core/result.ts'
import type { Refusal } from '../../core/verdict.ts'
import { inTransaction } from '../database/connect.ts'
import { databaseFault, Fenced, NotWritten } from './faults.ts'
import { refusalFor } from './obstacles.ts'
import { type EventRow, eventRow } from './rows.ts'
import { type Entry, hashesAt, insertEntries, type Obstacle, type Outcome } from './statements.ts'

export interface NodeFacts {
  readonly id: string
  readonly nativeCrypto: boolean
}

/** How a session that was written into the database goes on. */
export type Continue = (started: StartedSession) => SessionRecord

export interface StartedSession {
  readonly id: string
  readonly startedAtMs: number
  readonly head: { readonly seq: number; readonly hash: Uint8Array }
}

/** Once more after an unknown outcome, or a database that is just coming back. */
const ATTEMPTS = 3

/**
 * Opens sessions. Session, header and first event are one transaction; the limit of live sessions is
 * counted under a lock of the grant's, in a statement after the lock was got, so that two openings at
 * the same moment cannot both be the last one allowed.
 */
export function createEvidence(
  pool: pg.Pool,
  node: NodeFacts,
  clock: Clock,
  continueWith: Continue,
): Evidence {
  return {
    async open(opening): Promise<Result<SessionRecord, Refusal>> {
      const session = newSession(opening, node, clock.nowMs())
      for (let attempt = 1; ; attempt += 1) {
        try {
          const opened = await write(pool, opening, session)
          if (!opened.ok) return { ok: false, fault: refusalFor(opened.fault) }
          const { id, startedAtMs, first } = session
          return { ok: true, value: continueWith({ id, startedAtMs, head: first }) }
        } catch (error) {
          const isFinal = databaseFault(error) === 'refused' || error instanceof Fenced
          if (isFinal || attempt === ATTEMPTS) {
            throw new NotWritten(`the session could not be opened: ${(error as Error).message}`)
          }
        }
      }
    },
  }
}

/** A UUIDv7 of exactly this millisecond: partitions and listings go by it. */
function sessionId(atMs: number): string {
  const random = UUID.parse(uuidv7()).bytes
  const bytes = Uint8Array.from(random)
  new DataView(bytes.buffer).setUint32(0, Math.floor(atMs / 0x10000))
  new DataView(bytes.buffer).setUint16(4, atMs % 0x10000)
  return UUID.ofInner(bytes).toString()
}

/** Made once, so that a try of unknown outcome can be repeated with the same bytes. */
interface NewSession {
  readonly id: string
  readonly startedAtMs: number
  readonly node: NodeFacts
  readonly header: Uint8Array
  readonly first: EventRow
}

function newSession(opening: SessionOpening, node: NodeFacts, startedAtMs: number): NewSession {
  const id = sessionId(startedAtMs)
  const header = headerOf(id, startedAtMs, node)
  const start = { seq: -1, hash: chainStart(header) }
  const first = eventRow(id, start, startedAtMs, openedEvent(opening, node))
  return { id, startedAtMs, node, header, first }
}

type Opened = Result<null, Obstacle>

async function write(pool: pg.Pool, opening: SessionOpening, session: NewSession): Promise<Opened> {
  const client = await pool.connect()
  let broken: Error | undefined
  try {
    return await inTransaction(client, () => writeInTransaction(client, opening, session))
  } catch (error) {
    if (error instanceof Refused) return { ok: false, fault: error.obstacle }
    // The connection may be the reason.
    broken = error as Error
    throw error
  } finally {
    client.release(broken)
  }
}

/** Thrown inside the transaction, so that it is rolled back. */
class Refused extends Error {
  readonly obstacle: Obstacle

  constructor(obstacle: Obstacle) {
    super(obstacle.because)
    this.obstacle = obstacle
  }
}

async function writeInTransaction(
  client: pg.PoolClient,
  opening: SessionOpening,
  session: NewSession,
): Promise<Opened> {
  const { grant, policy } = opening
  if (grant.maxSessions !== null) {
    await client.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [
      `sallyport grant ${grant.id}`,
    ])
  }
  await client.query(
    `insert into sallyport.policy (digest, text) values ($1, $2) on conflict do nothing`,
    [policy.digest, policy.text],
  )
  const { rows } = await client.query<{ obstacle: Obstacle | null }>(INSERT_SESSION, [
    session.id,
    session.header,
    opening.identity.agent,
    grant.task,
    opening.identity.onBehalfOf ?? grant.onBehalfOf,
    opening.target.name,
    grant.login,
    grant.id,
    policy.name,
    policy.digest,
    opening.identity.caFingerprint,
    String(opening.identity.serial),
    opening.identity.keyId,
    String(opening.identity.validBefore),
    opening.client.address,
    session.node.id,
    new Date(session.startedAtMs).toISOString(),
    grant.maxSessions,
  ])
  const obstacle = rows[0]?.obstacle ?? null
  if (obstacle !== null) throw new Refused(obstacle)

  const entries: Entry[] = [{ row: session.first, chunk: null, whileGranted: false }]
  const { rows: outcomes } = await client.query<Outcome>(insertEntries(entries))
  if (outcomes[0]?.written !== true) {
    const { rows: standing } = await client.query<{ hash: Buffer }>(hashesAt(entries))
    if (standing[0]?.hash.equals(session.first.hash) !== true) {
      throw new Fenced('a session of this id has other events')
    }
  }
  return { ok: true, value: null }
}

/**
 * Inserts the session unless something stands against it, and says what. The count sees every session
 * committed before the grant's lock was got.
 */
const INSERT_SESSION = `
  with facts as (
    select coalesce(
      sallyport.grant_obstacle($8),
      sallyport.certificate_obstacle($11, $12::numeric, $13, $14::numeric),
      case when $18::integer is not null and $18::integer <= (
        select count(*) from sallyport.session where grant_id = $8 and ended_at is null and id <> $1
      ) then jsonb_build_object('because', 'too-many-sessions', 'limit', $18::integer) end
    ) as obstacle
  ), opened as (
    insert into sallyport.session
      (id, header, agent, task, on_behalf_of, target, login, grant_id, policy, policy_digest,
       ca_fingerprint, certificate_serial, key_id, certificate_valid_before, client_address, node, started_at)
    select $1::uuid, $2::bytea, $3, $4, $5, $6, $7, $8::uuid, $9, $10, $11, $12::numeric, $13, $14::numeric, $15, $16, $17::timestamptz
    from facts where obstacle is null
    on conflict (id) do nothing
  )
  select obstacle from facts`

/** What the chain begins with: which session this is, when and where. Everything else is in its first event. */
function headerOf(id: string, startedAtMs: number, node: NodeFacts): Buffer {
  return Buffer.from(
    JSON.stringify({
      version: 1,
      session: id,
      startedAt: new Date(startedAtMs).toISOString(),
      node: node.id,
    }),
  )
}

function openedEvent(opening: SessionOpening, node: NodeFacts): SessionEvent {
  const { identity, grant, target, policy, client } = opening
  return {
    kind: 'session-opened',
    agent: identity.agent,
    task: grant.task,
    onBehalfOf: identity.onBehalfOf ?? grant.onBehalfOf,
    grant: grant.id,
    target: target.name,
    login: grant.login,
    policy: {
      name: policy.name,
      digest: policy.digest,
      unfiltered: opening.unfiltered,
      observed: opening.observed,
    },
    certificate: {
      keyId: identity.keyId,
      serial: String(identity.serial),
      key: identity.keyFingerprint,
      ca: identity.caFingerprint,
      validBefore: String(identity.validBefore),
    },
    client,
    node: node.id,
    nativeCrypto: node.nativeCrypto,
  }
}
