import type pg from 'pg'
import { connect, type Login } from '../database/connect.ts'

/** Everything that ended lately, as one poll saw it. Times are the database's. */
export interface Ended {
  readonly grants: readonly { readonly grant: string; readonly reason: string }[]
  readonly terminations: readonly {
    readonly session: string
    readonly by: string
    readonly reason: string
  }[]
  readonly certificates: readonly RevokedCertificate[]
}

export interface RevokedCertificate {
  readonly caFingerprint: string | null
  readonly serial: string | null
  readonly keyId: string | null
}

export interface Feed {
  close(): Promise<void>
}

/**
 * How far a poll looks back. Rows appear when their transaction commits and carry an earlier time, so a
 * poll must look at what it has seen already; our longest transaction is far shorter than this.
 */
const OVERLAP_S = 60

const POLL_EVERY_MS = 1000
/** A poll takes milliseconds; one that takes longer is a lost connection, and there is time for a second try. */
const POLL_TIMEOUT_MS = 2000

/**
 * Asks once a second, and at once when the database says that something ended. The notice alone would
 * not do: PostgreSQL forgets it when the connection is lost, and a half-open connection says nothing.
 */
export async function startFeed(
  login: Login,
  nodeId: string,
  seen: (ended: Ended) => void,
  warn: (message: string) => void,
): Promise<Feed> {
  let client: pg.Client | null = null
  /** Of the last good poll, by the database's clock; everything since 1970 at first. */
  let since = '1970-01-01T00:00:00Z'
  let isClosed = false
  let isNoticed = false
  let wake = (): void => {}
  let isWell = true

  await poll()
  const running = run()

  return {
    async close() {
      isClosed = true
      wake()
      await running
      await client?.end().catch(() => {}) // already gone: closed is what was wanted
    },
  }

  async function run(): Promise<void> {
    while (!isClosed) {
      if (!isNoticed) await sleep()
      isNoticed = false
      if (isClosed) return
      try {
        await poll()
        if (!isWell) warn('revocations can be read again')
        isWell = true
      } catch (error) {
        // The next try is a second away; how long there was none is what `mayForward` looks at.
        if (isWell) warn(`revocations cannot be read: ${(error as Error).message}`)
        isWell = false
        disconnect()
      }
    }
  }

  function sleep(): Promise<void> {
    return new Promise(resolve => {
      const timer = setTimeout(resolve, POLL_EVERY_MS)
      wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  async function poll(): Promise<void> {
    client ??= await listen()
    const { rows } = await client.query<PollRow>(POLL, [since, OVERLAP_S, nodeId])
    const [row] = rows
    if (row === undefined) throw new Error('the poll had no answer')
    seen(row)
    since = row.now
  }

  async function listen(): Promise<pg.Client> {
    const fresh = await connect({ ...login, query_timeout: POLL_TIMEOUT_MS }, disconnect)
    fresh.on('notification', () => {
      isNoticed = true
      wake()
    })
    await fresh.query('listen sallyport_endings')
    return fresh
  }

  function disconnect(): void {
    const lost = client
    client = null
    // Its end may wait for a dead peer; nobody waits for it here.
    void lost?.end().catch(() => {})
  }
}

interface PollRow extends Ended {
  readonly now: string
}

/**
 * One statement, which is also the node's sign of life. Of grants and sessions only the latest matter,
 * however long ago the last poll was: whoever was cut off for longer has ended its sessions.
 */
const POLL = `
  with alive as (
    update sallyport.node set heartbeat_at = clock_timestamp(), stopped_at = null, stop_reason = null where id = $3
  ), horizon as (
    select since as certificates, greatest(since, clock_timestamp() - 2 * make_interval(secs => $2)) as others
    from (select $1::timestamptz - make_interval(secs => $2) as since) poll
  )
  select
    now()::text as now,
    (select coalesce(jsonb_agg(jsonb_build_object('grant', grant_id, 'reason', reason)), '[]')
       from sallyport.revocation where revoked_at > (select others from horizon)) as grants,
    (select coalesce(jsonb_agg(jsonb_build_object('session', session_id, 'by', asked_by, 'reason', reason)), '[]')
       from sallyport.termination where asked_at > (select others from horizon)) as terminations,
    (select coalesce(jsonb_agg(jsonb_build_object('caFingerprint', ca_fingerprint, 'serial', serial::text, 'keyId', key_id)), '[]')
       from sallyport.certificate_revocation where revoked_at > (select certificates from horizon)) as certificates`
