import assert from 'node:assert/strict'
import type { Reply } from '../../support/raw-http.ts'
import { makeIssuerKey, sendJson } from '../../support/token-issuer.ts'
import { cookiesOf, PeopleBench, valueOf } from './people-bench.ts'

describe('an identity provider’s answer that is not what it should be', () => {
  const bench = PeopleBench.use()

  /** What must not sign anybody in, and which words the page then has. */
  const attacks: [what: string, refused: string, why: string, attack: () => Promise<Reply>][] = [
    [
      'another state',
      'begin-again',
      'unexpected "state"',
      async () => {
        const { attempt, back } = await bench.throughProvider()
        return bench.get(back.replace(/state=[^&]+/, `state=${'A'.repeat(43)}`), attempt)
      },
    ],
    [
      'no state',
      'begin-again',
      '"state" missing',
      async () => {
        const { attempt, back } = await bench.throughProvider()
        return bench.get(back.replace(/&state=[^&]+/, ''), attempt)
      },
    ],
    [
      'two states',
      'begin-again',
      '"state" parameter must be provided only once',
      async () => {
        const { attempt, back } = await bench.throughProvider()
        return bench.get(`${back}&state=${'A'.repeat(43)}`, attempt)
      },
    ],
    [
      "another browser's attempt",
      'begin-again',
      'unexpected "state"',
      async () => {
        const [one, other] = [await bench.throughProvider(), await bench.throughProvider()]
        return bench.get(one.back, other.attempt)
      },
    ],
    [
      'no attempt at all, as when an attacker sends somebody their own code',
      'begin-again',
      'began no sign-in',
      async () => bench.get((await bench.throughProvider()).back),
    ],
    [
      'two attempts',
      'begin-again',
      'began no sign-in',
      async () => {
        const [one, other] = [await bench.throughProvider(), await bench.throughProvider()]
        return bench.get(one.back, `${one.attempt}; ${other.attempt}`)
      },
    ],
    [
      'a code used twice',
      'begin-again',
      'invalid_grant',
      async () => {
        const { attempt, back } = await bench.throughProvider()
        assert.equal((await bench.get(back, attempt)).headers.location, '/')
        return bench.get(back, attempt)
      },
    ],
    [
      "a code of another's attempt, injected",
      'begin-again',
      'invalid_grant',
      async () => {
        const [own, stolen] = [await bench.throughProvider(), await bench.throughProvider()]
        const code = /code=[^&]+/.exec(stolen.back)?.[0] ?? ''
        return bench.get(own.back.replace(/code=[^&]+/, code), own.attempt)
      },
    ],
    [
      "a code of another's attempt, with a provider that does not check PKCE",
      'begin-again',
      '"nonce"',
      async () => {
        // The nonce still ties the ID token to the attempt it was asked for.
        bench.provider.lies.noPkce = true
        const [own, stolen] = [await bench.throughProvider(), await bench.throughProvider()]
        const code = /code=[^&]+/.exec(stolen.back)?.[0] ?? ''
        return bench.get(own.back.replace(/code=[^&]+/, code), own.attempt)
      },
    ],
    [
      'an error of the provider',
      'begin-again',
      'access_denied',
      async () => {
        bench.provider.lies.callback = answer => {
          answer.delete('code')
          answer.set('error', 'access_denied')
        }
        return bench.signIn()
      },
    ],
    [
      'an answer that names another provider (mix-up)',
      'begin-again',
      'unexpected "iss"',
      async () => {
        bench.provider.lies.callback = answer => answer.set('iss', 'https://evil.example')
        return bench.signIn()
      },
    ],
    [
      'an answer that names no provider, though ours always does',
      'begin-again',
      '(issuer) missing',
      async () => {
        bench.provider.lies.callback = answer => answer.delete('iss')
        return bench.signIn()
      },
    ],
    [
      'an ID token in the answer itself',
      'begin-again',
      'implicit and hybrid flows',
      async () => {
        bench.provider.lies.callback = answer => answer.set('id_token', 'a.b.c')
        bench.provider.lies.noIdToken = true
        return bench.signIn()
      },
    ],
    [
      'no ID token',
      'begin-again',
      '"id_token"',
      async () => {
        bench.provider.lies.noIdToken = true
        return bench.signIn()
      },
    ],
    [
      'a wrong nonce',
      'begin-again',
      '"nonce"',
      () => bench.withToken(claims => ({ ...claims, nonce: 'A'.repeat(43) })),
    ],
    [
      'no nonce',
      'begin-again',
      '"nonce"',
      () => bench.withToken(claims => ({ ...claims, nonce: undefined })),
    ],
    [
      'another audience',
      'begin-again',
      '"aud"',
      () => bench.withToken(claims => ({ ...claims, aud: 'another-client' })),
    ],
    [
      'another authorised party',
      'begin-again',
      '"azp"',
      () =>
        bench.withToken(claims => ({ ...claims, aud: ['sallyport', 'another'], azp: 'another' })),
    ],
    [
      'another issuer',
      'begin-again',
      '"iss"',
      () => bench.withToken(claims => ({ ...claims, iss: 'https://evil.example' })),
    ],
    [
      'an ID token that has ended',
      'begin-again',
      '"exp"',
      () => bench.withToken(claims => ({ ...claims, exp: 1 })),
    ],
    [
      'a key that the provider does not publish',
      'begin-again',
      'signature verification failed',
      async () => {
        bench.provider.lies.key = await makeIssuerKey('key-1')
        return bench.signIn()
      },
    ],
    [
      'algorithm none',
      'begin-again',
      '"alg"',
      async () => {
        bench.provider.issuer.pages.set('/token', (_request, response) => {
          const parts = [{ alg: 'none' }, { iss: bench.provider.url, aud: 'sallyport', sub: 'x' }]
          const token = parts.map(part => Buffer.from(JSON.stringify(part)).toString('base64url'))
          sendJson(response, {
            access_token: 'x',
            token_type: 'Bearer',
            id_token: `${token.join('.')}.`,
          })
        })
        return bench.signIn()
      },
    ],
    [
      'an address nobody verified',
      'no-role',
      'email_verified is not true',
      async () => {
        bench.provider.person['email_verified'] = false
        return bench.signIn()
      },
    ],
    [
      'nobody’s name',
      'no-role',
      'claim email is missing or no name',
      async () => {
        bench.provider.person['email'] = ''
        return bench.signIn()
      },
    ],
    [
      'a name that prints backwards',
      'no-role',
      'claim email is missing or no name',
      async () => {
        bench.provider.person['email'] = 'ada\u202e@example.com'
        return bench.signIn()
      },
    ],
    [
      'groups that give no role',
      'no-role',
      'no entry under people.roles',
      async () => {
        bench.provider.person['groups'] = ['everybody']
        return bench.signIn()
      },
    ],
    [
      'a group inside a group',
      'no-role',
      'no entry under people.roles',
      async () => {
        bench.provider.person['groups'] = [['sre'], { name: 'sre' }]
        return bench.signIn()
      },
    ],
    [
      'a provider that goes away before the code is exchanged',
      'provider-away',
      'fetch failed',
      async () => {
        const { attempt, back } = await bench.throughProvider()
        bench.provider.issuer.outage = 'refused'
        return bench.get(back, attempt)
      },
    ],
  ]

  for (const [what, refused, why, attack] of attacks) {
    it(`signs nobody in with ${what}`, async () => {
      const reply = await attack()
      assert.deepEqual([reply.status, reply.headers.location], [303, `/sign-in?refused=${refused}`])
      assert.equal(valueOf(cookiesOf(reply), '__Host-sallyport'), '')
      const [written = '', ...more] = bench.refusals()
      assert.ok(written.startsWith('oidc: ') && written.includes(why), written)
      assert.deepEqual(more, [])
    })
  }
})
