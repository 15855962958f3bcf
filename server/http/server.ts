import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { plainAddress } from '../core/certificate/ip-address.ts'
import {
  checkExposure,
  clientAddress,
  exposureOf,
  type Exposure,
  type HttpSettings,
} from '../core/exposure.ts'
import { type FailureLimit, limitFailures } from '../core/failure-limit.ts'
import type { PeopleSettings } from '../core/identity-tokens/people.ts'
import type { SignIns } from '../core/ports/administration.ts'
import type { Archive } from '../core/ports/archive.ts'
import type { Clock } from '../core/ports/deciding.ts'
import type { Journal } from '../core/ports/evidence.ts'
import { complaint, type Answer } from './answer.ts'
import type { Person } from './asked.ts'
import { openAssets } from './assets.ts'
import { readJson } from './body.ts'
import { readSessionToken } from './cookie.ts'
import { knock, mayEnter, type Knock } from './gate.ts'
import { securityHeaders } from './headers.ts'
import { certificateRoutes, type TokenDesk } from './identity/certificate-route.ts'
import { sshRoutes, type SshSide } from './identity/ssh-route.ts'
import { pageRoutes } from './page-routes.ts'
import { oidcRoutes } from './people/oidc-routes.ts'
import { peopleRoutes } from './people-routes.ts'
import { probeRoutes, type Check, type HttpMetrics } from './probe-routes.ts'
import { keepRefusals, type RefusalBook } from './refusal-book.ts'
import type { Route } from './router.ts'
import { send } from './send.ts'
import { sessionRoutes } from './session-routes.ts'
import { type Visitors, watchVisitors } from './visitors.ts'

export interface HttpParts {
  readonly config: HttpSettings
  readonly archive: Archive
  readonly signIns: SignIns
  /** The identity provider of people; null where one-time links are the only way in. */
  readonly people: PeopleSettings | null
  /** What turns tokens into certificates. */
  readonly tokens: TokenDesk
  readonly ssh: () => SshSide
  readonly journal: Journal
  readonly clock: Clock
  /** What must be there for `/readyz` to say yes, by name. */
  readonly checks: Readonly<Record<string, Check>>
  readonly metrics: HttpMetrics
  readonly log: (message: string, fields: Readonly<Record<string, unknown>>) => void
  /** Where `npm run build` put the page. */
  readonly assetsFolder: string
  /** For tests, which wait less. */
  readonly deadlines?: Deadlines
}

export interface HttpServer {
  /** How browsers reach us, without a trailing slash. */
  readonly url: string
  /** The port that was bound. */
  readonly port: number
  close(): Promise<void>
}

export interface Deadlines {
  readonly headersMs: number
  readonly requestMs: number
  /** A socket that moves nothing this long is given up: a stopped reader must not keep a recording in memory. */
  readonly idleMs: number
  /** How often Node looks whether one of the first two is over; left alone it looks every 30 s. */
  readonly lookMs: number
}

const DEADLINES: Deadlines = { headersMs: 10_000, requestMs: 30_000, idleMs: 60_000, lookMs: 1000 }
const TLS_HANDSHAKE_MS = 10_000
/**
 * Cookies of an address in a minute that are nobody's. Each is a question to the database, which has better
 * things to do; beyond, whoever comes from there is taken for nobody without asking.
 */
const UNKNOWN_COOKIES = 300

/** Every route there is. The test that asks each of them as each role reads this list. */
export function routesOf(parts: HttpParts, book: RefusalBook): Route[] {
  const { archive, signIns, people, tokens, ssh, journal } = parts
  const { clock, checks, metrics, log, assetsFolder } = parts
  return [
    ...pageRoutes(openAssets(assetsFolder)),
    ...peopleRoutes(signIns, book, clock),
    ...oidcRoutes({ people, signIns, book, clock, log }),
    ...certificateRoutes({
      desk: tokens,
      book,
      clock,
      log,
      refused: because => metrics.refused(because),
    }),
    ...sshRoutes(ssh),
    ...sessionRoutes(archive, journal, clock),
    ...probeRoutes(checks, metrics, clock),
  ]
}

/** Serves the browser part. Rejects, with a sentence, where it would do so in the clear. */
export async function startHttp(parts: HttpParts): Promise<HttpServer> {
  const { config } = parts
  const checked = checkExposure(config)
  if (!checked.ok) throw new Error(checked.fault)

  const book = keepRefusals(parts.journal, parts.clock, parts.log)
  const routes = routesOf(parts, book)
  const unknownCookies = limitFailures(UNKNOWN_COOKIES, parts.clock)
  let door: Door | null = null
  const server = listenerFor(parts, (request, response) => {
    if (door !== null && visitors.asks(request, response))
      void serve(request, response, door, parts)
  })
  const visitors = watchVisitors(server, config.proxies)
  // Lasting: an accept that fails later (EMFILE, ENOBUFS) is one visitor who has to come again.
  server.on('error', error => parts.log(`listening for http: ${error.message}`, {}))
  server.listen({ host: config.host || undefined, port: config.port })
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const exposure = exposureOf(config, port)
  door = { routes, exposure, visitors, unknownCookies }
  return {
    url: exposure.url,
    port,
    async close() {
      await closeServer(server, visitors)
      await book.flush()
    },
  }
}

