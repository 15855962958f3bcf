import knexPackage, { type Knex } from 'knex'
import type pg from 'pg'
import { migrations } from '../../../migrations/index.ts'
import { rightsStatements } from '../../../migrations/rights.ts'
import { inTransaction, type Login, withConnection } from './connect.ts'

/** `sallyport` in ASCII, shortened: our own advisory lock, which the server frees when its holder dies. */
const LOCK = 0x73616c6c79

/** A migration may wait for readers, but not for ever. */
const MIGRATION_TIMEOUT_MS = 300_000

/**
 * Brings the schema up to date and gives `application` its rights (a quoted identifier; null where the
 * owner must do everything itself). Safe to call from several processes at once and again and again.
 */
export async function migrate(owner: Login, application: string | null): Promise<string[]> {
  const patient = { ...owner, query_timeout: MIGRATION_TIMEOUT_MS }
  return withConnection(patient, async client => {
    await client.query('select pg_advisory_lock($1)', [LOCK])
    await client.query('create schema if not exists sallyport')
    const applied = await runMigrations(patient)
    if (application !== null) await grantRights(client, application)
    return applied
  })
}

/** Names of migrations that this version knows and the database has not seen. */
export async function pendingMigrations(client: pg.ClientBase): Promise<string[]> {
  const { rows } = await client.query<{ there: boolean }>(
    `select to_regclass('sallyport.knex_migrations') is not null as there`,
  )
  const names = migrations.map(([name]) => name)
  if (rows[0]?.there !== true) return names
  const done = await client.query<{ name: string }>('select name from sallyport.knex_migrations')
  const seen = new Set(done.rows.map(row => row.name))
  return names.filter(name => !seen.has(name))
}

type Named = (typeof migrations)[number]

async function runMigrations(owner: Login): Promise<string[]> {
  const db = knexPackage({ client: 'pg', connection: owner, pool: { min: 0, max: 2 } })
  try {
    const config: Knex.MigratorConfig = {
      migrationSource: {
        getMigrations: async () => [...migrations],
        getMigrationName: ([name]: Named) => name,
        getMigration: async ([, up]: Named) => ({ up, down: forwardOnly }),
      },
      schemaName: 'sallyport',
    }
    // Only the holder of the advisory lock comes here, so a lock of knex's own is a dead one's.
    await db.migrate.forceFreeMigrationsLock(config)
    const [, applied] = (await db.migrate.latest(config)) as [number, string[]]
    return applied
  } finally {
    await db.destroy()
  }
}

/** knex wants one; going back would mean to drop evidence. */
async function forwardOnly(): Promise<void> {
  throw new Error('migrations only go forward')
}

async function grantRights(client: pg.ClientBase, application: string): Promise<void> {
  await inTransaction(client, async () => {
    for (const statement of rightsStatements(application)) await client.query(statement)
  })
}
