import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'
import type pg from 'pg'

/**
 * A node that gave no sign of life for so long has lost its sessions to others. Twice the time after
 * which it ends them by itself, so that nobody closes a session that is still being served.
 */
export const LOST_AFTER_S = 30

/** One run of the bastion on one machine: no two runs share a name. */
export function newNodeId(): string {
  const host = hostname()
    .toLowerCase()
    .replace(/[^a-z0-9.-]/g, '-')
    .slice(0, 60)
  return `${host === '' ? 'node' : host}-${randomBytes(4).toString('hex')}`
}

export async function registerNode(pool: pg.Pool, id: string, version: string): Promise<void> {
  await pool.query('insert into sallyport.node (id, version) values ($1, $2)', [id, version])
}

/** False when it was marked before. */
export async function markStopped(pool: pg.Pool, id: string, reason: string): Promise<boolean> {
  const { rowCount } = await pool.query(
    `update sallyport.node set stopped_at = clock_timestamp(), stop_reason = $2
     where id = $1 and stopped_at is null`,
    [id, reason],
  )
  return rowCount === 1
}

/** Nodes that died without a word, and nodes that stopped and left sessions open. */
export async function lostNodes(pool: pg.Pool): Promise<string[]> {
  const { rows } = await pool.query<{ id: string }>(
    `select id from sallyport.node n
     where (stopped_at is null and heartbeat_at < clock_timestamp() - make_interval(secs => $1))
        or (stopped_at is not null and exists (
             select from sallyport.session s where s.node = n.id and s.ended_at is null))`,
    [LOST_AFTER_S],
  )
  return rows.map(row => row.id)
}

export async function openSessionsOf(pool: pg.Pool, node: string): Promise<string[]> {
  const { rows } = await pool.query<{ id: string }>(
    'select id from sallyport.session where node = $1 and ended_at is null order by id',
    [node],
  )
  return rows.map(row => row.id)
}

/** Sessions of ours that were opened long enough ago for us to know of them, whether we do or not. */
export async function settledSessionsOf(pool: pg.Pool, node: string): Promise<string[]> {
  const { rows } = await pool.query<{ id: string }>(
    `select id from sallyport.session
     where node = $1 and ended_at is null and started_at < clock_timestamp() - interval '60 s'`,
    [node],
  )
  return rows.map(row => row.id)
}

/** Seconds since the node's last sign of life; null if it is unknown or has stopped. */
export async function silenceOf(pool: pg.Pool, node: string): Promise<number | null> {
  const { rows } = await pool.query<{ silence: number }>(
    `select extract(epoch from clock_timestamp() - heartbeat_at)::float8 as silence
     from sallyport.node where id = $1 and stopped_at is null`,
    [node],
  )
  return rows[0]?.silence ?? null
}
