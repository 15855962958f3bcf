import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startBrowserPart } from '../../support/browser-part.ts'
import { ask, type Reply } from '../../support/raw-http.ts'
import { cookiesOf, PeopleBench } from './people-bench.ts'

describe('signing in through an identity provider', () => {
  const bench = PeopleBench.use()

  it('asks with code, PKCE, state and nonce, each new, and nothing of them is the other', async () => {
    const seen = new Set<string>()
    for (let time = 0; time < 2; time += 1) {
      const { headers } = await bench.get('/api/sign-in/oidc')
      const asked = new URL(headers.location ?? '').searchParams
      assert.equal(asked.get('response_type'), 'code')
      assert.equal(asked.get('code_challenge_method'), 'S256')
      assert.equal(asked.get('redirect_uri'), `${bench.part.url}/sign-in/callback`)
      for (const name of ['state', 'nonce', 'code_challenge']) {
        assert.match(asked.get(name) ?? '', /^[A-Za-z0-9_-]{43}$/)
        seen.add(asked.get(name) ?? '')
      }
      const [cookie = ''] = headers['set-cookie'] ?? []
      assert.match(cookie, /; Path=\/; Secure; HttpOnly; SameSite=Lax; Max-Age=600$/)
      for (const value of seen) assert.ok(!cookie.includes(value))
    }
    assert.equal(seen.size, 6)
  })

  it('opens a session with the roles of the claims, goes on to the page, and is an event', async () => {
    bench.provider.person = { ...bench.provider.person, groups: ['sre', 'leads', 'everybody'] }
    const reply = await bench.signIn('/?agent=web&denied=true')
    assert.deepEqual([reply.status, reply.headers.location], [303, '/?agent=web&denied=true'])
    const person = (await bench.me(reply)) as { user: string; roles: string[] }
    assert.deepEqual([person.user, person.roles], ['ada@example.com', ['viewer', 'approver']])
    const [session = '', forgotten = ''] = cookiesOf(reply)
    assert.match(
      session,
      /^__Host-sallyport=[A-Za-z0-9_-]{43}; Path=\/; Secure; HttpOnly; SameSite=Lax$/,
    )
    assert.match(forgotten, /^__Host-sallyport-attempt=; .*Max-Age=0$/)
    assert.deepEqual(bench.part.journal.events, [
      {
        kind: 'signed-in',
        user: 'ada@example.com',
        roles: ['viewer', 'approver'],
        how: 'oidc',
        address: '127.0.0.1',
      },
    ])
  })

  it('names nobody as an account of the bastion host is named', async () => {
    bench.provider.person = { sub: 'root', groups: ['sre'] }
    await bench.restart({ user: 'sub' })
    const person = (await bench.me(await bench.signIn())) as { user: string }
    assert.equal(person.user, 'root@127.0.0.1')
  })

  it('is offered by name, and a one-time link works beside it', async () => {
    assert.deepEqual(JSON.parse((await bench.get('/api/sign-in')).body), { provider: 'Example' })
    const { token } = await bench.part.signIns.makeLink('viewer', 'the test', 60_000)
    assert.notEqual(await bench.part.signIns.redeem(token, '127.0.0.1'), null)
  })

  it('is not there where it is not configured', async () => {
    const without = await startBrowserPart([], bench.page.folder)
    const at = (path: string): Promise<Reply> => ask(without.url, { path })
    assert.deepEqual(JSON.parse((await at('/api/sign-in')).body), { provider: null })
    assert.equal((await at('/api/sign-in/oidc')).status, 404)
    assert.equal((await at('/sign-in/callback?code=x&state=y')).status, 404)
    await without.close()
  })

  it('shows its secret to the provider only, in the way that takes', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sallyport secret-'))
    const clientSecretFile = join(folder, 'secret')
    writeFileSync(clientSecretFile, 'correct-horse\n')
    bench.provider.secret = 'correct-horse'
    for (const methods of [undefined, ['client_secret_post'], ['client_secret_basic']]) {
      bench.provider.lies.metadata = { token_endpoint_auth_methods_supported: methods }
      await bench.restart({ clientSecretFile })
      const reply = await bench.signIn()
      assert.equal(reply.headers.location, '/', String(bench.refusals()))
      assert.ok(
        !JSON.stringify([bench.part.logged, bench.part.journal.events, reply]).includes(
          'correct-horse',
        ),
      )
    }
    rmSync(folder, { recursive: true })
  })

  for (const next of [
    'https://evil.example/',
    '//evil.example',
    '/\\evil.example',
    '/api/sign-out',
    'javascript:1',
    '/a\r\nb',
  ]) {
    it(`does not go on to ${JSON.stringify(next)}`, async () => {
      assert.equal((await bench.signIn(next)).headers.location, '/')
    })
  }

  it('does not ask the provider for what did not begin here', async () => {
    await bench.get('/sign-in/callback?code=guessed&state=guessed')
    assert.equal(bench.provider.exchanged, 0)
  })

  it('stops after ten refusals in a minute', async () => {
    const shown: (string | undefined)[] = []
    for (let time = 0; time < 11; time += 1)
      shown.push((await bench.get('/sign-in/callback')).headers.location)
    assert.equal(shown.at(-2), '/sign-in?refused=begin-again')
    assert.equal(shown.at(-1), '/sign-in?refused=too-many')
    assert.equal(bench.refusals().length, 10)
    await bench.part.close()
    const because = '1 more within a minute, the last: oidc: too many refused sign-ins'
    assert.deepEqual(bench.refusals().slice(10), [because])
  })

  it('says that the provider is away, asks it again after a while, and lets links work on', async () => {
    bench.provider.issuer.outage = 'refused'
    const begun = await bench.get('/api/sign-in/oidc')
    assert.equal(begun.headers.location, '/sign-in?refused=provider-away')
    assert.match(JSON.stringify(bench.part.logged), /identity provider of people is away/)
    const { token } = await bench.part.signIns.makeLink('viewer', 'the test', 60_000)
    assert.notEqual(await bench.part.signIns.redeem(token, '127.0.0.1'), null)
  })

  for (const [what, metadata] of [
    ['calls itself by another name', { issuer: 'https://evil.example' }],
    ['has no keys', { jwks_uri: undefined }],
  ] as const) {
    it(`does not begin, or does not end, with a provider that ${what}`, async () => {
      bench.provider.lies.metadata = metadata
      const begun = await bench.get('/api/sign-in/oidc')
      if (begun.headers.location?.startsWith('/sign-in?refused=')) return
      const reply = await bench.signIn()
      assert.match(reply.headers.location ?? '', /^\/sign-in\?refused=/)
    })
  }

  it('keeps codes and tokens out of the log and the journal', async () => {
    const { attempt, back } = await bench.throughProvider()
    const code = new URLSearchParams(back.split('?')[1]).get('code') ?? 'none'
    await bench.get(back, attempt)
    await bench.get(back, attempt)
    const told = JSON.stringify([bench.part.logged, bench.part.journal.events])
    assert.ok(!told.includes(code) && !told.includes(attempt.split('=')[1] ?? ''))
  })

  it('is not begun by a page of another site', async () => {
    const reply = await bench.get('/api/sign-in/oidc', '', { 'sec-fetch-site': 'cross-site' })
    assert.equal(reply.status, 403)
  })
})
