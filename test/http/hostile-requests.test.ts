import assert from 'node:assert/strict'
import { plainPage, startBrowserPart, type BrowserPart } from '../support/browser-part.ts'
import { ask, sendRaw } from '../support/raw-http.ts'

describe('hostile requests', () => {
  const page = plainPage()
  let part: BrowserPart
  let host: string

  before(async () => {
    part = await startBrowserPart([], page.folder)
    host = new URL(part.url).host
  })
  after(async () => {
    await part.close()
    page.remove()
  })

  for (const path of [
    '/../package.json',
    '/assets/../index.html',
    '/assets/..%2findex.html',
    '/assets/%2e%2e/index.html',
    '/assets/..\\index.html',
    '/assets//etc/passwd',
    '/assets/%00',
    '/assets/index-1a2b3c.js%00.png',
    '/assets/%252e%252e/index.html',
    '/assets/..%5cindex.html',
    '/assets/%c0%ae%c0%ae/index.html',
    '/assets/.%2e%2findex.html',
    '/api/sessions/..%2f..%2fme',
    '/api/sessions/%2e%2e',
    '/API/ME',
    '/./api/me',
    '/assets/index-1a2b3c.js/',
    '//evil.example/assets/index-1a2b3c.js',
    '/assets/constructor',
    '/api/sessions/__proto__',
    '/%2e%2e/%2e%2e/etc/passwd',
    '/index.html',
  ]) {
    it(`finds nothing outside at ${path}`, async () => {
      const { status, body } = await ask(part.url, { path })
      assert.ok([400, 401, 404].includes(status), String(status))
      assert.ok(!body.includes('<!doctype'))
    })
  }

  it('answers a request for another site’s address with nothing', async () => {
    const read = await sendRaw(part.url, `GET http://${host}/ HTTP/1.1\r\nHost: ${host}\r\n\r\n`)
    assert.match(read, /^HTTP\/1\.1 404 /)
  })

  it('refuses a request without a host, and one with two', async () => {
    assert.match(await sendRaw(part.url, 'GET / HTTP/1.1\r\n\r\n'), /^HTTP\/1\.1 400 /)
    const twice = `GET / HTTP/1.1\r\nHost: ${host}\r\nHost: evil.example\r\n\r\n`
    assert.doesNotMatch(await sendRaw(part.url, twice), /^HTTP\/1\.1 2/)
  })

  it('hangs up on what is not HTTP, and on endless headers', async () => {
    assert.equal(await sendRaw(part.url, 'SSH-2.0-OpenSSH_9.2\r\n\r\n'), '')
    const long = `GET / HTTP/1.1\r\nHost: ${host}\r\nX: ${'a'.repeat(100_000)}\r\n\r\n`
    assert.doesNotMatch(await sendRaw(part.url, long), /^HTTP\/1\.1 2/)
  })

  it('sends its headers with every answer, also with those that refuse', async () => {
    for (const path of ['/', '/nowhere', '/api/me', '/metrics', '/healthz']) {
      const { headers } = await ask(part.url, { path })
      assert.equal(
        headers['content-security-policy'],
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
      )
      assert.equal(headers['x-content-type-options'], 'nosniff')
      assert.equal(headers['referrer-policy'], 'no-referrer')
      assert.equal(headers['cross-origin-resource-policy'], 'same-origin')
      assert.equal(headers['access-control-allow-origin'], undefined)
    }
  })

  it('serves the API and says what to do where the page was not built', async () => {
    const bare = await startBrowserPart([], '/nowhere/at/all')
    const { status, body } = await ask(bare.url, { path: '/' })
    assert.equal(status, 503)
    assert.match(body, /npm run build/)
    assert.equal((await ask(bare.url, { path: '/healthz' })).status, 200)
    await bare.close()
  })

  it('lets caches keep what is named after its content, and nothing of anybody', async () => {
    const file = await ask(part.url, { path: '/assets/index-1a2b3c.js' })
    assert.equal(file.headers['cache-control'], 'public, max-age=31536000, immutable')
    assert.equal((await ask(part.url, { path: '/' })).headers['cache-control'], 'no-cache')
    assert.equal((await ask(part.url, { path: '/api/me' })).headers['cache-control'], 'no-store')
  })
})
