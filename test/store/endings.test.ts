import assert from 'node:assert/strict'
import pg from 'pg'
import type { Refusal } from '../../server/core/verdict.ts'
import { createEndings, type WatchedEndings } from '../../server/store/endings/endings.ts'
import type { Store } from '../../server/store/store.ts'
import { grantFor, openSession, testIdentity } from '../support/sample-grants.ts'
import { StoreBench } from '../support/test-store.ts'

describe('what ends sessions', () => {
  let bench: StoreBench
  let store: Store
  let other: Store

  before(async () => {
    bench = await StoreBench.create()
    store = await bench.open()
    other = await bench.open()
  })
  after(() => bench.end())

  /** Resolves with the reason; a session that is not ended keeps the test waiting. */
  async function watched(
    happen: (ids: { session: string; grant: string; keyId: string }) => Promise<unknown>,
    more: { expiresAtMs?: number; validBefore?: bigint } = {},
  ): Promise<Refusal> {
    const { validBefore = testIdentity.validBefore, ...grantMore } = more
    const grant = await grantFor(store, grantMore)
    const identity = { ...testIdentity, keyId: `key ${grant.id}`, validBefore }
    const session = await openSession(store, grant, identity)
    const ended = new Promise<Refusal>(resolve => {
      store.endings.watch({ id: session.id, grant, identity }, resolve)
    })
    await happen({ session: session.id, grant: grant.id, keyId: identity.keyId })
    return ended
  }

  it('ends a session whose grant is revoked on another node', async () => {
    const refusal = await watched(({ grant }) =>
      other.grants.revoke(grant, 'incident over', 'root'),
    )
    assert.deepEqual(refusal, { because: 'grant-revoked', reason: 'incident over' })
  })

  it('ends a session that somebody terminates', async () => {
    const refusal = await watched(({ session }) =>
      other.sessions.terminate(session, 'suspicious', 'alice'),
    )
    assert.deepEqual(refusal, { because: 'terminated', by: 'alice', reason: 'suspicious' })
  })

  it('ends a session whose certificate is revoked, and knows the certificate from then on', async () => {
    let revoked = ''
    const refusal = await watched(({ keyId }) => {
      revoked = keyId
      return other.certificates.revoke({ keyId }, 'stolen', 'root')
    })
    assert.deepEqual(refusal, { because: 'certificate-revoked' })
    const certificate = { caFingerprint: 'SHA256:ca', serial: 9n, keyId: revoked }
    assert.equal(store.endings.isCertificateRevoked(certificate), true)
    assert.equal(store.endings.isCertificateRevoked({ ...certificate, keyId: 'other' }), false)
  })

  it('knows serials that were revoked before it started', async () => {
    await other.certificates.revoke(
      { caFingerprint: 'SHA256:old', serial: 18446744073709551615n },
      'lost',
      'root',
    )
    const late = await bench.open()
    const certificate = { caFingerprint: 'SHA256:old', serial: 18446744073709551615n, keyId: 'k' }
    assert.equal(late.endings.isCertificateRevoked(certificate), true)
    assert.equal(late.endings.isCertificateRevoked({ ...certificate, serial: 1n }), false)
    assert.equal(late.endings.isCertificateRevoked({ ...certificate, caFingerprint: 'x' }), false)
    await bench.close(late)
  })

  it('ends a session whose grant or certificate expires', async () => {
    const grantExpires = watched(async () => {}, { expiresAtMs: Date.now() + 400 })
    const certificateExpires = watched(async () => {}, {
      validBefore: BigInt(Math.ceil(Date.now() / 1000) + 1),
    })
    assert.deepEqual(await grantExpires, { because: 'grant-expired' })
    assert.deepEqual(await certificateExpires, { because: 'certificate-expired' })
  })

  it('ends a session that is watched only after the revocation was heard of', async () => {
    const grant = await grantFor(store)
    const session = await openSession(store, grant)
    const first = new Promise(resolve => {
      store.endings.watch({ id: session.id, grant, identity: testIdentity }, resolve)
    })
    await other.grants.revoke(grant.id, 'over', 'root')
    await first
    const second = new Promise<Refusal>(resolve => {
      store.endings.watch({ id: session.id, grant, identity: testIdentity }, resolve)
    })
    assert.deepEqual(await second, { because: 'grant-revoked', reason: 'over' })
  })

  it('does not end a session that nobody watches any more', async () => {
    const grant = await grantFor(store)
    const session = await openSession(store, grant)
    let isTold = false
    const stop = store.endings.watch({ id: session.id, grant, identity: testIdentity }, () => {
      isTold = true
    })
    stop()
    // Another session under the same grant is told when this one would have been.
    const told = new Promise(resolve => {
      store.endings.watch({ id: session.id, grant, identity: testIdentity }, resolve)
    })
    await other.grants.revoke(grant.id, 'over', 'root')
    await told
    assert.equal(isTold, false)
  })

  it('ends a session whose certificate is trusted no more, whoever says so, and no other', async () => {
    const distrusted = new Set<string>()
    const told: string[] = []
    const reason = ({ keyId }: { keyId: string }): Refusal | null =>
      distrusted.has(keyId) ? { because: 'ca-not-trusted' } : null
    store.endings.distrust(reason)
    const grant = await grantFor(store)
    const watch = (keyId: string): Promise<Refusal> =>
      new Promise(resolve => {
        const identity = { ...testIdentity, keyId }
        store.endings.watch({ id: keyId, grant, identity }, refusal => {
          told.push(keyId)
          resolve(refusal)
        })
      })
    const [bad, good] = [watch('bad'), watch('good')]
    distrusted.add('bad')
    store.endings.distrust(reason)
    assert.deepEqual(await bad, { because: 'ca-not-trusted' })
    // One that begins at the same moment, after its login and before the look.
    assert.deepEqual(await watch('bad'), { because: 'ca-not-trusted' })
    assert.deepEqual(told, ['bad', 'bad'])
    await other.certificates.revoke({ keyId: 'good' }, 'test over', 'root')
    assert.deepEqual(await good, { because: 'certificate-revoked' })
    store.endings.distrust(() => null)
  })

  it('ends a visit without a grant with its certificate', async () => {
    const identity = { ...testIdentity, keyId: 'visitor' }
    const ended = new Promise<Refusal>(resolve => {
      store.endings.watch({ id: 'visit', grant: null, identity }, resolve)
    })
    await other.certificates.revoke({ keyId: 'visitor' }, 'stolen', 'root')
    assert.deepEqual(await ended, { because: 'certificate-revoked' })
  })

  it('hears of what was revoked while its connection was cut', async () => {
    const superuser = new pg.Client({ connectionString: bench.database.superuserUrl })
    await superuser.connect()
    const refusal = await watched(async ({ grant }) => {
      const { rowCount } = await superuser.query(
        `select pg_terminate_backend(pid) from pg_stat_activity
         where datname = current_database() and pid <> pg_backend_pid()
           and (query like '%sallyport_endings%' or query like '%heartbeat_at%')`,
      )
      assert.ok((rowCount ?? 0) > 0)
      await other.grants.revoke(grant, 'cut', 'root')
    })
    await superuser.end()
    assert.deepEqual(refusal, { because: 'grant-revoked', reason: 'cut' })
  })
})

