import { createHash } from 'node:crypto'
import type { Knex } from 'knex'
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
 * owner must do everything itself). Safe to call from several processes at once and again and again;
 * where nothing is to do, that is two questions.
 */
export async function migrate(owner: Login, application: string | null): Promise<string[]> {
  const patient = { ...owner, query_timeout: MIGRATION_TIMEOUT_MS }
  return withConnection(patient, async client => {
    const before = await schemaState(client)
    if (before.isNewer || isAsWanted(before, application)) return []
    await client.query('select pg_advisory_lock($1)', [LOCK])
    // Another process may have been quicker, and may be a newer version.
    if ((await schemaState(client)).isNewer) return []
    await client.query('create schema if not exists sallyport')
    const applied = await runMigrations(patient)
    await grantRights(client, application)
    return applied
  })
}

interface SchemaState {
  /** Migrations that this version knows and the database has not seen. */
  readonly pending: readonly string[]
  /**
   * The database has seen migrations that this version does not know: a newer one runs beside us. What it
   * made lets us go on working; its rights are not ours to take back.
   */
  readonly isNewer: boolean
  /** Which list of rights was granted last. */
  readonly rights: string | null
}

async function schemaState(client: pg.ClientBase): Promise<SchemaState> {
  const known = migrations.map(([name]) => name)
  const { rows } = await client.query<{ there: boolean }>(
    `select to_regclass('sallyport.knex_migrations') is not null as there`,
  )
  if (rows[0]?.there !== true) return { pending: known, isNewer: false, rights: null }
  const { rows: done } = await client.query<{ name: string; rights: string | null }>(
    `select name, obj_description('sallyport'::regnamespace) as rights from sallyport.knex_migrations`,
  )
  const seen = new Set(done.map(({ name }) => name))
  const pending = known.filter(name => !seen.has(name))
  const newer = [...seen].filter(name => !known.includes(name))
  if (newer.length > 0 && pending.length > 0) {
    throw new Error(
      `the database was made by another line of versions: it has ${newer.join(', ')} and lacks ${pending.join(', ')}; install the version that made it`,
    )
  }
  return { pending, isNewer: newer.length > 0, rights: done[0]?.rights ?? null }
}

function isAsWanted({ pending, rights }: SchemaState, application: string | null): boolean {
  return pending.length === 0 && rights === rightsNote(application)
}

type Named = (typeof migrations)[number]

async function runMigrations(owner: Login): Promise<string[]> {
  // Loaded only when there is something to do: it takes longer than most commands.
  const { default: knex } = await import('knex')
  const db = knex({ client: 'pg', connection: owner, pool: { min: 0, max: 2 } })
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

/** All of them anew, so that the list in migrations/rights.ts is the truth, and a note of which list that was. */
async function grantRights(client: pg.ClientBase, application: string | null): Promise<void> {
  await inTransaction(client, async () => {
    const statements = application === null ? [] : rightsStatements(application)
    for (const statement of statements) await client.query(statement)
    await client.query(`comment on schema sallyport is '${rightsNote(application)}'`)
  })
}

function rightsNote(application: string | null): string {
  const statements = application === null ? '' : rightsStatements(application).join(';')
  return `rights ${createHash('sha256').update(statements).digest('hex')}`
}
