import assert from 'node:assert/strict'
import type { Role } from '../../server/core/ports/administration.ts'
import { routesOf } from '../../server/http/server.ts'
import type { Route } from '../../server/http/router.ts'
import { plainPage, startBrowserPart, type BrowserPart } from '../support/browser-part.ts'
import { ask, type Reply } from '../support/raw-http.ts'
import { INVESTIGATION, investigation } from '../support/sample-sessions.ts'
import { signedIn } from '../support/signed-in.ts'
import { memoryDesk } from '../support/token-desk.ts'

type Who = 'nobody' | Role
const EVERYBODY: readonly Who[] = ['nobody', 'viewer', 'approver', 'administrator']
const MUTATION = { 'content-type': 'application/json', 'sec-fetch-site': 'same-origin' }

/** What each kind of access answers each person. */
const EXPECTED: Record<Route['access'], Record<Who, number | 'served'>> = {
  anyone: { nobody: 'served', viewer: 'served', approver: 'served', administrator: 'served' },
  // Asked through a proxy's header, so that loopback does not speak for itself.
  operator: { nobody: 401, viewer: 403, approver: 403, administrator: 'served' },
  viewer: { nobody: 401, viewer: 'served', approver: 'served', administrator: 'served' },
  approver: { nobody: 401, viewer: 403, approver: 'served', administrator: 'served' },
  administrator: { nobody: 401, viewer: 403, approver: 403, administrator: 'served' },
}

/** The only routes that ask nobody who they are. A new one must be added here, by hand, on purpose. */
const OPEN_TO_ANYONE = [
  'GET /',
  'GET /api/sign-in',
  'GET /api/sign-in/oidc',
  'GET /api/ssh',
  'GET /assets/:name',
  'GET /healthz',
  'GET /readyz',
  'GET /sessions/:id',
  'GET /sign-in',
  'GET /sign-in/callback',
  'POST /api/certificates',
  'POST /api/sign-in',
]

/** A provider that is not there: its routes lead back to the page for signing in. */
const PEOPLE = {
  issuer: 'http://127.0.0.1:1',
  clientId: 'sallyport',
  clientSecretFile: null,
  scopes: ['openid'],
  name: 'Nobody',
  user: 'sub',
  roles: [],
}

const page = plainPage()
// Listing the routes calls none of these.
const nothing = Object.create(null)
const routes = routesOf(
  {
    archive: nothing,
    signIns: nothing,
    people: null,
    tokens: memoryDesk(nothing),
    ssh: () => ({ host: null, port: 2222, hostKeys: [], hostCas: [] }),
    journal: nothing,
    clock: { nowMs: () => 0, monotonicMs: () => 0 },
    checks: {},
    metrics: nothing,
    config: nothing,
    log: () => undefined,
    assetsFolder: page.folder,
  },
  nothing,
)

describe('every route of the browser part', () => {
  let part: BrowserPart

  before(async () => {
    part = await startBrowserPart([investigation], page.folder, { people: PEOPLE })
  })
  after(async () => {
    await part.close()
    page.remove()
  })

  it('is open to anyone only if it is on the list of those', () => {
    const open = routes
      .filter(({ access }) => access === 'anyone')
      .map(({ method, path }) => `${method} ${path}`)
    assert.deepEqual(open.toSorted(), OPEN_TO_ANYONE)
  })

  for (const route of routes) {
    for (const who of EVERYBODY) {
      const expected = EXPECTED[route.access][who]
      it(`${route.method} ${route.path} answers ${who} with ${expected}`, async () => {
        const reply = await askAs(who, route)
        assert.equal(reply.status, expected === 'served' ? servedStatus(route) : expected)
        assert.match(String(reply.headers['content-security-policy']), /^default-src 'none'; /)
      })
    }

    it(`${route.method} ${route.path} does not answer to another host name`, async () => {
      const reply = await askAs('administrator', route, { host: 'rebound.example' })
      assert.equal(reply.status === 421, route.anyHost !== true)
    })

    if (route.method === 'POST') {
      for (const [what, origin] of [
        ['another site', 'https://evil.example'],
        ['another port', 'http://127.0.0.1:1'],
        ['a sandboxed page', 'null'],
        ['no origin', ''],
      ] as const) {
        it(`${route.method} ${route.path} refuses ${what}`, async () => {
          const reply = await askAs('administrator', route, { origin })
          assert.equal(reply.status, 403)
        })
      }

      it(`${route.method} ${route.path} refuses what a cross-site form can send`, async () => {
        const reply = await askAs('administrator', route, { 'content-type': 'text/plain' })
        assert.equal(reply.status, 415)
      })
    } else if (route.path.startsWith('/api/')) {
      it(`${route.method} ${route.path} is not fetched by a page of another site`, async () => {
        for (const site of ['cross-site', 'same-site']) {
          const reply = await askAs('administrator', route, { 'sec-fetch-site': site })
          assert.equal(reply.status, 403)
        }
      })
    }

    if (route.method === 'GET') {
      it(`HEAD ${route.path} answers as GET does, without a body`, async () => {
        for (const who of EVERYBODY) {
          const head = await askAs(who, { ...route, method: 'HEAD' as 'GET' })
          assert.equal(head.body, '')
          assert.equal(head.status, (await askAs(who, route)).status, who)
        }
      })
    }

    it(`${route.path} answers no method but its own`, async () => {
      for (const method of ['PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE', 'PROPFIND']) {
        const reply = await ask(part.url, { method, path: pathOf(route) })
        assert.equal(reply.status, 405, method)
      }
    })
  }

  async function askAs(
    who: Who,
    route: Route,
    headers: Record<string, string> = {},
  ): Promise<Reply> {
    const cookie = who === 'nobody' ? {} : { cookie: await signedIn(part, who) }
    const proxied = route.access === 'operator' ? { 'x-forwarded-for': '203.0.113.9' } : {}
    const mutation = route.method === 'POST' ? { origin: part.url, ...MUTATION } : {}
    return ask(part.url, {
      method: route.method,
      path: pathOf(route),
      headers: { ...cookie, ...proxied, ...mutation, ...headers },
      ...(route.method === 'POST' ? { body: '{}' } : {}),
    })
  }
})

/** What a route answers to an empty request once the gate let somebody through. */
function servedStatus({ method, path }: Route): number {
  if (method === 'POST' && path === '/api/sign-in') return 401 // wants a link
  if (path === '/api/sign-in/oidc' || path === '/sign-in/callback') return 303 // away or back, no further
  return path === '/api/certificates' ? 400 : 200 // wants a token
}

function pathOf(route: Route): string {
  return route.path
    .replace(':id', INVESTIGATION)
    .replace(':chunk', '0')
    .replace(':name', 'index-1a2b3c.js')
}
