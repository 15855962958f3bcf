import assert from 'node:assert/strict'
import pg from 'pg'
import { APPLICATION_RIGHTS } from '../../migrations/rights.ts'
import { decision, grantFor, openSession } from '../support/sample-grants.ts'
import { sampleWish } from '../support/sample-wish.ts'
import { StoreBench } from '../support/test-store.ts'

/** Columns that may change: a cache of what events say. */
const LIFECYCLE: Readonly<Record<string, readonly string[]>> = {
  session: ['ended_at', 'end_reason'],
  node: ['heartbeat_at', 'stopped_at', 'stop_reason'],
}

describe('what is written', () => {
  let bench: StoreBench
  let application: pg.Client
  let owner: pg.Client
  const tables = Object.keys(APPLICATION_RIGHTS).filter(
    name => !['access_report', 'knex_migrations'].includes(name),
  )

  before(async () => {
    bench = await StoreBench.create()
    const store = await bench.open()
    application = new pg.Client({ connectionString: bench.database.url })
    owner = new pg.Client({ connectionString: bench.database.ownerUrl })
    await Promise.all([application.connect(), owner.connect()])
    await fillEveryTable()

    async function fillEveryTable(): Promise<void> {
      await store.targets.add(
        {
          name: 'web-1',
          host: '127.0.0.1',
          port: 22,
          logins: ['deploy'],
          trust: { by: 'host-key', publicKey: 'ssh-ed25519 AAAA' },
          credential: { is: 'upstream-key' },
          shell: 'bash',
          tags: [],
          restricted: false,
        },
        'root',
      )
      await store.targets.remove('web-1', 'root')
      const grant = await grantFor(store)
      const session = await openSession(store, grant)
      await session.append(decision('uptime'))
      const tape = session.openTape(0, { terminal: null, title: 'uptime' })
      await tape.write('stdout', Buffer.from('up\n'))
      await store.sessions.terminate(session.id, 'enough', 'root')
      await session.close('done')
      await store.grants.revoke(grant.id, 'enough', 'root')
      const request = await store.requests.make(sampleWish())
      assert.ok(request.ok)
      await store.requests.deny(request.value.id, 'not now', 'root')
      await store.certificates.revoke({ keyId: 'nobody' }, 'lost', 'root')
      await store.certificates.recordIssue(
        {
          agent: 'agent-7',
          task: null,
          keyId: 'k',
          serial: await store.certificates.nextSerial(),
          keyFingerprint: 'SHA256:x',
          validAfter: 0n,
          validBefore: 1n,
        },
        'root',
      )
      const link = await store.signIns.makeLink('viewer', 'root', 60_000)
      const signedIn = await store.signIns.redeem(link.token, '127.0.0.1')
      await store.signIns.end(signedIn?.sessionToken ?? '', '127.0.0.1')
      await application.query(
        'insert into sallyport.browser_session_use (token_sha256) select token_sha256 from sallyport.browser_session',
      )
    }
  })
  after(async () => {
    await Promise.all([application.end(), owner.end()])
    await bench.end()
  })

  for (const table of tables) {
    it(`cannot be removed or emptied from ${table}, by anybody`, async () => {
      for (const client of [application, owner]) {
        await assertRefused(client, `delete from sallyport.${table}`)
        await assertRefused(client, `truncate sallyport.${table} cascade`)
      }
    })

    it(`cannot be changed in ${table}, but for lifecycle columns`, async () => {
      const { rows } = await owner.query<{ name: string }>(
        `select column_name as name from information_schema.columns
         where table_schema = 'sallyport' and table_name = $1`,
        [table],
      )
      assert.ok(rows.length > 0)
      for (const { name } of rows) {
        const statement = `update sallyport.${table} set ${name} = ${await otherValue(table, name)}`
        if (LIFECYCLE[table]?.includes(name) === true) await application.query(statement)
        else for (const client of [application, owner]) await assertRefused(client, statement)
      }
    })
  }

  it('cannot be emptied partition by partition either', async () => {
    const { rows } = await owner.query<{ name: string }>(
      `select inhrelid::regclass::text as name from pg_inherits
       join pg_class on pg_class.oid = inhrelid and relkind = 'r'`,
    )
    assert.ok(rows.length >= 3)
    for (const { name } of rows) {
      await assertRefused(owner, `truncate ${name}`)
      await assertRefused(application, `insert into ${name} select * from ${name}`)
    }
  })

  it('keeps its triggers and tables from the application', async () => {
    await assertRefused(application, 'drop trigger link_event on sallyport.event')
    await assertRefused(application, 'alter table sallyport.event disable trigger all')
    await assertRefused(application, 'set session_replication_role = replica')
    await assertRefused(application, 'create table sallyport.mine (a int)')
    await assertRefused(application, 'create function sallyport.mine() returns int return 1')
    await assertRefused(application, "select pg_read_file('/etc/passwd')")
  })

  it('is written by a role that is no superuser and owns nothing', async () => {
    const { rows } = await application.query(
      `select rolsuper, rolcreaterole, rolcreatedb, rolbypassrls, rolreplication,
         (select count(*)::int from pg_class where relowner = pg_roles.oid) as owned
       from pg_roles where rolname = current_user`,
    )
    assert.deepEqual(rows, [
      {
        rolsuper: false,
        rolcreaterole: false,
        rolcreatedb: false,
        rolbypassrls: false,
        rolreplication: false,
        owned: 0,
      },
    ])
  })

  /** A value that differs from what is there and is of the right type. */
  async function otherValue(table: string, column: string): Promise<string> {
    const { rows } = await owner.query<{ type: string }>(
      `select format_type(atttypid, null) as type from pg_attribute
       where attrelid = $1::regclass and attname = $2`,
      [`sallyport.${table}`, column],
    )
    const values: Record<string, string> = {
      uuid: 'gen_random_uuid()',
      bytea: "'\\x00'",
      'text[]': "'{other}'",
      'integer[]': "'{9,9}'",
      boolean: `not ${column}`,
      'timestamp with time zone': "'2001-01-01'",
    }
    const [row] = rows
    if (row === undefined) throw new Error(column)
    return values[row.type] ?? (row.type === 'text' ? "'other'" : '99')
  }
})

async function assertRefused(client: pg.Client, statement: string): Promise<void> {
  await client.query('begin')
  try {
    await assert.rejects(client.query(statement), { code: '42501' }, statement)
  } finally {
    await client.query('rollback')
  }
}
