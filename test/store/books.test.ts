import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import pg from 'pg'
import type { NewTarget } from '../../server/core/ports/administration.ts'
import type { Store } from '../../server/store/store.ts'
import { grantFor, openSession } from '../support/sample-grants.ts'
import { StoreBench } from '../support/test-store.ts'

const web: NewTarget = {
  name: 'web-1',
  host: '10.0.0.1',
  port: 2222,
  logins: ['deploy', 'root'],
  trust: { by: 'host-ca', publicKey: 'ssh-ed25519 AAAA' },
  credential: { is: 'key-file', path: '/etc/keys/web' },
  shell: 'sh',
  tags: ['prod', 'it\'s "quoted", {yes}'],
  restricted: true,
}

describe('the books', () => {
  let bench: StoreBench
  let store: Store
  let pool: pg.Pool

  before(async () => {
    bench = await StoreBench.create()
    store = await bench.open()
    pool = new pg.Pool({ connectionString: bench.database.url, max: 2 })
  })
  after(async () => {
    await pool.end()
    await bench.end()
  })

  /** What the journal says, without its times; every body is the one committed to. */
  async function journal(kind: string): Promise<Record<string, unknown>[]> {
    const { rows } = await pool.query<{ commitment: Buffer; salt: Buffer; body: Buffer }>(
      `select commitment, salt, body from sallyport.journal join sallyport.journal_body using (id)
       where kind = $1 order by id`,
      [kind],
    )
    return rows.map(({ commitment, salt, body }) => {
      assert.ok(createHash('sha256').update(salt).update(body).digest().equals(commitment))
      const { at, ...event } = JSON.parse(body.toString()) as Record<string, unknown>
      assert.ok(typeof at === 'string')
      return event
    })
  }

  it('keep a target, and write down who added and who removed it', async () => {
    const added = await store.targets.add(web, 'alice')
    assert.ok(added.ok)
    assert.deepEqual(await store.targets.find('web-1'), { ...web, id: added.value.id })
    assert.deepEqual(await store.targets.list(), [added.value])
    assert.deepEqual(await store.targets.findByAddress('10.0.0.1', 2222), added.value)
    assert.equal(await store.targets.findByAddress('10.0.0.1', 22), null)
    assert.deepEqual(await store.targets.add(web, 'bob'), { ok: false, fault: 'name-in-use' })
    assert.equal(await store.targets.remove('web-1', 'bob'), true)
    assert.equal(await store.targets.remove('web-1', 'bob'), false)
    assert.equal(await store.targets.find('web-1'), null)
    assert.ok((await store.targets.add(web, 'carol')).ok)
    assert.deepEqual(
      (await journal('target-added')).map(({ by }) => by),
      ['alice', 'carol'],
    )
    assert.deepEqual(await journal('target-removed'), [
      { kind: 'target-removed', target: 'web-1', by: 'bob' },
    ])
  })

  it('let one of many who add the same name win', async () => {
    const answers = await Promise.all(
      Array.from({ length: 6 }, () => store.targets.add({ ...web, name: 'web-2' }, 'alice')),
    )
    assert.equal(answers.filter(({ ok }) => ok).length, 1)
  })

  it('give no target for an address that two have', async () => {
    await store.targets.add({ ...web, name: 'web-3', host: '10.0.0.3' }, 'alice')
    await store.targets.add({ ...web, name: 'web-4', host: '10.0.0.3' }, 'alice')
    assert.equal(await store.targets.findByAddress('10.0.0.3', 2222), null)
  })

  it('keep a grant, and what became of it', async () => {
    const grant = await grantFor(store, { maxSessions: 2, approvedBy: 'dora' })
    assert.equal(grant.createdBy, 'root')
    const session = await openSession(store, grant)
    assert.deepEqual(await store.grants.goodFor('agent-7', 'web-1', Date.now()), [
      { ...(await store.grants.find(grant.id)) },
    ])
    const status = await store.grants.find(grant.id)
    assert.ok(status)
    const { createdAtMs, revoked, liveSessions, ...kept } = status
    assert.deepEqual(kept, grant)
    assert.ok(createdAtMs > 0)
    assert.deepEqual([revoked, liveSessions], [null, 1])
    assert.deepEqual(await store.grants.revoke(grant.id, 'over', 'alice'), {
      ok: true,
      value: { liveSessions: [session.id] },
    })
    assert.deepEqual(await store.grants.revoke(grant.id, 'again', 'bob'), {
      ok: false,
      fault: 'already-revoked',
    })
    assert.equal((await store.grants.find(grant.id))?.revoked?.reason, 'over')
    assert.deepEqual(await store.grants.goodFor('agent-7', 'web-1', Date.now()), [])
    assert.deepEqual(await journal('grant-revoked'), [
      { kind: 'grant-revoked', grant: grant.id, reason: 'over', by: 'alice' },
    ])
    await session.close('done')
  })

  it('show only grants that are good, unless all are asked for', async () => {
    const agent = 'agent-9'
    const good = await grantFor(store, { agent })
    const past = await grantFor(store, {
      agent,
      startsAtMs: Date.now() - 2000,
      expiresAtMs: Date.now() - 1000,
    })
    const ids = async (all: boolean): Promise<string[]> =>
      (await store.grants.list({ agent, all })).map(({ id }) => id)
    assert.deepEqual(await ids(false), [good.id])
    assert.deepEqual(await ids(true), [good.id, past.id])
    const inFuture = await grantFor(store, { agent, startsAtMs: Date.now() + 60_000 })
    const goodNow = await store.grants.goodFor(agent, 'web-1', Date.now())
    assert.deepEqual(
      goodNow.map(({ id }) => id),
      [good.id],
    )
    assert.ok((await ids(false)).includes(inFuture.id))
  })

  it('know nothing of what is not there', async () => {
    for (const id of ['', 'x', '01900000-0000-7000-8000-000000000000']) {
      assert.equal(await store.grants.find(id), null)
      assert.deepEqual(await store.grants.revoke(id, 'r', 'b'), { ok: false, fault: 'not-found' })
      assert.deepEqual(await store.sessions.terminate(id, 'r', 'b'), {
        ok: false,
        fault: 'not-found',
      })
    }
  })

  it('terminate a session once, and not after its end', async () => {
    const session = await openSession(store)
    assert.ok((await store.sessions.terminate(session.id, 'odd', 'alice')).ok)
    assert.ok((await store.sessions.terminate(session.id, 'odd', 'bob')).ok)
    await session.close('done')
    assert.deepEqual(await store.sessions.terminate(session.id, 'odd', 'bob'), {
      ok: false,
      fault: 'already-ended',
    })
    assert.deepEqual(
      (await journal('termination-asked')).map(({ by }) => by),
      ['alice'],
    )
  })

  it('give out no serial twice, and none that an older database could have given', async () => {
    const serials = await Promise.all(
      Array.from({ length: 200 }, () => store.certificates.nextSerial()),
    )
    assert.equal(new Set(serials).size, 200)
    // A database made anew begins its sequence anew; the time in front keeps the serials apart.
    const earliest = BigInt(Date.now() - 60_000) << 20n
    assert.ok(serials.every(serial => serial > earliest && serial < 1n << 63n))
  })

  it('refuse to revoke serial 0, which certificates without a serial carry', async () => {
    await assert.rejects(
      store.certificates.revoke({ caFingerprint: 'SHA256:ca', serial: 0n }, 'r', 'b'),
    )
    assert.deepEqual(await journal('certificate-revoked'), [])
  })

  it('write many journal entries at once, each whole', async () => {
    await Promise.all(
      Array.from({ length: 1200 }, (_, index) =>
        store.journal.record({
          kind: 'connection-refused',
          client: { address: `10.0.0.${index}` },
          because: 'full \0',
        }),
      ),
    )
    const entries = await journal('connection-refused')
    assert.equal(entries.length, 1200)
    assert.deepEqual(entries.at(-1), {
      kind: 'connection-refused',
      client: { address: '10.0.0.1199' },
      because: 'full \0',
    })
  })
})
