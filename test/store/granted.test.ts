import assert from 'node:assert/strict'
import pg from 'pg'
import type { Store } from '../../server/store/store.ts'
import {
  decision,
  grantFor,
  openingUnder,
  openSession,
  testIdentity,
} from '../support/sample-grants.ts'
import { StoreBench } from '../support/test-store.ts'

describe('an allow decision', () => {
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

  async function allowed(id: string): Promise<number> {
    const { rows } = await pool.query<{ count: number }>(
      `select count(*)::int as count from sallyport.event where session_id = $1 and verdict = 'allow'`,
      [id],
    )
    return rows[0]?.count ?? -1
  }

  interface Ids {
    readonly session: string
    readonly grant: string
    readonly keyId: string
  }

  const obstacles: [string, object, (ids: Ids) => Promise<unknown>][] = [
    [
      'the grant was revoked',
      { because: 'grant-revoked', reason: 'incident over' },
      ({ grant }) => store.grants.revoke(grant, 'incident over', 'root'),
    ],
    [
      'the session was terminated',
      { because: 'terminated', by: 'root', reason: 'suspicious' },
      ({ session }) => store.sessions.terminate(session, 'suspicious', 'root'),
    ],
    [
      'the certificate was revoked',
      { because: 'certificate-revoked' },
      ({ keyId }) => store.certificates.revoke({ keyId }, 'stolen', 'root'),
    ],
    [
      'another node closed the session',
      { because: 'node-cut-off' },
      ({ session }) =>
        pool.query(`update sallyport.session set ended_at = now() where id = $1`, [session]),
    ],
  ]
  for (const [what, refusal, happen] of obstacles) {
    it(`is not written once ${what}`, async () => {
      const grant = await grantFor(store)
      // The key id is this session's alone, so that revoking it harms no other.
      const keyId = `key ${grant.id}`
      const session = await openSession(store, grant, { ...testIdentity, keyId })
      assert.ok((await session.appendWhileGranted(decision('uptime'))).ok)
      await happen({ session: session.id, grant: grant.id, keyId })
      assert.deepEqual(await session.appendWhileGranted(decision('id')), {
        ok: false,
        fault: refusal,
      })
      assert.equal(await allowed(session.id), 1)
      // A denial is evidence all the same, and takes the number that was left free.
      assert.equal(await session.append(decision('id', 'deny')), 2)
    })
  }

  it('is not written once the grant or the certificate has expired', async () => {
    const soon = await grantFor(store, { expiresAtMs: Date.now() + 700 })
    const session = await openSession(store, soon)
    assert.ok((await session.appendWhileGranted(decision('uptime'))).ok)
    const validBefore = BigInt(Math.floor(Date.now() / 1000) + 1)
    const shortLived = await openSession(store, undefined, { ...testIdentity, validBefore })
    await new Promise(wake => setTimeout(wake, 1100))
    assert.deepEqual(await session.appendWhileGranted(decision('id')), {
      ok: false,
      fault: { because: 'grant-expired' },
    })
    assert.deepEqual(await shortLived.appendWhileGranted(decision('id')), {
      ok: false,
      fault: { because: 'certificate-expired' },
    })
    const late = await store.evidence.open(openingUnder(soon))
    assert.deepEqual(late, { ok: false, fault: { because: 'grant-expired' } })
  })

  it('is never written after a revocation that was answered, however busy the lanes are', async () => {
    const grants = await Promise.all(Array.from({ length: 6 }, () => grantFor(store)))
    const sessions = await Promise.all(grants.map(grant => openSession(store, grant)))
    const revoked = new Set<string>()
    const wrong: string[] = []
    const working = sessions.map(async (session, index) => {
      const grant = grants[index]?.id ?? ''
      for (;;) {
        const wasRevoked = revoked.has(grant)
        const written = await session.appendWhileGranted(decision('uptime'))
        if (written.ok && wasRevoked) wrong.push(session.id)
        if (!written.ok) return written.fault.because
      }
    })
    for (const { id } of grants) {
      await store.grants.revoke(id, 'over', 'root')
      revoked.add(id)
    }
    assert.deepEqual(await Promise.all(working), Array(6).fill('grant-revoked'))
    assert.deepEqual(wrong, [])
  })

  it('leaves no gap where it was refused between others', async () => {
    const grant = await grantFor(store)
    const session = await openSession(store, grant)
    await store.grants.revoke(grant.id, 'over', 'root')
    const answers = await Promise.all([
      session.append(decision('a', 'deny')),
      session.appendWhileGranted(decision('b')),
      session.append(decision('c', 'deny')),
      session.appendWhileGranted(decision('d')),
      session.append(decision('e', 'deny')),
    ])
    assert.deepEqual(
      answers.map(answer => (typeof answer === 'number' ? answer : answer.ok)),
      [1, false, 2, false, 3],
    )
  })
})
