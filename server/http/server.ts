import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { SignIns } from '../core/ports/administration.ts'
import type { Archive } from '../core/ports/archive.ts'
import type { Clock } from '../core/ports/deciding.ts'
import type { Journal } from '../core/ports/evidence.ts'
import { complaint, type Answer } from './answer.ts'
import type { Person } from './asked.ts'
import { openAssets } from './assets.ts'
import { readJson } from './body.ts'
import { readSessionToken } from './cookie.ts'
import {
  checkExposure,
  clientAddress,
  exposureOf,
  type Exposure,
  type HttpSettings,
} from './exposure.ts'
import { knock, mayEnter, type Knock } from './gate.ts'
import { securityHeaders } from './headers.ts'
import { certificateRoutes, type TokenDesk } from './identity/certificate-route.ts'
import { sshRoutes, type SshSide } from './identity/ssh-route.ts'
import { pageRoutes } from './page-routes.ts'
import { oidcRoutes, type PeopleSettings } from './people/oidc-routes.ts'
import { peopleRoutes } from './people-routes.ts'
import { probeRoutes, type Check, type HttpMetrics } from './probe-routes.ts'
import type { Route } from './router.ts'
import { send } from './send.ts'
import { sessionRoutes } from './session-routes.ts'

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
}

export interface HttpServer {
  /** How browsers reach us, without a trailing slash. */
  readonly url: string
  /** The port that was bound. */
  readonly port: number
  close(): Promise<void>
}

/** People looking at recordings, and probes; everyone else belongs on the SSH port. */
const MAX_CONNECTIONS = 512
const HEADERS_DEADLINE_MS = 10_000
const REQUEST_DEADLINE_MS = 30_000
/** A socket that moves nothing this long is given up: a stopped reader must not keep a recording in memory. */
const IDLE_SOCKET_MS = 60_000

/** Every route there is. The test that asks each of them as each role reads this list. */
export function routesOf(parts: HttpParts): Route[] {
  const { archive, signIns, people, tokens, ssh, journal } = parts
  const { clock, checks, metrics, log, assetsFolder } = parts
  return [
    ...pageRoutes(openAssets(assetsFolder)),
    ...peopleRoutes(signIns, journal, clock),
    ...oidcRoutes({ people, signIns, journal, clock, log }),
    ...certificateRoutes({
      desk: tokens,
      journal,
      clock,
      log,
      refused: because => metrics.refused(because),
    }),
    ...sshRoutes(ssh),
    ...sessionRoutes(archive, journal, clock),
    ...probeRoutes(checks, metrics),
  ]
}

/** Serves the browser part. Rejects, with a sentence, where it would do so in the clear. */
export async function startHttp(parts: HttpParts): Promise<HttpServer> {
  const { config } = parts
  const checked = checkExposure(config)
  if (!checked.ok) throw new Error(checked.fault)

  const routes = routesOf(parts)
  let exposure: Exposure | null = null
  const server = listenerFor(config, (request, response) => {
    if (exposure !== null) void serve(request, response, routes, exposure, parts)
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host: config.host || undefined, port: config.port }, resolve)
  })
  const { port } = server.address() as AddressInfo
  exposure = exposureOf(config, port)
  return { url: exposure.url, port, close: () => closeServer(server) }
}

function listenerFor(
  { tls }: HttpSettings,
  listener: (request: IncomingMessage, response: ServerResponse) => void,
): Server {
  const deadlines = { headersTimeout: HEADERS_DEADLINE_MS, requestTimeout: REQUEST_DEADLINE_MS }
  const server =
    tls === null
      ? createServer(deadlines, listener)
      : createTlsServer(
          {
            ...deadlines,
            cert: readFileSync(tls.certificateFile),
            key: readFileSync(tls.keyFile),
            minVersion: 'TLSv1.2',
          },
          listener,
        )
  server.maxConnections = MAX_CONNECTIONS
  server.setTimeout(IDLE_SOCKET_MS)
  // Nothing here speaks another protocol yet; a WebSocket from anywhere is turned away.
  server.on('upgrade', (_request, socket) => {
    socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n')
  })
  server.on('clientError', (_error, socket) => socket.destroy())
  return server
}

/** One request from its first look to its last byte. Never rejects: here exceptions end. */
async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  routes: readonly Route[],
  exposure: Exposure,
  parts: HttpParts,
): Promise<void> {
  const headers = securityHeaders(exposure.overTls)
  const path = (request.url ?? '').split('?', 1)[0] ?? ''
  const startedMs = parts.clock.monotonicMs()
  response.once('close', () => {
    parts.metrics.answered(response.statusCode, parts.clock.monotonicMs() - startedMs)
  })
  try {
    await send(request, response, await answer(request, path, routes, exposure, parts), headers)
  } catch (error) {
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
  routes: readonly Route[],
  exposure: Exposure,
  { config, signIns }: HttpParts,
): Promise<Answer> {
  const peer = clientAddress(request.socket.remoteAddress ?? '', undefined, [])
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

  const person = await personOf(route, request, signIns)
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

async function personOf(
  route: Route,
  request: IncomingMessage,
  signIns: SignIns,
): Promise<Person | null> {
  const token = readSessionToken(request.headers.cookie)
  if (route.access === 'anyone' || token === null) return null
  const session = await signIns.find(token)
  return session === null ? null : { ...session, token }
}

async function closeServer(server: Server): Promise<void> {
  const closed = new Promise<void>(resolve => server.close(() => resolve()))
  server.closeAllConnections()
  await closed
}
