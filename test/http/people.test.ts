import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { PeopleSettings } from '../../server/http/people/oidc-routes.ts'
import { plainPage, startBrowserPart, type BrowserPart } from '../support/browser-part.ts'
import { OpenIdProvider } from '../support/openid-provider.ts'
import { ask, type Reply } from '../support/raw-http.ts'
import { makeIssuerKey, sendJson, type IssuerKey } from '../support/token-issuer.ts'

const page = plainPage()

describe('signing in through an identity provider', () => {
  let key: IssuerKey
  let provider: OpenIdProvider
  let part: BrowserPart

  const settings = (change: Partial<PeopleSettings> = {}): PeopleSettings => ({
    issuer: provider.url,
    clientId: 'sallyport',
    clientSecretFile: null,
    scopes: ['openid', 'email'],
    name: 'Example',
    user: 'email',
    roles: [
      { when: { groups: ['sre'] }, role: 'viewer' },
      { when: { groups: ['leads'] }, role: 'approver' },
      { when: { groups: ['admins'] }, role: 'administrator' },
    ],
    ...change,
  })
  before(async () => {
    key = await makeIssuerKey('key-1')
  })
  beforeEach(async () => {
    provider = await OpenIdProvider.start(key)
    provider.person = { ...provider.person, groups: ['sre'] }
    part = await startBrowserPart([], page.folder, { people: settings() })
  })
  afterEach(async () => {
    await part.close()
    await provider.close()
  })
  after(() => page.remove())

  const get = (path: string, cookie = '', headers: Record<string, string> = {}): Promise<Reply> =>
    ask(part.url, { path, headers: { ...(cookie === '' ? {} : { cookie }), ...headers } })
  const cookiesOf = ({ headers }: Reply): string[] => headers['set-cookie'] ?? []
  const valueOf = (cookies: string[], name: string): string =>
    cookies.find(cookie => cookie.startsWith(`${name}=`))?.split(';')[0] ?? ''

  /** A browser's way to the provider: the attempt's cookie, and where the provider sends it back to. */
  async function throughProvider(next = '/'): Promise<{ attempt: string; back: string }> {
    const begun = await get(`/api/sign-in/oidc?next=${encodeURIComponent(next)}`)
    assert.equal(begun.status, 303, begun.body)
    const attempt = valueOf(cookiesOf(begun), '__Host-sallyport-attempt')
    const there = await fetch(begun.headers.location ?? '', { redirect: 'manual' })
    const back = new URL(there.headers.get('location') ?? '')
    assert.equal(back.origin, part.url)
    return { attempt, back: back.pathname + back.search }
  }
  async function signIn(next?: string): Promise<Reply> {
    const { attempt, back } = await throughProvider(next)
    return get(back, attempt, { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' })
  }
  const me = async (reply: Reply): Promise<unknown> => {
    const answered = await get('/api/me', valueOf(cookiesOf(reply), '__Host-sallyport'))
    return answered.status === 200 ? JSON.parse(answered.body) : answered.status
  }
  const refusals = (): string[] =>
    part.journal.events.flatMap(event => (event.kind === 'sign-in-refused' ? [event.because] : []))

  it('asks with code, PKCE, state and nonce, each new, and nothing of them is the other', async () => {
    const seen = new Set<string>()
    for (let time = 0; time < 2; time += 1) {
      const { headers } = await get('/api/sign-in/oidc')
      const asked = new URL(headers.location ?? '').searchParams
      assert.equal(asked.get('response_type'), 'code')
      assert.equal(asked.get('code_challenge_method'), 'S256')
      assert.equal(asked.get('redirect_uri'), `${part.url}/sign-in/callback`)
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
    provider.person = { ...provider.person, groups: ['sre', 'leads', 'everybody'] }
    const reply = await signIn('/?agent=web&denied=true')
    assert.deepEqual([reply.status, reply.headers.location], [303, '/?agent=web&denied=true'])
    const person = (await me(reply)) as { user: string; roles: string[] }
    assert.deepEqual([person.user, person.roles], ['ada@example.com', ['viewer', 'approver']])
    const [session = '', forgotten = ''] = cookiesOf(reply)
    assert.match(
      session,
      /^__Host-sallyport=[A-Za-z0-9_-]{43}; Path=\/; Secure; HttpOnly; SameSite=Lax$/,
    )
    assert.match(forgotten, /^__Host-sallyport-attempt=; .*Max-Age=0$/)
    assert.deepEqual(part.journal.events, [
      {
        kind: 'signed-in',
        user: 'ada@example.com',
        roles: ['viewer', 'approver'],
        how: 'oidc',
        address: '127.0.0.1',
      },
    ])
  })

  it('is offered by name, and a one-time link works beside it', async () => {
    assert.deepEqual(JSON.parse((await get('/api/sign-in')).body), { provider: 'Example' })
    const { token } = await part.signIns.makeLink('viewer', 'the test', 60_000)
    assert.notEqual(await part.signIns.redeem(token, '127.0.0.1'), null)
  })

  it('is not there where it is not configured', async () => {
    const without = await startBrowserPart([], page.folder)
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
    provider.secret = 'correct-horse'
    for (const methods of [undefined, ['client_secret_post'], ['client_secret_basic']]) {
      provider.lies.metadata = { token_endpoint_auth_methods_supported: methods }
      await part.close()
      part = await startBrowserPart([], page.folder, { people: settings({ clientSecretFile }) })
      const reply = await signIn()
      assert.equal(reply.headers.location, '/', String(refusals()))
      assert.ok(
        !JSON.stringify([part.logged, part.journal.events, reply]).includes('correct-horse'),
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
      assert.equal((await signIn(next)).headers.location, '/')
    })
  }

  /** What must not sign anybody in, and which words the page then has. */
  const attacks: [what: string, refused: string, attack: () => Promise<Reply>][] = [
    [
      'another state',
      'begin-again',
      async () => {
        const { attempt, back } = await throughProvider()
        return get(back.replace(/state=[^&]+/, `state=${'A'.repeat(43)}`), attempt)
      },
    ],
    [
      'no state',
      'begin-again',
      async () => {
        const { attempt, back } = await throughProvider()
        return get(back.replace(/&state=[^&]+/, ''), attempt)
      },
    ],
    [
      'two states',
      'begin-again',
      async () => {
        const { attempt, back } = await throughProvider()
        return get(`${back}&state=${'A'.repeat(43)}`, attempt)
      },
    ],
    [
      "another browser's attempt",
      'begin-again',
      async () => {
        const [one, other] = [await throughProvider(), await throughProvider()]
        return get(one.back, other.attempt)
      },
    ],
    [
      'no attempt at all, as when an attacker sends somebody their own code',
      'begin-again',
      async () => get((await throughProvider()).back),
    ],
    [
      'two attempts',
      'begin-again',
      async () => {
        const [one, other] = [await throughProvider(), await throughProvider()]
        return get(one.back, `${one.attempt}; ${other.attempt}`)
      },
    ],
    [
      'a code used twice',
      'begin-again',
      async () => {
        const { attempt, back } = await throughProvider()
        assert.equal((await get(back, attempt)).headers.location, '/')
        return get(back, attempt)
      },
    ],
    [
      "a code of another's attempt, injected",
      'begin-again',
      async () => {
        const [own, stolen] = [await throughProvider(), await throughProvider()]
        const code = /code=[^&]+/.exec(stolen.back)?.[0] ?? ''
        return get(own.back.replace(/code=[^&]+/, code), own.attempt)
      },
    ],
    [
      "a code of another's attempt, with a provider that does not check PKCE",
      'begin-again',
      async () => {
        // The nonce still ties the ID token to the attempt it was asked for.
        provider.lies.noPkce = true
        const [own, stolen] = [await throughProvider(), await throughProvider()]
        const code = /code=[^&]+/.exec(stolen.back)?.[0] ?? ''
        return get(own.back.replace(/code=[^&]+/, code), own.attempt)
      },
    ],
    [
      'an error of the provider',
      'begin-again',
      async () => {
        provider.lies.callback = answer => {
          answer.delete('code')
          answer.set('error', 'access_denied')
        }
        return signIn()
      },
    ],
    [
      'an answer that names another provider (mix-up)',
      'begin-again',
      async () => {
        provider.lies.callback = answer => answer.set('iss', 'https://evil.example')
        return signIn()
      },
    ],
    [
      'an answer that names no provider, though ours always does',
      'begin-again',
      async () => {
        provider.lies.callback = answer => answer.delete('iss')
        return signIn()
      },
    ],
    [
      'an ID token in the answer itself',
      'begin-again',
      async () => {
        provider.lies.callback = answer => answer.set('id_token', 'a.b.c')
        provider.lies.noIdToken = true
        return signIn()
      },
    ],
    [
      'no ID token',
      'begin-again',
      async () => {
        provider.lies.noIdToken = true
        return signIn()
      },
    ],
    [
      'a wrong nonce',
      'begin-again',
      () => withToken(claims => ({ ...claims, nonce: 'A'.repeat(43) })),
    ],
    ['no nonce', 'begin-again', () => withToken(claims => ({ ...claims, nonce: undefined }))],
    [
      'another audience',
      'begin-again',
      () => withToken(claims => ({ ...claims, aud: 'another-client' })),
    ],
    [
      'another authorised party',
      'begin-again',
      () => withToken(claims => ({ ...claims, aud: ['sallyport', 'another'], azp: 'another' })),
    ],
    [
      'another issuer',
      'begin-again',
      () => withToken(claims => ({ ...claims, iss: 'https://evil.example' })),
    ],
    [
      'an ID token that has ended',
      'begin-again',
      () => withToken(claims => ({ ...claims, exp: 1 })),
    ],
    [
      'a key that the provider does not publish',
      'begin-again',
      async () => {
        provider.lies.key = await makeIssuerKey('key-1')
        return signIn()
      },
    ],
    [
      'algorithm none',
      'begin-again',
      async () => {
        provider.issuer.pages.set('/token', (_request, response) => {
          const parts = [{ alg: 'none' }, { iss: provider.url, aud: 'sallyport', sub: 'x' }]
          const token = parts.map(part => Buffer.from(JSON.stringify(part)).toString('base64url'))
          sendJson(response, {
            access_token: 'x',
            token_type: 'Bearer',
            id_token: `${token.join('.')}.`,
          })
        })
        return signIn()
      },
    ],
    [
      'an address nobody verified',
      'no-role',
      async () => {
        provider.person['email_verified'] = false
        return signIn()
      },
    ],
    [
      'nobody’s name',
      'no-role',
      async () => {
        provider.person['email'] = ''
        return signIn()
      },
    ],
    [
      'a name that prints backwards',
      'no-role',
      async () => {
        provider.person['email'] = 'ada\u202e@example.com'
        return signIn()
      },
    ],
    [
      'groups that give no role',
      'no-role',
      async () => {
        provider.person['groups'] = ['everybody']
        return signIn()
      },
    ],
    [
      'a group inside a group',
      'no-role',
      async () => {
        provider.person['groups'] = [['sre'], { name: 'sre' }]
        return signIn()
      },
    ],
    [
      'a provider that goes away before the code is exchanged',
      'provider-away',
      async () => {
        const { attempt, back } = await throughProvider()
        provider.issuer.outage = 'refused'
        return get(back, attempt)
      },
    ],
  ]

  const withToken = (idToken: NonNullable<OpenIdProvider['lies']['idToken']>): Promise<Reply> => {
    provider.lies.idToken = idToken
    return signIn()
  }

  for (const [what, refused, attack] of attacks) {
    it(`signs nobody in with ${what}`, async () => {
      const reply = await attack()
      assert.deepEqual([reply.status, reply.headers.location], [303, `/sign-in?refused=${refused}`])
      assert.equal(valueOf(cookiesOf(reply), '__Host-sallyport'), '')
      assert.equal(refusals().length, 1)
      assert.match(refusals()[0] ?? '', /^oidc: /)
    })
  }

  it('does not ask the provider for what did not begin here', async () => {
    await get('/sign-in/callback?code=guessed&state=guessed')
    assert.equal(provider.exchanged, 0)
  })

  it('stops after ten refusals in a minute', async () => {
    const shown: (string | undefined)[] = []
    for (let time = 0; time < 11; time += 1)
      shown.push((await get('/sign-in/callback')).headers.location)
    assert.equal(shown.at(-2), '/sign-in?refused=begin-again')
    assert.equal(shown.at(-1), '/sign-in?refused=too-many')
    assert.equal(refusals().length, 10)
  })

  it('says that the provider is away, asks it again after a while, and lets links work on', async () => {
    provider.issuer.outage = 'refused'
    const begun = await get('/api/sign-in/oidc')
    assert.equal(begun.headers.location, '/sign-in?refused=provider-away')
    assert.match(JSON.stringify(part.logged), /identity provider of people is away/)
    const { token } = await part.signIns.makeLink('viewer', 'the test', 60_000)
    assert.notEqual(await part.signIns.redeem(token, '127.0.0.1'), null)
  })

  for (const [what, metadata] of [
    ['calls itself by another name', { issuer: 'https://evil.example' }],
    ['has no keys', { jwks_uri: undefined }],
  ] as const) {
    it(`does not begin, or does not end, with a provider that ${what}`, async () => {
      provider.lies.metadata = metadata
      const begun = await get('/api/sign-in/oidc')
      if (begun.headers.location?.startsWith('/sign-in?refused=')) return
      const reply = await signIn()
      assert.match(reply.headers.location ?? '', /^\/sign-in\?refused=/)
    })
  }

  it('keeps codes and tokens out of the log and the journal', async () => {
    const { attempt, back } = await throughProvider()
    const code = new URLSearchParams(back.split('?')[1]).get('code') ?? 'none'
    await get(back, attempt)
    await get(back, attempt)
    const told = JSON.stringify([part.logged, part.journal.events])
    assert.ok(!told.includes(code) && !told.includes(attempt.split('=')[1] ?? ''))
  })

  it('is not begun by a page of another site', async () => {
    const reply = await get('/api/sign-in/oidc', '', { 'sec-fetch-site': 'cross-site' })
    assert.equal(reply.status, 403)
  })
})
