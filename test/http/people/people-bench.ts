/** A browser part with an identity provider, and a browser's way there and back without a browser. */
import assert from 'node:assert/strict'
import type { PeopleSettings } from '../../../server/core/identity-tokens/people.ts'
import { plainPage, startBrowserPart, type BrowserPart } from '../../support/browser-part.ts'
import { OpenIdProvider } from '../../support/openid-provider.ts'
import { ask, type Reply } from '../../support/raw-http.ts'
import { makeIssuerKey, type IssuerKey } from '../../support/token-issuer.ts'

type Lie = NonNullable<OpenIdProvider['lies']['idToken']>

export class PeopleBench {
  provider!: OpenIdProvider
  part!: BrowserPart
  readonly page = plainPage()

  /** Registers the hooks; call it inside `describe`. */
  static use(): PeopleBench {
    const bench = new PeopleBench()
    let key: IssuerKey
    before(async () => {
      key = await makeIssuerKey('key-1')
    })
    beforeEach(async () => {
      bench.provider = await OpenIdProvider.start(key)
      bench.provider.person = { ...bench.provider.person, groups: ['sre'] }
      bench.part = await startBrowserPart([], bench.page.folder, { people: bench.settings() })
    })
    afterEach(async () => {
      await bench.part.close()
      await bench.provider.close()
    })
    after(() => bench.page.remove())
    return bench
  }

  settings(change: Partial<PeopleSettings> = {}): PeopleSettings {
    return {
      issuer: this.provider.url,
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
    }
  }

  async restart(change: Partial<PeopleSettings>): Promise<void> {
    await this.part.close()
    this.part = await startBrowserPart([], this.page.folder, { people: this.settings(change) })
  }

  get(path: string, cookie = '', headers: Record<string, string> = {}): Promise<Reply> {
    return ask(this.part.url, {
      path,
      headers: { ...(cookie === '' ? {} : { cookie }), ...headers },
    })
  }

  /** The attempt's cookie, and where the provider sends the browser back to. */
  async throughProvider(next = '/'): Promise<{ attempt: string; back: string }> {
    const begun = await this.get(`/api/sign-in/oidc?next=${encodeURIComponent(next)}`)
    assert.equal(begun.status, 303, begun.body)
    const attempt = valueOf(cookiesOf(begun), '__Host-sallyport-attempt')
    const there = await fetch(begun.headers.location ?? '', { redirect: 'manual' })
    const back = new URL(there.headers.get('location') ?? '')
    assert.equal(back.origin, this.part.url)
    return { attempt, back: back.pathname + back.search }
  }

  async signIn(next?: string): Promise<Reply> {
    const { attempt, back } = await this.throughProvider(next)
    return this.get(back, attempt, { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' })
  }

  /** Signs in with an ID token that says something else. */
  withToken(idToken: Lie): Promise<Reply> {
    this.provider.lies.idToken = idToken
    return this.signIn()
  }

  async me(reply: Reply): Promise<unknown> {
    const answered = await this.get('/api/me', valueOf(cookiesOf(reply), '__Host-sallyport'))
    return answered.status === 200 ? JSON.parse(answered.body) : answered.status
  }

  refusals(): string[] {
    return this.part.journal.events.flatMap(event =>
      event.kind === 'sign-in-refused' ? [event.because] : [],
    )
  }
}

export const cookiesOf = ({ headers }: Reply): string[] => headers['set-cookie'] ?? []

export const valueOf = (cookies: string[], name: string): string =>
  cookies.find(cookie => cookie.startsWith(`${name}=`))?.split(';')[0] ?? ''