/** What a request has to get past. */
interface Door {
  readonly routes: readonly Route[]
  readonly exposure: Exposure
  readonly visitors: Visitors
  readonly unknownCookies: FailureLimit
}

function listenerFor(
  { config: { tls }, deadlines = DEADLINES }: HttpParts,
  listener: (request: IncomingMessage, response: ServerResponse) => void,
): Server {
  const options = {
    headersTimeout: deadlines.headersMs,
    requestTimeout: deadlines.requestMs,
    connectionsCheckingInterval: deadlines.lookMs,
  }
  const server =
    tls === null
      ? createServer(options, listener)
      : createTlsServer(
          {
            ...options,
            cert: readFileSync(tls.certificateFile),
            key: readFileSync(tls.keyFile),
            minVersion: 'TLSv1.2',
            handshakeTimeout: TLS_HANDSHAKE_MS,
          },
          listener,
        )
  // Node takes its own listeners off a socket that asks for an upgrade or a tunnel (a TLS socket keeps one): a
  // reset would then end the process, not the visit.
  server.on('connection', socket => socket.on('error', () => undefined))
  server.setTimeout(deadlines.idleMs)
  // Nothing here speaks another protocol yet; a WebSocket from anywhere is turned away.
  server.on('upgrade', ({ socket }) => {
    socket.write('HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n')
    socket.destroySoon() // its other side need not close
    // None of Node's deadlines holds for it any more, and answers from before may wait for a stopped reader.
    const late = setTimeout(() => socket.destroy(), deadlines.idleMs)
    socket.once('close', () => clearTimeout(late))
  })
  server.on('clientError', (_error, socket) => socket.destroy())
  return server
}

/** One request from its first look to its last byte. Never rejects: here exceptions end. */
async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  door: Door,
  parts: HttpParts,
): Promise<void> {
  const headers = securityHeaders(door.exposure.overTls)
  const path = (request.url ?? '').split('?', 1)[0] ?? ''
  const startedMs = parts.clock.monotonicMs()
  response.once('close', () => {
    parts.metrics.answered(response.statusCode, parts.clock.monotonicMs() - startedMs)
  })
  try {
    await send(request, response, await answer(request, path, door, parts), headers)
  } catch (error) {
    // Who hangs up before the end of a question is owed no answer, and gets no line in our log.
    if (request.destroyed && !request.complete) return
    const cut = response.destroyed || response.headersSent
    parts.log('request failed', { method: request.method, path, error: String(error), cut })
    if (cut) {
      response.destroy()
      return
    }
    const sorry = complaint(500, 'failed', 'the bastion could not answer; its log says why')
    await send(request, response, sorry, headers).catch(() => response.destroy())
  }
}

async function answer(
  request: IncomingMessage,
  path: string,
  { routes, exposure, visitors, unknownCookies }: Door,
  { config, signIns }: HttpParts,
): Promise<Answer> {
  const peer = plainAddress(request.socket.remoteAddress ?? '')
  const forwardedFor = request.headers['x-forwarded-for']
  const client = clientAddress(peer, forwardedFor?.toString(), config.proxies)
  const [host, ...otherHosts] = request.headersDistinct['host'] ?? []
  const asked: Knock = {
    method: request.method ?? '',
    path,
    headers: request.headers,
    host: host === undefined || otherHosts.length > 0 ? null : host,
    peer,
    isPassedOn:
      config.proxies.includes(peer) ||
      forwardedFor !== undefined ||
      request.headers.forwarded !== undefined,
  }
  const passage = knock(asked, routes, exposure)
  if (passage.is === 'shut') return passage.answer
  const { route, parameters } = passage

  const mayAsk = unknownCookies.mayTry(client)
  const token =
    route.access === 'anyone' || !mayAsk ? null : readSessionToken(request.headers.cookie)
  const person = await personOf(token, signIns)
  if (person !== null) visitors.know(request)
  else if (token !== null) unknownCookies.failed(client)
  const refused = mayEnter(route, person, asked)
  if (refused !== null) return refused
  return route.handle({
    path,
    parameters,
    query: new URLSearchParams((request.url ?? '').slice(path.length + 1)),
    person,
    address: client,
    origin: originOf(host ?? '', exposure),
    cookies: request.headers.cookie,
    json: () => readJson(request, route.mostBodyBytes),
  })
}

/** The gate has seen to it that the host is one of ours, but for probes. */
function originOf(host: string, { origins, url }: Exposure): string {
  return [...origins].find(origin => new URL(origin).host === host.toLowerCase()) ?? url
}

async function personOf(token: string | null, signIns: SignIns): Promise<Person | null> {
  if (token === null) return null
  const session = await signIns.find(token)
  return session === null ? null : { ...session, token }
}

async function closeServer(server: Server, visitors: Visitors): Promise<void> {
  const closed = new Promise<void>(resolve => server.close(() => resolve()))
  visitors.sendAway()
  await closed
}
