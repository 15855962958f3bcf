import { createHash, randomBytes } from 'node:crypto'
import type pg from 'pg'
import {
  BROWSER_SESSION,
  type BrowserSession,
  type Role,
  type SignIns,
} from '../../core/ports/administration.ts'
import { type Change, change, type Ledger } from './ledger.ts'

/** Use is noted this coarsely: a page that asks every two seconds writes a row a minute. */
const USE_NOTED_EVERY_MS = 60_000

export function createSignIns(ledger: Ledger): SignIns {
  const { pool, clock } = ledger

  async function openSession(
    client: pg.ClientBase,
    user: string,
    roles: readonly Role[],
    how: 'link' | 'oidc',
    address: string,
  ): Promise<Change<{ sessionToken: string; session: BrowserSession }>> {
    const sessionToken = newToken()
    const expiresAtMs = clock.nowMs() + BROWSER_SESSION.absoluteMs
    await client.query(
      `insert into sallyport.browser_session (token_sha256, person, roles, expires_at) values ($1, $2, $3, $4)`,
      [digestOf(sessionToken), user, roles, new Date(expiresAtMs).toISOString()],
    )
    return {
      answer: { sessionToken, session: { user, roles, expiresAtMs } },
      event: { kind: 'signed-in', user, roles, how, address },
    }
  }

  return {
    makeLink: (role, by, lifetimeMs) =>
      change(ledger, async client => {
        const token = newToken()
        const expiresAtMs = clock.nowMs() + lifetimeMs
        await client.query(
          `insert into sallyport.sign_in_link (token_sha256, role, made_by, expires_at) values ($1, $2, $3, $4)`,
          [digestOf(token), role, by, new Date(expiresAtMs).toISOString()],
        )
        return {
          answer: { token, expiresAtMs },
          event: { kind: 'sign-in-link-made', role, by },
        }
      }),
    redeem: (linkToken, address) =>
      change(ledger, async client => {
        const link = await useLink(client, linkToken, address)
        if (link === null) return { answer: null, event: null }
        return openSession(client, link.made_by, [link.role], 'link', address)
      }),
    openFor: (user, roles, address) =>
      change(ledger, client => openSession(client, user, roles, 'oidc', address)),
    async hasHadAdministrator() {
      const { rowCount } = await pool.query(
        `select from sallyport.browser_session where 'administrator' = any (roles) limit 1`,
      )
      return rowCount === 1
    },
    async find(sessionToken) {
      const { rows } = await pool.query<SessionRow>(FIND, findValues(sessionToken))
      return rows[0] === undefined ? null : fromRow(rows[0])
    },
    end: (sessionToken, address) =>
      change(ledger, async client => {
        const { rows } = await client.query<SessionRow>(FIND, findValues(sessionToken))
        const [session] = rows
        if (session === undefined) return { answer: undefined, event: null }
        await client.query(
          'insert into sallyport.browser_session_end (token_sha256) values ($1) on conflict do nothing',
          [digestOf(sessionToken)],
        )
        return {
          answer: undefined,
          event: { kind: 'signed-out', user: session.person, address },
        }
      }),
  }
}

interface SessionRow {
  person: string
  roles: Role[]
  expires_at: Date
}

/** Being found counts as use; times are the database's, so that every node means the same by idle. */
const FIND = `
  with known as (
    select token_sha256, person, roles, expires_at,
      greatest(opened_at, (select max(used_at) from sallyport.browser_session_use u where u.token_sha256 = $1)) as used_at
    from sallyport.browser_session s
    where token_sha256 = $1 and expires_at > clock_timestamp()
      and not exists (select from sallyport.browser_session_end e where e.token_sha256 = $1)
  ), live as (
    select * from known where used_at > clock_timestamp() - make_interval(secs => $2)
  ), noted as (
    insert into sallyport.browser_session_use (token_sha256)
    select token_sha256 from live where used_at < clock_timestamp() - make_interval(secs => $3)
    on conflict do nothing
  )
  select person, roles, expires_at from live`

const findValues = (token: string): unknown[] => [
  digestOf(token),
  BROWSER_SESSION.idleMs / 1000,
  USE_NOTED_EVERY_MS / 1000,
]

/** The primary key of its use lets a link be used once, whoever comes at the same moment. */
async function useLink(
  client: pg.ClientBase,
  token: string,
  address: string,
): Promise<{ role: Role; made_by: string } | null> {
  const { rows } = await client.query<{ role: Role; made_by: string }>(
    `with used as (
       insert into sallyport.sign_in_link_use (token_sha256, address)
       select token_sha256, $2 from sallyport.sign_in_link where token_sha256 = $1 and expires_at > clock_timestamp()
       on conflict do nothing
       returning token_sha256
     )
     select role, made_by from sallyport.sign_in_link join used using (token_sha256)`,
    [digestOf(token), address],
  )
  return rows[0] ?? null
}

/** 256 bits, safe in a URL. */
function newToken(): string {
  return randomBytes(32).toString('base64url')
}

function digestOf(token: string): Buffer {
  return createHash('sha256').update(token).digest()
}

/** The only place that knows both spellings. */
function fromRow(row: SessionRow): BrowserSession {
  return { user: row.person, roles: row.roles, expiresAtMs: row.expires_at.getTime() }
}
