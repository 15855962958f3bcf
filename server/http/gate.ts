import type { IncomingHttpHeaders } from 'node:http'
import { isLoopback, type Exposure } from '../core/exposure.ts'
import { complaint, notFound, type Answer } from './answer.ts'
import type { Person } from './asked.ts'
import { findRoute, hasRole, type Route } from './router.ts'

/** What the gate looks at: nothing of the body, nothing of the store. */
export interface Knock {
  readonly method: string
  readonly path: string
  readonly headers: IncomingHttpHeaders
  /** The Host header; null unless there is exactly one. */
  readonly host: string | null
  /** The address at the other end of the socket. */
  readonly peer: string
  /** True when that is a listed proxy, or says that it passes on somebody's request. */
  readonly isPassedOn: boolean
}

export type Passage =
  | { is: 'open'; route: Route; parameters: Readonly<Record<string, string>> }
  | { is: 'shut'; answer: Answer }

/** Everything that can be refused before anybody is looked up. */
export function knock(asked: Knock, routes: readonly Route[], exposure: Exposure): Passage {
  const { method, path, headers } = asked
  const match = findRoute(routes, method, path)
  const probe = match.is === 'route' && match.route.anyHost === true
  if (!probe) {
    const stranger = refuseStranger(asked, exposure)
    if (stranger !== null) return shut(stranger)
  }
  if (match.is === 'nothing') return shut(notFound('this page'))
  if (match.is === 'other-method') {
    const allow = match.allowed.join(', ')
    return shut(
      complaint(405, 'method-not-allowed', `this address answers ${allow} only`, { allow }),
    )
  }
  const foreign = refuseForeign(match.route, headers, exposure)
  if (foreign !== null) return shut(foreign)
  return { is: 'open', route: match.route, parameters: match.parameters }
}

/** A name that is not ours is how a rebound DNS name arrives; a peer that is no proxy has gone around it. */
function refuseStranger({ peer, host }: Knock, exposure: Exposure): Answer | null {
  if (exposure.peers !== null && !exposure.peers.has(peer)) {
    return complaint(
      403,
      'not-through-the-proxy',
      `this port serves its proxy; use ${exposure.url}`,
    )
  }
  if (host !== null && exposure.hosts.has(host.toLowerCase())) return null
  return complaint(
    421,
    'other-host',
    `this server does not answer to that name; use ${exposure.url}`,
  )
}

/** What a page of another origin can make a browser send. Both questions fail closed. */
function refuseForeign(
  route: Route,
  headers: IncomingHttpHeaders,
  exposure: Exposure,
): Answer | null {
  const site = headers['sec-fetch-site']
  const isApi = route.path.startsWith('/api/')
  if (isApi && site !== undefined && site !== 'same-origin' && site !== 'none') {
    return complaint(403, 'other-site', `open ${exposure.url} itself; other sites may not ask`)
  }
  if (route.method === 'GET') return null
  const isProgram = route.fromPrograms === true && headers.origin === undefined
  if (!isProgram && !exposure.origins.has(headers.origin ?? '')) {
    return complaint(403, 'other-origin', `only pages of ${exposure.url} may change anything`)
  }
  if (!/^application\/json(;|$)/.test(headers['content-type'] ?? '')) {
    return complaint(415, 'not-json', 'send the body as application/json')
  }
  return null
}

/** The last question: may this person, or this address, use the route? */
export function mayEnter(route: Route, person: Person | null, asked: Knock): Answer | null {
  if (route.access === 'anyone') return null
  if (route.access === 'operator') {
    // Through a proxy, everyone on the internet could look like loopback.
    if (isLoopback(asked.peer) && !asked.isPassedOn) return null
    return mayEnter({ ...route, access: 'administrator' }, person, asked)
  }
  if (person === null) {
    return complaint(
      401,
      'not-signed-in',
      'sign in first: run "sallyport sign-in" on the bastion host and open the link it prints',
    )
  }
  if (!hasRole(person.roles, route.access)) {
    return complaint(
      403,
      'role-needed',
      `this needs the role ${route.access}; you are ${person.roles.join(', ') || 'without a role'}`,
    )
  }
  return null
}

const shut = (answer: Answer): Passage => ({ is: 'shut', answer })
