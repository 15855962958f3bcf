import type pg from 'pg'
import { uuidv7 } from 'uuidv7'
import type { Grant, GrantStatus } from '../../core/access.ts'
import type { JournalEvent } from '../../core/audit/events.ts'
import type { GrantBook, NewGrant } from '../../core/ports/administration.ts'
import type { Grants } from '../../core/ports/deciding.ts'
import { change, type Ledger } from './ledger.ts'
import { isUuid } from './uuid.ts'

export function createGrants(ledger: Ledger): GrantBook & Grants {
  const { pool } = ledger
  return {
    async goodFor(agent, target, nowMs) {
      return select(
        pool,
        `where agent = $1 and target = $2 and r.grant_id is null
           and starts_at <= $3 and expires_at > $3`,
        [agent, target, new Date(nowMs).toISOString()],
      )
    },
    async list({ agent, target, all }) {
      return select(
        pool,
        `where ($1::text is null or agent = $1) and ($2::text is null or target = $2)
           and ($3 or (r.grant_id is null and expires_at > clock_timestamp()))`,
        [agent ?? null, target ?? null, all],
      )
    },
    find: id => find(pool, id),
    create: (grant, by) =>
      change(ledger, async client => {
        const { created, event } = await insertGrant(client, grant, by)
        return { answer: created, event }
      }),
    revoke: (id, reason, by) =>
      change<Awaited<ReturnType<GrantBook['revoke']>>>(ledger, async client => {
        const status = await find(client, id)
        if (status === null) return { answer: { ok: false, fault: 'not-found' }, event: null }
        const { rowCount } = await client.query(
          `insert into sallyport.revocation (grant_id, revoked_by, reason) values ($1, $2, $3)
           on conflict do nothing`,
          [id, by, reason],
        )
        if (rowCount === 0) return { answer: { ok: false, fault: 'already-revoked' }, event: null }
        const live = await client.query<{ id: string }>(
          'select id from sallyport.session where grant_id = $1 and ended_at is null order by id',
          [id],
        )
        return {
          answer: { ok: true, value: { liveSessions: live.rows.map(row => row.id) } },
          event: { kind: 'grant-revoked', grant: id, reason, by },
        }
      }),
  }
}

/** Writes a grant; the event is for the caller to record in the same transaction. */
export async function insertGrant(
  client: pg.ClientBase,
  grant: NewGrant,
  by: string,
): Promise<{ created: Grant; event: JournalEvent }> {
  const created: Grant = { ...grant, id: uuidv7(), createdBy: by }
  await client.query(INSERT, valuesOf(created))
  return {
    created,
    event: {
      kind: 'grant-created',
      grant: created.id,
      agent: created.agent,
      task: created.task,
      target: created.target,
      login: created.login,
      policy: created.policy,
      onBehalfOf: created.onBehalfOf,
      startsAt: new Date(created.startsAtMs).toISOString(),
      expiresAt: new Date(created.expiresAtMs).toISOString(),
      maxSessions: created.maxSessions,
      reason: created.reason,
      by,
    },
  }
}

interface GrantRow {
  id: string
  agent: string
  task: string
  target: string
  login: string
  policy: string
  on_behalf_of: string | null
  reason: string
  created_by: string
  approved_by: string | null
  created_at: Date
  starts_at: Date
  expires_at: Date
  max_sessions: number | null
  revoked_at: Date | null
  revoked_by: string | null
  revocation_reason: string | null
  live_sessions: number
}

const INSERT = `
  insert into sallyport.access_grant
    (id, agent, task, target, login, policy, on_behalf_of, reason, created_by, approved_by,
     starts_at, expires_at, max_sessions)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`

async function find(client: pg.Pool | pg.ClientBase, id: string): Promise<GrantStatus | null> {
  if (!isUuid(id)) return null
  const [grant] = await select(client, 'where g.id = $1', [id])
  return grant ?? null
}

async function select(
  client: pg.Pool | pg.ClientBase,
  condition: string,
  values: unknown[],
): Promise<GrantStatus[]> {
  const { rows } = await client.query<GrantRow>(
    `select g.*, r.revoked_at, r.revoked_by, r.reason as revocation_reason,
       (select count(*)::int from sallyport.session s where s.grant_id = g.id and s.ended_at is null) as live_sessions
     from sallyport.access_grant g left join sallyport.revocation r on r.grant_id = g.id
     ${condition} order by g.created_at, g.id`,
    values,
  )
  return rows.map(fromRow)
}

/** With `fromRow`, the only place that knows both spellings. */
function valuesOf(grant: Grant): unknown[] {
  return [
    grant.id,
    grant.agent,
    grant.task,
    grant.target,
    grant.login,
    grant.policy,
    grant.onBehalfOf,
    grant.reason,
    grant.createdBy,
    grant.approvedBy,
    new Date(grant.startsAtMs).toISOString(),
    new Date(grant.expiresAtMs).toISOString(),
    grant.maxSessions,
  ]
}

function fromRow(row: GrantRow): GrantStatus {
  const { revoked_at: revokedAt, revoked_by: by, revocation_reason: reason } = row
  return {
    id: row.id,
    agent: row.agent,
    task: row.task,
    target: row.target,
    login: row.login,
    policy: row.policy,
    onBehalfOf: row.on_behalf_of,
    reason: row.reason,
    createdBy: row.created_by,
    approvedBy: row.approved_by,
    startsAtMs: row.starts_at.getTime(),
    expiresAtMs: row.expires_at.getTime(),
    maxSessions: row.max_sessions,
    createdAtMs: row.created_at.getTime(),
    revoked:
      revokedAt === null || by === null || reason === null
        ? null
        : { atMs: revokedAt.getTime(), by, reason },
    liveSessions: row.live_sessions,
  }
}
