import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { migrate } from '../../server/store/database/migrate.ts'
import {
  type EmbeddedPostgres,
  useEmbeddedPostgres,
} from '../../server/store/embedded-postgres/supervise.ts'

/** A migrated database of its own for one suite, on a server that all suites of a run share. */
export interface TestDatabase {
  /** Logs in as the application: cannot change what is written. */
  readonly url: string
  /** Owns the tables, as migrations do. */
  readonly ownerUrl: string
  readonly superuserUrl: string
  drop(): Promise<void>
}

let server: Promise<{ postgres: EmbeddedPostgres; home: string }> | null = null

/** Migrated once; a copy takes a fraction of the time. */
const TEMPLATE = 'sallyport_template'

export async function createTestDatabase(): Promise<TestDatabase> {
  server ??= startServer()
  const { postgres } = await server
  const name = `test_${randomBytes(6).toString('hex')}`
  await asSuperuser(postgres, [
    `create database ${name} template ${TEMPLATE} owner sallyport_owner`,
  ])
  return {
    url: named(postgres.application.connectionString, name),
    ownerUrl: named(postgres.owner.connectionString, name),
    superuserUrl: named(postgres.superuser.connectionString, name),
    drop: () => asSuperuser(postgres, [`drop database if exists ${name} with (force)`]),
  }
}

/** Root hook: mocha calls it once, after every suite. */
after(async function stopTestServer() {
  this.timeout(60_000)
  const started = await server
  if (started === null) return
  await started.postgres.release()
  rmSync(started.home, { recursive: true, force: true })
})

async function startServer(): Promise<{ postgres: EmbeddedPostgres; home: string }> {
  // A space in the path, because somebody's checkout has one.
  const home = mkdtempSync(join(tmpdir(), 'sallyport test-'))
  const postgres = await useEmbeddedPostgres(home, message => {
    throw new Error(message)
  })
  await asSuperuser(postgres, [`create database ${TEMPLATE} owner sallyport_owner`])
  await migrate(
    { ...postgres.owner, connectionString: named(postgres.owner.connectionString, TEMPLATE) },
    'sallyport_app',
  )
  return { postgres, home }
}

async function asSuperuser(postgres: EmbeddedPostgres, statements: string[]): Promise<void> {
  const client = new pg.Client(postgres.superuser)
  await client.connect()
  try {
    for (const statement of statements) await client.query(statement)
  } finally {
    await client.end()
  }
}

function named(url: string, database: string): string {
  return Object.assign(new URL(url), { pathname: `/${database}` }).href
}