describe('a node without its database', () => {
  let monotonicMs = 0
  let nowMs = 1_000_000
  let endings: WatchedEndings
  const nothing = { grants: [], terminations: [], certificates: [] }

  beforeEach(() => {
    endings = createEndings({ nowMs: () => nowMs, monotonicMs: () => monotonicMs })
    endings.seen(nothing)
  })
  afterEach(() => endings.close())

  for (const [ageMs, mayForward] of [
    [0, true],
    [5000, true],
    [5001, false],
    [60_000, false],
  ] as const) {
    it(`${mayForward ? 'may' : 'may not'} forward ${ageMs} ms after the last good poll`, () => {
      monotonicMs += ageMs
      assert.equal(endings.mayForward(), mayForward)
      endings.seen(nothing)
      assert.equal(endings.mayForward(), true)
    })
  }

  it('may not forward after a sleep in which the monotonic clock stood still', () => {
    nowMs += 3_600_000
    assert.equal(endings.mayForward(), false)
  })

  it('ends its sessions after 15 s', async () => {
    const refusals: Refusal[] = []
    const grant = {
      id: 'g',
      agent: 'a',
      task: 't',
      target: 'w',
      login: 'l',
      policy: 'p',
      onBehalfOf: null,
      reason: '',
      createdBy: '',
      approvedBy: null,
      startsAtMs: 0,
      expiresAtMs: Number.MAX_SAFE_INTEGER,
      maxSessions: null,
    }
    monotonicMs += 15_000
    endings.watch({ id: 's', grant, identity: testIdentity }, refusal => refusals.push(refusal))
    await new Promise(setImmediate)
    assert.deepEqual(refusals, [])
    monotonicMs += 1
    await new Promise(wake => setTimeout(wake, 450))
    assert.deepEqual(refusals, [{ because: 'node-cut-off' }])
  })
})
