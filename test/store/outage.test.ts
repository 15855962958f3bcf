import assert from 'node:assert/strict'
import pg from 'pg'
import { verifyChain } from '../../server/core/audit/verify.ts'
import { readChain } from '../../server/store/archive.ts'
import type { Refusal } from '../../server/core/verdict.ts'
import type { Store } from '../../server/store/store.ts'
import { recordedOutput } from '../support/recorded-bytes.ts'
import { decision, grantFor, openSession, testIdentity } from '../support/sample-grants.ts'
import { StoreBench } from '../support/test-store.ts'

describe('a database that goes away', function () {
  this.timeout(60_000)
  let bench: StoreBench
  let store: Store
  let superuser: pg.Client
  let name: string

  before(async () => {
    bench = await StoreBench.create()
    store = await bench.open()
    name = new URL(bench.database.url).pathname.slice(1)
    const url = Object.assign(new URL(bench.database.superuserUrl), { pathname: '/postgres' })
    superuser = new pg.Client({ connectionString: url.href })
    await superuser.connect()
  })
  after(async () => {
    await comeBack()
    await superuser.end()
    await bench.end()
  })

  async function goAway(): Promise<void> {
    await superuser.query(`alter database ${name} with allow_connections false`)
    await superuser.query(
      'select pg_terminate_backend(pid) from pg_stat_activity where datname = $1',
      [name],
    )
  }

  async function comeBack(): Promise<void> {
    await superuser.query(`alter database ${name} with allow_connections true`)
  }

  async function assertWhole(session: string, output: Buffer): Promise<void> {
    const pool = new pg.Pool({ connectionString: bench.database.url, max: 1 })
    const chain = await readChain(pool, session)
    await pool.end()
    assert.ok(chain)
    const verified = verifyChain(chain.header, chain.events)
    assert.ok(verified.ok, JSON.stringify(verified))
    assert.equal(chain.events.at(-1)?.kind, 'session-closed')
    assert.ok(Buffer.from(await recordedOutput(store.archive, session, 0)).equals(output))
  }

  it('for a moment costs nothing but time', async () => {
    const session = await openSession(store)
    const tape = session.openTape(0, { terminal: null, title: 'busy' })
    await session.append(decision('one'))
    await tape.write('stdout', Buffer.from('before\n'))
    await goAway()
    const during = session.appendWhileGranted(decision('two'))
    await tape.write('stdout', Buffer.from('during\n'))
    await new Promise(wake => setTimeout(wake, 1500))
    await comeBack()
    assert.deepEqual(await during, { ok: true, value: 2 })
    await tape.write('stdout', Buffer.from('after\n'))
    await session.close('done')
    await assertWhole(session.id, Buffer.from('before\nduring\nafter\n'))
  })

  it('for longer ends the session, and what it recorded is uploaded and closed later', async () => {
    const grant = await grantFor(store)
    const session = await openSession(store, grant)
    const tape = session.openTape(0, { terminal: null, title: 'busy' })
    const ended = new Promise<Refusal>(resolve => {
      store.endings.watch({ id: session.id, grant, identity: testIdentity }, resolve)
    })
    await tape.write('stdout', Buffer.from('before\n'))
    await goAway()
    await tape.write('stdout', Buffer.from('during\n'))
    // The decision could not be written, so the command did not run, and the session is told to end.
    await assert.rejects(session.append(decision('two')), { name: 'NotWritten' })
    assert.equal((await ended).because, 'not-written')
    await assert.rejects(tape.write('stdout', Buffer.from('shown to nobody\n')))
    await assert.rejects(session.close('cut off'))
    await comeBack()
    while ((await store.archive.session(session.id))?.endedAtMs === null) {
      await new Promise(wake => setTimeout(wake, 100))
    }
    await assertWhole(session.id, Buffer.from('before\nduring\n'))
    const events = await store.archive.events(session.id)
    assert.deepEqual(events.at(-1)?.event, {
      kind: 'session-closed',
      reason: 'the evidence could not be kept',
      channels: 1,
      recovered: true,
    })
  })
})
