import assert from 'node:assert/strict'
import { OpenIdProvider } from '../support/openid-provider.ts'
import { PageBench } from '../support/page-bench.ts'
import { INVESTIGATION, sampleSessions } from '../support/sample-sessions.ts'

describe('signing in, in Chromium', () => {
  const bench = PageBench.use(sampleSessions)

  it('takes a link once, keeps its token out of the address bar, and explains a used one', async () => {
    const link = bench.part.url + (await bench.part.link('viewer'))
    await bench.tab.goto(link)
    await bench.tab.waitForURL(`${bench.part.url}/`)
    await bench.tab.getByRole('button', { name: 'Sign out' }).click()
    await bench.tab.getByText('You are signed out.').waitFor()
    await bench.tab.goto(link)
    await bench.tab.getByText('This link did not sign you in').waitFor()
    assert.match(await bench.tab.locator('main').innerText(), /sallyport sign-in/)
    assert.ok(!bench.tab.url().includes('#'))
  })

  it('brings back to the page that was asked for', async () => {
    const wanted = `${bench.part.url}/sessions/${INVESTIGATION}?step=6`
    await bench.tab.goto(wanted)
    await bench.tab.getByText('You are not signed in.').waitFor()
    const next = new URL(bench.tab.url()).search
    const { token } = await bench.part.signIns.makeLink('viewer', 'the test', 60_000)
    await bench.tab.goto(`${bench.part.url}/sign-in${next}#${token}`)
    await bench.tab.waitForURL(wanted)
  })

  for (const next of [
    'https://evil.example/',
    '//evil.example',
    '/\\evil.example',
    'javascript:alert(1)',
    '/api/me',
  ]) {
    it(`does not go to ${next} afterwards`, async () => {
      const { token } = await bench.part.signIns.makeLink('viewer', 'the test', 60_000)
      await bench.tab.goto(`${bench.part.url}/sign-in?next=${encodeURIComponent(next)}#${token}`)
      await bench.tab.waitForURL(`${bench.part.url}/`)
    })
  }

  it('sets a __Host- cookie that Chromium takes on plain loopback', async () => {
    await bench.signIn()
    const [cookie, ...others] = await bench.context.cookies()
    assert.equal(others.length, 0)
    assert.equal(cookie?.name, '__Host-sallyport')
    assert.ok(cookie.secure && cookie.httpOnly && cookie.sameSite === 'Lax')
    assert.equal(await bench.tab.evaluate('document.cookie'), '')
  })
})

describe('signing in through an identity provider, in Chromium', () => {
  let provider: OpenIdProvider
  before(async () => {
    provider = await OpenIdProvider.start()
  })
  after(() => provider.close())
  const bench = PageBench.use(sampleSessions, () => ({
    people: {
      issuer: provider.url,
      clientId: 'sallyport',
      clientSecretFile: null,
      scopes: ['openid', 'email'],
      name: 'Example',
      user: 'email',
      roles: [{ when: { groups: ['sre'] }, role: 'viewer' }],
    },
  }))
  beforeEach(() => {
    bench.elsewhere.add(provider.url)
    provider.person['groups'] = ['sre']
  })

  it('goes there and back to the page that was asked for', async () => {
    const wanted = `${bench.part.url}/sessions/${INVESTIGATION}?step=6`
    await bench.tab.goto(wanted)
    await bench.tab.getByRole('link', { name: 'Sign in with Example' }).click()
    await bench.tab.waitForURL(wanted)
    await bench.tab.waitForLoadState('networkidle')
    const [cookie, ...others] = await bench.context.cookies(bench.part.url)
    assert.deepEqual([cookie?.name, others.length], ['__Host-sallyport', 0])
    assert.deepEqual(
      bench.part.journal.events.map(({ kind }) => kind),
      ['signed-in', 'session-viewed'],
    )
  })

  it('says to somebody without a role what is missing', async () => {
    provider.person['groups'] = []
    await bench.tab.goto(`${bench.part.url}/sign-in`)
    await bench.tab.getByRole('link', { name: 'Sign in with Example' }).click()
    await bench.tab.getByText('You are known, but have no role here.').waitFor()
    assert.equal((await bench.context.cookies(bench.part.url)).length, 0)
  })
})
