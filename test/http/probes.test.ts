import assert from 'node:assert/strict'
import type { Check } from '../../server/http/probe-routes.ts'
import { plainPage, startBrowserPart, type BrowserPart } from '../support/browser-part.ts'
import { ask, type Reply } from '../support/raw-http.ts'

describe('probes', () => {
  const page = plainPage()
  let part: BrowserPart | null = null

  afterEach(() => part?.close())
  after(() => page.remove())

  const asked = async (path: string, checks: Record<string, Check>): Promise<Reply> => {
    part = await startBrowserPart([], page.folder, { checks })
    return ask(part.url, { path })
  }
  const good: Check = async () => ({ ok: true })
  const bad: Check = async () => ({ ok: false, why: 'spool at 98 % of 2 GB' })

  it('/healthz says yes while the process answers, whatever is wrong around it', async () => {
    assert.equal((await asked('/healthz', { database: bad })).status, 200)
  })

  it('/readyz says yes when every check does', async () => {
    const { status, body } = await asked('/readyz', { database: good, spool: good })
    assert.equal(status, 200)
    assert.deepEqual(JSON.parse(body), { ready: true, failing: [] })
  })

  it('/readyz names what fails, and tells nobody more', async () => {
    const { status, body } = await asked('/readyz', { database: good, spool: bad })
    assert.equal(status, 503)
    assert.deepEqual(JSON.parse(body), { ready: false, failing: ['spool'] })
  })

  it('/api/health tells the operator why', async () => {
    const { body } = await asked('/api/health', { database: good, spool: bad })
    assert.deepEqual(JSON.parse(body), {
      ready: false,
      checks: { database: 'ok', spool: 'spool at 98 % of 2 GB' },
    })
  })

  it('a check that throws, or never answers, fails', async () => {
    const { body } = await asked('/readyz', {
      throws: () => Promise.reject(new Error('connection refused')),
      hangs: () => new Promise(() => undefined),
      fine: good,
    })
    assert.deepEqual(JSON.parse(body), { ready: false, failing: ['throws', 'hangs'] })
  })

  it('answer a load balancer that asks by address', async () => {
    part = await startBrowserPart([], page.folder)
    const headers = { host: '10.9.8.7:8022' }
    assert.equal((await ask(part.url, { path: '/healthz', headers })).status, 200)
    assert.equal((await ask(part.url, { path: '/metrics', headers })).status, 421)
  })

  it('/metrics answers loopback, and not what a proxy passes on', async () => {
    const { status, body } = await asked('/metrics', {})
    assert.equal(status, 200)
    assert.match(body, /^# HELP sallyport_decisions_total/m)
    const headers = { 'x-forwarded-for': '127.0.0.1' }
    assert.equal((await ask(part?.url ?? '', { path: '/metrics', headers })).status, 401)
  })
})
