import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import pg from 'pg'
import { BROWSER_SESSION } from '../../server/core/ports/administration.ts'
import type { Store } from '../../server/store/store.ts'
import { StoreBench } from '../support/test-store.ts'

describe('signing in, in PostgreSQL', () => {
  let bench: StoreBench
  let store: Store
  let client: pg.Client

  before(async () => {
    bench = await StoreBench.create()
    store = await bench.open()
    client = new pg.Client({ connectionString: bench.database.url })
    await client.connect()
  })
  after(async () => {
    await client.end()
    await bench.end()
  })

  /** A session as if it had been opened, and last used, so many minutes ago. */
  async function session(openedAgo: number, usedAgo: readonly number[]): Promise<string> {
    const token = randomBytes(32).toString('base64url')
    const digest = createHash('sha256').update(token).digest()
    const ago = (minutes: number): Date => new Date(Date.now() - minutes * 60_000)
    await client.query(
      `insert into sallyport.browser_session (token_sha256, person, roles, opened_at, expires_at)
       values ($1, 'dana', '{viewer}', $2, $3)`,
      [digest, ago(openedAgo), new Date(ago(openedAgo).getTime() + BROWSER_SESSION.absoluteMs)],
    )
    for (const minutes of usedAgo) {
      await client.query('insert into sallyport.browser_session_use values ($1, $2)', [
        digest,
        ago(minutes),
      ])
    }
    return token
  }

  const usesOf = async (token: string): Promise<number> => {
    const { rows } = await client.query<{ uses: number }>(
      'select count(*)::int as uses from sallyport.browser_session_use where token_sha256 = $1',
      [createHash('sha256').update(token).digest()],
    )
    return rows[0]?.uses ?? 0
  }

  for (const [what, openedAgo, usedAgo, isFound] of [
    ['a fresh session', 0, [], true],
    ['one that was opened within half an hour', 29, [], true],
    ['one that was not used for half an hour', 31, [], false],
    ['one that was used within half an hour', 300, [100, 29], true],
    ['one whose last use is half an hour ago', 300, [100, 31], false],
    ['one that is twelve hours old, however much it is used', 721, [1], false],
  ] as const) {
    it(`${isFound ? 'finds' : 'does not find'} ${what}`, async () => {
      const found = await store.signIns.find(await session(openedAgo, usedAgo))
      assert.equal(found !== null, isFound)
    })
  }

  it('counts being found as use, once a minute', async () => {
    const token = await session(20, [])
    for (let time = 0; time < 3; time += 1) assert.notEqual(await store.signIns.find(token), null)
    assert.equal(await usesOf(token), 1)
  })

  it('does not bring an idle session back by asking for it', async () => {
    const token = await session(40, [])
    assert.equal(await store.signIns.find(token), null)
    assert.equal(await store.signIns.find(token), null)
    assert.equal(await usesOf(token), 0)
  })

  it('takes a link once, also from two at the same moment', async () => {
    const { token } = await store.signIns.makeLink('viewer', 'dana', 60_000)
    const both = await Promise.all([1, 2, 3].map(() => store.signIns.redeem(token, '127.0.0.1')))
    assert.equal(both.filter(opened => opened !== null).length, 1)
    const { rows } = await client.query(
      `select from sallyport.journal where kind = 'sign-in-refused'`,
    )
    assert.equal(rows.length, 0, 'what is refused is for the caller to count')
  })

  it('opens a session for whom an identity provider vouched, and writes it down', async () => {
    const { session, sessionToken } = await store.signIns.openFor('sam', ['viewer'], '10.0.0.7')
    assert.deepEqual(await store.signIns.find(sessionToken), session)
    const { rows } = await client.query<{ body: Buffer }>(
      `select body from sallyport.journal join sallyport.journal_body using (id)
       where kind = 'signed-in' order by id desc limit 1`,
    )
    const { user, roles, how, address } = JSON.parse(String(rows[0]?.body)) as {
      user: string
      roles: string[]
      how: string
      address: string
    }
    assert.deepEqual([user, roles, how, address], ['sam', ['viewer'], 'oidc', '10.0.0.7'])
  })

  it('knows whether an administrator was ever there', async () => {
    assert.equal(await store.signIns.hasHadAdministrator(), false)
    const opened = await store.signIns.openFor('ada', ['viewer', 'administrator'], '10.0.0.7')
    await store.signIns.end(opened.sessionToken, '10.0.0.7')
    assert.equal(await store.signIns.hasHadAdministrator(), true)
  })

  it('ends a session for good', async () => {
    const { token } = await store.signIns.makeLink('viewer', 'dana', 60_000)
    const opened = await store.signIns.redeem(token, '127.0.0.1')
    assert.ok(opened !== null)
    assert.deepEqual((await store.signIns.find(opened.sessionToken))?.roles, ['viewer'])
    await store.signIns.end(opened.sessionToken, '127.0.0.1')
    assert.equal(await store.signIns.find(opened.sessionToken), null)
  })
})
