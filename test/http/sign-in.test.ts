import assert from 'node:assert/strict'
import { plainPage, startBrowserPart, type BrowserPart } from '../support/browser-part.ts'
import { ask, type Reply } from '../support/raw-http.ts'
import { memoryJournal, memorySignIns } from '../support/memory-archive.ts'
import { signedIn } from '../support/signed-in.ts'

const page = plainPage()

describe('signing in', () => {
  let part: BrowserPart

  beforeEach(async () => {
    part = await startBrowserPart([], page.folder)
  })
  afterEach(() => part.close())
  after(() => page.remove())

  const post = (
    path: string,
    body: unknown,
    headers: Record<string, string> = {},
  ): Promise<Reply> =>
    ask(part.url, {
      method: 'POST',
      path,
      headers: { origin: part.url, 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    })
  const me = (cookie: string): Promise<Reply> =>
    ask(part.url, { path: '/api/me', headers: { cookie } })
  const tokenOf = async (): Promise<string> => (await part.link('viewer')).split('#')[1] ?? ''

  it('takes a link once', async () => {
    const token = await tokenOf()
    const first = await post('/api/sign-in', { token })
    assert.equal(first.status, 200)
    const again = await post('/api/sign-in', { token })
    assert.equal(again.status, 401)
    assert.match(again.body, /used before, is too old, or was never made; run \\"sallyport sign-in/)
  })

  it('sets a cookie that scripts cannot read and other sites cannot send', async () => {
    const { headers } = await post('/api/sign-in', { token: await tokenOf() })
    const [cookie = ''] = headers['set-cookie'] ?? []
    assert.match(
      cookie,
      /^__Host-sallyport=[A-Za-z0-9_-]{43}; Path=\/; Secure; HttpOnly; SameSite=Lax$/,
    )
    assert.equal((await me(cookie.split(';')[0] ?? '')).status, 200)
  })

  it('keeps the token out of the answer, the log and the journal', async () => {
    const token = await tokenOf()
    const reply = await post('/api/sign-in', { token })
    assert.ok(!reply.body.includes(token))
    assert.ok(!JSON.stringify([part.logged, part.journal.events]).includes(token))
  })

  it('writes each refusal down, with the address', async () => {
    await post('/api/sign-in', { token: 'A'.repeat(43) })
    await post('/api/sign-in', { token: 'no token' })
    await post('/api/sign-in', 'no JSON')
    const address = '127.0.0.1'
    assert.deepEqual(part.journal.events, [
      {
        kind: 'sign-in-refused',
        because: 'the link is unknown, was used, or is too old',
        address,
      },
      { kind: 'sign-in-refused', because: 'not a token of ours', address },
      { kind: 'sign-in-refused', because: 'the body is not JSON, or too long', address },
    ])
  })

  it('stops asking the store, and filling the journal, after ten refusals', async () => {
    const statuses: number[] = []
    for (let attempt = 0; attempt < 12; attempt += 1) {
      statuses.push((await post('/api/sign-in', { token: 'A'.repeat(43) })).status)
    }
    assert.deepEqual(statuses, [...Array.from({ length: 10 }, () => 401), 429, 429])
    assert.equal(part.journal.events.length, 10)
    await part.close()
    assert.deepEqual(part.journal.events.slice(10), [
      {
        kind: 'sign-in-refused',
        because: '2 more within a minute, the last: too many refused links',
        address: '127.0.0.1',
      },
    ])
  })

  for (const [what, body] of [
    ['no token', {}],
    ['a token that is a number', { token: 7 }],
    ['a token that is an object', { token: { $ne: '' } }],
    ['a list', [1]],
    ['null', 'null'],
    ['an endless token', { token: 'A'.repeat(5000) }],
    ['a token with a line break', { token: `${'A'.repeat(30)}\r\nSet-Cookie: x` }],
  ] as const) {
    it(`refuses ${what}`, async () => {
      assert.equal((await post('/api/sign-in', body)).status, 401)
    })
  }

  it('refuses a body that is not JSON, and one that is too large', async () => {
    assert.equal((await post('/api/sign-in', '{')).status, 400)
    assert.equal((await post('/api/sign-in', 'x'.repeat(100_000))).status, 413)
  })

  it('refuses a stolen cookie after its owner signed out', async () => {
    const cookie = await signedIn(part, 'viewer')
    assert.equal((await me(cookie)).status, 200)
    const left = await post('/api/sign-out', {}, { cookie })
    assert.match(String(left.headers['set-cookie']), /^__Host-sallyport=; .*Max-Age=0$/)
    assert.equal((await me(cookie)).status, 401)
  })

  for (const [what, spoil] of [
    ['two cookies of our name', (cookie: string) => `${cookie}; ${cookie}`],
    ['a cookie of the name without its prefix', (cookie: string) => cookie.replace('__Host-', '')],
    ['a cookie cut short', (cookie: string) => cookie.slice(0, -1)],
    ['an empty cookie', () => '__Host-sallyport='],
  ] as const) {
    it(`takes nobody at the word of ${what}`, async () => {
      assert.equal((await me(spoil(await signedIn(part, 'viewer')))).status, 401)
    })
  }

  for (const [what, minutes] of [
    ['its absolute life is over', Array.from({ length: 48 }, (_, quarter) => (quarter + 1) * 15)],
    ['it was not used for half an hour', [29, 58, 88]],
  ] as const) {
    it(`is over when ${what}`, async () => {
      let nowMs = 0
      await part.close()
      const signIns = memorySignIns(memoryJournal(), () => nowMs)
      part = await startBrowserPart([], page.folder, { signIns })
      const cookie = await signedIn({ signIns }, 'viewer')
      const statuses: number[] = []
      for (const minute of minutes) {
        nowMs = minute * 60_000
        statuses.push((await me(cookie)).status)
      }
      assert.equal(statuses.pop(), 401)
      assert.ok(statuses.every(status => status === 200))
    })
  }
})
