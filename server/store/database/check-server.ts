import type pg from 'pg'

/** Partitioned tables with the triggers and functions we use were tried from here on. */
const OLDEST_VERSION = 150_000

/** Refuses, with a sentence for the operator, a server on which our promises would not hold. */
export async function checkServer(client: pg.ClientBase): Promise<void> {
  const { rows } = await client.query<Settings>(`
    select current_setting('server_version_num')::int as number,
           current_setting('server_version') as version,
           current_setting('fsync') as fsync,
           current_setting('synchronous_commit') as commits,
           current_setting('server_encoding') as encoding`)
  const [settings] = rows
  if (settings === undefined) throw new Error('the database did not answer what it is')
  const faults = faultsOf(settings)
  if (faults.length > 0) throw new Error(`this database cannot be used: ${faults.join('; ')}`)
}

export interface Settings {
  number: number
  version: string
  fsync: string
  commits: string
  encoding: string
}

export function faultsOf(settings: Settings): string[] {
  const faults: string[] = []
  if (settings.number < OLDEST_VERSION) {
    faults.push(`it is PostgreSQL ${settings.version}, and 15 or later is needed: upgrade it`)
  }
  if (settings.fsync !== 'on') {
    faults.push(
      `fsync is ${settings.fsync}, so that a decision could be lost after it was answered: set fsync = on in postgresql.conf and restart it`,
    )
  }
  if (settings.commits === 'off') {
    faults.push(
      'synchronous_commit is off, so that a decision could be lost after it was answered: run ALTER ROLE … SET synchronous_commit = on for this login',
    )
  }
  if (settings.encoding !== 'UTF8') {
    faults.push(`its encoding is ${settings.encoding}: create a database with encoding UTF8`)
  }
  return faults
}
