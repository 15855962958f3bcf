import type pg from 'pg'

/** One grant, and one session under it if there was any: who was let in where, and what came of it. */
export interface AccessReport {
  readonly grant: string
  readonly agent: string
  readonly task: string
  readonly onBehalfOf: string | null
  readonly target: string
  readonly login: string
  readonly policy: string
  readonly reason: string
  readonly createdBy: string
  readonly approvedBy: string | null
  readonly startsAtMs: number
  readonly expiresAtMs: number
  readonly revoked: { readonly atMs: number; readonly by: string } | null
  /** Until it expired or was revoked. */
  readonly grantedForMs: number
  readonly session: {
    readonly id: string
    readonly startedAtMs: number
    readonly endedAtMs: number | null
    readonly endReason: string | null
    readonly clientAddress: string
    readonly policyDigest: string
    readonly did: readonly ReportedLine[]
    readonly denied: readonly ReportedLine[]
  } | null
}

/** What the agent asked for: a command line, or the name of a request that is none. */
export interface ReportedLine {
  readonly seq: number
  readonly at: string
  readonly verdict: string
  readonly rule: string
  readonly line: string
}

export interface AccessReportFilter {
  readonly target?: string
  readonly agent?: string
  /** Only grants and sessions that were in force at this time, in milliseconds since 1970 UTC. */
  readonly atMs?: number
}

/** Who was granted what, for how long, what they did and what they were denied: one query. */
export async function readAccessReport(
  pool: pg.Pool,
  { target, agent, atMs }: AccessReportFilter,
): Promise<AccessReport[]> {
  const { rows } = await pool.query<ReportRow>(
    `select *, extract(epoch from granted_for)::float8 * 1000 as granted_ms
     from sallyport.access_report
     where ($1::text is null or target = $1) and ($2::text is null or agent = $2)
       and ($3::timestamptz is null or ($3 >= starts_at and $3 < least(expires_at, coalesce(revoked_at, 'infinity'))
         and (session_id is null or ($3 >= started_at and $3 < coalesce(ended_at, 'infinity')))))
     order by created_at, session_id`,
    [target ?? null, agent ?? null, atMs === undefined ? null : new Date(atMs).toISOString()],
  )
  return rows.map(fromRow)
}

interface ReportRow {
  grant_id: string
  agent: string
  task: string
  on_behalf_of: string | null
  target: string
  login: string
  policy: string
  reason: string
  created_by: string
  approved_by: string | null
  starts_at: Date
  expires_at: Date
  revoked_at: Date | null
  revoked_by: string | null
  granted_ms: number
  session_id: string | null
  policy_digest: string | null
  client_address: string | null
  started_at: Date | null
  ended_at: Date | null
  end_reason: string | null
  did: ReportedLine[] | null
  denied: ReportedLine[] | null
}

/** The only place that knows both spellings. */
function fromRow(row: ReportRow): AccessReport {
  const { session_id: id, started_at: startedAt } = row
  return {
    grant: row.grant_id,
    agent: row.agent,
    task: row.task,
    onBehalfOf: row.on_behalf_of,
    target: row.target,
    login: row.login,
    policy: row.policy,
    reason: row.reason,
    createdBy: row.created_by,
    approvedBy: row.approved_by,
    startsAtMs: row.starts_at.getTime(),
    expiresAtMs: row.expires_at.getTime(),
    revoked:
      row.revoked_at === null || row.revoked_by === null
        ? null
        : { atMs: row.revoked_at.getTime(), by: row.revoked_by },
    grantedForMs: row.granted_ms,
    session:
      id === null || startedAt === null
        ? null
        : {
            id,
            startedAtMs: startedAt.getTime(),
            endedAtMs: row.ended_at?.getTime() ?? null,
            endReason: row.end_reason,
            clientAddress: row.client_address ?? '',
            policyDigest: row.policy_digest ?? '',
            did: row.did ?? [],
            denied: row.denied ?? [],
          },
  }
}
