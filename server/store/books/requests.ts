import type pg from 'pg'
import { uuidv7 } from 'uuidv7'
import type { Config } from '../../config.ts'
import {
  type AccessRequest,
  REQUEST_WAIT_MS,
  type RequestStatus,
} from '../../core/access-request.ts'
import type { RequestBook } from '../../core/ports/administration.ts'
import { insertGrant } from './grants.ts'
import { recordInTransaction } from './journal.ts'
import { change, type Ledger } from './ledger.ts'
import { isUuid } from './uuid.ts'

type WaitingLimits = Pick<Config['limits'], 'requestsWaitingPerAgent' | 'requestsWaiting'>

export function createRequests(ledger: Ledger, limits: WaitingLimits): RequestBook {
  const { pool, clock } = ledger
  return {
    make: wish =>
      change<Awaited<ReturnType<RequestBook['make']>>>(ledger, async client => {
        await takeTurn(client)
        const waiting = await select(client, WAITING, [REQUEST_WAIT_MS / 1000])
        const ofAgent = waiting.filter(({ agent }) => agent === wish.agent)
        const same = ofAgent.find(request => isSameWish(request, wish))
        if (same !== undefined) return { answer: { ok: true, value: same }, event: null }
        if (ofAgent.length >= limits.requestsWaitingPerAgent) {
          return { answer: { ok: false, fault: 'too-many-of-agent' }, event: null }
        }
        if (waiting.length >= limits.requestsWaiting) {
          return { answer: { ok: false, fault: 'too-many' }, event: null }
        }
        const id = uuidv7()
        await client.query(INSERT, [id, ...valuesOf(wish)])
        const [made] = await select(client, 'where r.id = $1', [id])
        if (made === undefined) throw new Error('the request that was just written is not there')
        const { agent, task, onBehalfOf, target, login, policy, forMs, reason, keyId } = made
        return {
          answer: { ok: true, value: made },
          event: {
            kind: 'request-made',
            request: id,
            agent,
            task,
            onBehalfOf,
            target,
            login,
            policy,
            forSeconds: forMs / 1000,
            reason,
            keyId,
          },
        }
      }),
    find: id => find(pool, id),
    list: ({ agent, all }) =>
      select(
        pool,
        `where ($2::text is null or r.agent = $2)
           and ($3 or (a.request_id is null and r.made_at > clock_timestamp() - make_interval(secs => $1)))`,
        [REQUEST_WAIT_MS / 1000, agent ?? null, all],
      ),
    grant: (id, grant, by) =>
      change<Awaited<ReturnType<RequestBook['grant']>>>(ledger, async client => {
        const fault = await obstacle(client, id)
        if (fault !== null) return { answer: { ok: false, fault }, event: null }
        const { created, event } = await insertGrant(client, grant, by)
        await recordInTransaction(client, event, clock.nowMs())
        await client.query(ANSWER, [id, created.id, null, by])
        return {
          answer: { ok: true, value: created },
          event: { kind: 'request-granted', request: id, grant: created.id, by },
        }
      }),
    deny: (id, reason, by) =>
      change<Awaited<ReturnType<RequestBook['deny']>>>(ledger, async client => {
        const fault = await obstacle(client, id)
        if (fault !== null) return { answer: { ok: false, fault }, event: null }
        await client.query(ANSWER, [id, null, reason, by])
        return {
          answer: { ok: true, value: null },
          event: { kind: 'request-denied', request: id, reason, by },
        }
      }),
  }
}

/** One at a time: requests of the same moment must not all find room, nor be answered twice. */
async function takeTurn(client: pg.ClientBase): Promise<void> {
  await client.query(`select pg_advisory_xact_lock(hashtextextended('sallyport requests', 0))`)
}

async function obstacle(
  client: pg.ClientBase,
  id: string,
): Promise<'not-found' | 'answered-already' | null> {
  await takeTurn(client)
  const request = await find(client, id)
  if (request === null) return 'not-found'
  return request.answer === null ? null : 'answered-already'
}

type Wish = Omit<AccessRequest, 'id' | 'madeAtMs'>

/** An agent that asks again because it missed the answer gets the same request, not a second one. */
function isSameWish(request: AccessRequest, wish: Wish): boolean {
  return (
    request.task === wish.task &&
    request.onBehalfOf === wish.onBehalfOf &&
    request.target === wish.target &&
    request.login === wish.login &&
    request.policy === wish.policy &&
    request.forMs === wish.forMs &&
    request.reason === wish.reason
  )
}

interface RequestRow {
  id: string
  agent: string
  task: string
  on_behalf_of: string | null
  target: string
  login: string | null
  policy: string | null
  /** A bigint, which pg hands out as text. */
  for_ms: string
  reason: string
  key_id: string
  client_address: string
  made_at: Date
  grant_id: string | null
  denied_because: string | null
  answered_at: Date | null
  answered_by: string | null
}

const WAITING = `
  where a.request_id is null and r.made_at > clock_timestamp() - make_interval(secs => $1)`

const INSERT = `
  insert into sallyport.access_request
    (id, agent, task, on_behalf_of, target, login, policy, for_ms, reason, key_id, client_address)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`

const ANSWER = `
  insert into sallyport.access_request_answer (request_id, grant_id, denied_because, answered_by)
  values ($1, $2, $3, $4)`

async function find(client: pg.Pool | pg.ClientBase, id: string): Promise<RequestStatus | null> {
  if (!isUuid(id)) return null
  const [request] = await select(client, 'where r.id = $1', [id])
  return request ?? null
}

async function select(
  client: pg.Pool | pg.ClientBase,
  condition: string,
  values: unknown[],
): Promise<RequestStatus[]> {
  const { rows } = await client.query<RequestRow>(
    `select r.*, a.grant_id, a.denied_because, a.answered_at, a.answered_by
     from sallyport.access_request r left join sallyport.access_request_answer a on a.request_id = r.id
     ${condition} order by r.made_at, r.id`,
    values,
  )
  return rows.map(fromRow)
}

/** With `fromRow`, the only place that knows both spellings. */
function valuesOf(wish: Wish): unknown[] {
  return [
    wish.agent,
    wish.task,
    wish.onBehalfOf,
    wish.target,
    wish.login,
    wish.policy,
    wish.forMs,
    wish.reason,
    wish.keyId,
    wish.clientAddress,
  ]
}

function fromRow(row: RequestRow): RequestStatus {
  return {
    id: row.id,
    agent: row.agent,
    task: row.task,
    onBehalfOf: row.on_behalf_of,
    target: row.target,
    login: row.login,
    policy: row.policy,
    forMs: Number(row.for_ms),
    reason: row.reason,
    keyId: row.key_id,
    clientAddress: row.client_address,
    madeAtMs: row.made_at.getTime(),
    answer: answerOf(row),
  }
}

function answerOf(row: RequestRow): RequestStatus['answer'] {
  const { answered_at: at, answered_by: by, denied_because: reason, grant_id: grant } = row
  if (at === null || by === null) return null
  const atMs = at.getTime()
  if (grant !== null) return { is: 'granted', grant, atMs, by }
  return { is: 'denied', reason: reason ?? '', atMs, by }
}
