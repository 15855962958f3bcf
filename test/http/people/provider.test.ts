import assert from 'node:assert/strict'
import type { ServerResponse } from 'node:http'
import { beginAttempt } from '../../../server/http/people/attempt.ts'
import { createProvider, type Provider } from '../../../server/http/people/provider.ts'
import { OpenIdProvider } from '../../support/openid-provider.ts'
import { MovedClock } from '../identity/certificate-bench.ts'

const BACK = 'https://bastion.example.com/sign-in/callback'
const DISCOVERY = '/.well-known/openid-configuration'
const HOUR = 3600

describe('what is known of the identity provider', () => {
  let issuing: OpenIdProvider
  let provider: Provider
  let clock: MovedClock
  let logged: string[]
  let asked: number
  /** Answers to discovery that are held back; null lets them go at once. */
  let held: (() => void)[] | null

  beforeEach(async () => {
    issuing = await OpenIdProvider.start()
    clock = new MovedClock()
    logged = []
    asked = 0
    held = null
    const answer = issuing.issuer.pages.get(DISCOVERY)
    assert.ok(answer !== undefined)
    issuing.issuer.pages.set(DISCOVERY, (request, response: ServerResponse) => {
      asked += 1
      if (held === null) answer(request, response)
      else held.push(() => answer(request, response))
    })
    const settings = {
      issuer: issuing.url,
      clientId: 'sallyport',
      clientSecretFile: null,
      scopes: ['openid'],
    }
    provider = createProvider(settings, clock, message => logged.push(message))
  })
  afterEach(() => issuing.close())

  const begin = () => provider.begin(beginAttempt('/'), BACK)
  const until = async (isDone: () => boolean): Promise<void> => {
    while (!isDone()) await new Promise(resolve => setTimeout(resolve, 5))
  }
  /** To the provider and back; gives who signed in, or why nobody did. */
  const signIn = async (between: () => void): Promise<unknown> => {
    const attempt = beginAttempt('/')
    const begun = await provider.begin(attempt, BACK)
    assert.ok(begun.ok)
    const there = await fetch(begun.value, { redirect: 'manual' })
    between()
    const claims = await provider.finish(attempt, new URL(there.headers.get('location') ?? ''))
    return claims.ok ? claims.value['email'] : claims.fault.why
  }

  it('is asked for once, however many wait for it', async () => {
    held = []
    const waiting = Array.from({ length: 20 }, begin)
    await until(() => held?.length === 1)
    for (const letGo of held) letGo()
    const begun = await Promise.all(waiting)
    assert.deepEqual([begun.every(({ ok }) => ok), asked], [true, 1])
  })

  it('serves on while it is asked for anew, and no good code is thrown away', async () => {
    await begin()
    held = []
    const email = await signIn(() => clock.forward(HOUR))
    assert.equal(email, 'ada@example.com')
    await until(() => held?.length === 1)
    assert.ok((await begin()).ok)
    assert.equal(asked, 2)
    for (const letGo of held) letGo()
  })

  it('serves on while the provider does not say it again, which the log says', async () => {
    await begin()
    clock.forward(HOUR)
    issuing.issuer.outage = 'refused'
    assert.ok((await begin()).ok)
    await until(() => logged.length === 1)
    assert.match(logged[0] ?? '', /^the identity provider of people is away: ./)
    assert.ok((await begin()).ok)
    clock.forward(10)
    assert.ok((await begin()).ok)
    await until(() => logged.length === 2)
  })

  it('is missing with a reason, for everybody, until the provider is back', async () => {
    issuing.issuer.outage = 'refused'
    for (const { ok, ...more } of await Promise.all([begin(), begin(), begin()])) {
      assert.ok(!ok && 'fault' in more && more.fault.is === 'away' && more.fault.why !== '')
    }
    issuing.issuer.outage = null
    assert.ok(!(await begin()).ok, 'it is not asked at every click')
    clock.forward(10)
    assert.ok((await begin()).ok)
  })
})
