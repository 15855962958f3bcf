import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { migrations } from '../../migrations/index.ts'
import { defaultLimits } from '../../server/config/limits.ts'
import { faultsOf } from '../../server/store/database/check-server.ts'
import { loginFromUrl } from '../../server/store/database/connect.ts'
import { prepareDatabase } from '../../server/store/database/logins.ts'
import { migrate } from '../../server/store/database/migrate.ts'
import { openStore } from '../../server/store/open.ts'
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts'
import { realClock } from '../support/sample-grants.ts'

describe('a database that somebody else runs', () => {
  let database: TestDatabase
  let superuser: pg.Client

  before(async () => {
    database = await createTestDatabase()
    superuser = new pg.Client({ connectionString: database.superuserUrl })
    await superuser.connect()
  })
  after(async () => {
    await superuser.end()
    await database.drop()
  })

  async function empty(): Promise<void> {
    await superuser.query('drop schema sallyport cascade')
  }

  /** A login that owns the database and is otherwise as `attributes` say. */
  async function withOwner<Answer>(
    attributes: string,
    work: (url: string) => Promise<Answer>,
  ): Promise<Answer> {
    const name = 'test_owner'
    const { pathname } = new URL(database.superuserUrl)
    await superuser.query(`create role ${name} login password 'secret' ${attributes}`)
    await superuser.query(`alter database ${pathname.slice(1)} owner to ${name}`)
    try {
      const url = new URL(database.superuserUrl)
      url.username = name
      url.password = 'secret'
      return await work(url.href)
    } finally {
      await empty()
      await superuser.query(`alter database ${pathname.slice(1)} owner to postgres`)
      await superuser.query(`drop owned by ${name}; drop role ${name}`)
    }
  }

  async function roleOf(login: { connectionString: string }): Promise<string> {
    const client = new pg.Client(login)
    await client.connect()
    try {
      const { rows } = await client.query<{ role: string }>('select current_user as role')
      return rows[0]?.role ?? ''
    } finally {
      await client.end()
    }
  }

  it('is migrated once, by however many at once', async () => {
    await empty()
    const owner = loginFromUrl(database.ownerUrl)
    await superuser.query(
      'grant create on database ' + new URL(database.url).pathname.slice(1) + ' to sallyport_owner',
    )
    const applied = await Promise.all(
      Array.from({ length: 4 }, () => migrate(owner, 'sallyport_app')),
    )
    const names = migrations.map(([name]) => name)
    assert.deepEqual(
      applied.toSorted((a, b) => b.length - a.length),
      [names, [], [], []],
    )
    assert.deepEqual(await migrate(owner, 'sallyport_app'), [])
  })

  it('is migrated although a migration before it was killed with its lock held', async () => {
    await superuser.query('update sallyport.knex_migrations_lock set is_locked = 1')
    // Something to do, so that the lock is met.
    await superuser.query(`comment on schema sallyport is 'other rights'`)
    assert.deepEqual(await migrate(loginFromUrl(database.ownerUrl), 'sallyport_app'), [])
  })

  it('is left as it is when a newer version has migrated it', async () => {
    const owner = loginFromUrl(database.ownerUrl)
    await superuser.query(
      `insert into sallyport.knex_migrations (name) values ('9999-from-the-future')`,
    )
    await superuser.query(`grant select on sallyport.knex_migrations_lock to sallyport_app`)
    await superuser.query(`comment on schema sallyport is 'other rights'`)
    assert.deepEqual(await migrate(owner, 'sallyport_app'), [])
    const { rows } = await superuser.query(
      `select has_table_privilege('sallyport_app', 'sallyport.knex_migrations_lock', 'select') as kept`,
    )
    assert.deepEqual(rows, [{ kept: true }])
    await superuser.query(`delete from sallyport.knex_migrations where name = '0001-access'`)
    await assert.rejects(migrate(owner, 'sallyport_app'), /another line of versions/)
    await superuser.query(
      `update sallyport.knex_migrations set name = '0001-access' where name = '9999-from-the-future'`,
    )
    await migrate(owner, 'sallyport_app')
  })

  it('is used through two logins, without a weakness', async () => {
    const logins = await prepareDatabase(database.url, database.ownerUrl)
    assert.deepEqual(logins.weaknesses, [])
    assert.equal(await roleOf(logins.application), 'sallyport_app')
  })

  it('is used through one login that may create a role, as that role', async () => {
    await empty()
    await withOwner('createrole', async url => {
      await superuser.query('grant sallyport_app to test_owner with admin option')
      const logins = await prepareDatabase(url, null)
      assert.deepEqual(logins.weaknesses, [])
      assert.equal(await roleOf(logins.application), 'sallyport_app')
      assert.equal(await roleOf(logins.direct), 'sallyport_app')
    })
  })

  it('is used through one login that may do nothing special, and says what is weak', async () => {
    await withOwner('nocreaterole', async url => {
      const logins = await prepareDatabase(url, null)
      assert.equal(await roleOf(logins.application), 'test_owner')
      assert.equal(logins.weaknesses.length, 1)
      assert.match(logins.weaknesses[0] ?? '', /only triggers keep it/)
      const home = mkdtempSync(join(tmpdir(), 'sallyport one login-'))
      const store = await openStore(
        { home, database: { url, directUrl: null }, limits: defaultLimits },
        { node: { version: '0', nativeCrypto: true }, clock: realClock, log: () => {} },
      )
      assert.deepEqual(await store.checks['database']?.(), { ok: true })
      await store.close('done')
      rmSync(home, { recursive: true })
    })
  })

  it('is used through a superuser, in a narrower role, and says that this is weak', async () => {
    const logins = await prepareDatabase(database.superuserUrl, null)
    assert.equal(await roleOf(logins.application), 'sallyport_app')
    assert.match(logins.weaknesses.join(), /superuser postgres/)
  })

  it('says in one sentence that nobody answers', async () => {
    await assert.rejects(prepareDatabase('postgres://a:b@127.0.0.1:1/c', null), /ECONNREFUSED/)
  })
})

describe('faultsOf', () => {
  const good = {
    number: 150_000,
    version: '15.0',
    fsync: 'on',
    commits: 'on',
    encoding: 'UTF8',
  }

  it('finds none in the oldest server we can use', () => {
    assert.deepEqual(faultsOf(good), [])
  })

  for (const [change, sentence] of [
    [{ number: 149_999, version: '14.9' }, /PostgreSQL 14\.9, and 15 or later/],
    [{ fsync: 'off' }, /fsync is off/],
    [{ commits: 'off' }, /synchronous_commit is off/],
    [{ encoding: 'LATIN1' }, /encoding is LATIN1/],
  ] as const) {
    it(`refuses ${JSON.stringify(change)}`, () => {
      const faults = faultsOf({ ...good, ...change })
      assert.equal(faults.length, 1)
      assert.match(faults[0] ?? '', sentence)
    })
  }
})
