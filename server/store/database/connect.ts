import pg from 'pg'

/** How to reach a database: everything `pg` needs, with our time limits. */
export interface Login {
  readonly connectionString: string
  readonly connectionTimeoutMillis: number
  readonly query_timeout: number
  readonly keepAlive: true
  readonly application_name: string
  /** Start-up settings, as `-c name=value`. */
  readonly options?: string
}

/** A hung server must not hang us: connecting within 5 s, or it counts as unreachable. */
export const CONNECT_TIMEOUT_MS = 5000

/** A statement of ours takes milliseconds; one that takes 10 s means that the server is not well. */
export const STATEMENT_TIMEOUT_MS = 10_000

export function loginFromUrl(url: string): Login {
  return {
    connectionString: url,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    query_timeout: STATEMENT_TIMEOUT_MS,
    keepAlive: true,
    application_name: 'sallyport',
  }
}

/** Opens one connection. Its later loss is told to `lost`, never thrown as an unhandled event. */
export async function connect(login: Login, lost: (error: Error) => void): Promise<pg.Client> {
  const client = new pg.Client(login)
  client.on('error', lost)
  await client.connect()
  return client
}

/** One connection for the length of `work`. */
export async function withConnection<Answer>(
  login: Login,
  work: (client: pg.Client) => Promise<Answer>,
): Promise<Answer> {
  // A loss during the work also rejects the query that runs; nothing else needs to hear of it.
  const client = await connect(login, () => {})
  try {
    return await work(client)
  } finally {
    await client.end().catch(() => {}) // already gone: closed is what was wanted
  }
}

/** `work` in a transaction: all of it is written, or nothing. */
export async function inTransaction<Answer>(
  client: pg.ClientBase,
  work: () => Promise<Answer>,
): Promise<Answer> {
  await client.query('begin')
  try {
    const answer = await work()
    await client.query('commit')
    return answer
  } catch (error) {
    // A lost connection rolls back by itself.
    await client.query('rollback').catch(() => {})
    throw error
  }
}
