import type { Role } from '../core/ports/administration.ts'
import type { Answer } from './answer.ts'
import type { Asked } from './asked.ts'

/**
 * Who may call a route. `anyone` needs no sign-in. `operator` is somebody on the bastion's own host
 * (a loopback address, not through a proxy) or an administrator. A role needs a sign-in.
 */
export type Access = 'anyone' | 'operator' | Role

export interface Route {
  readonly method: 'GET' | 'POST'
  /** Segments between slashes; `:name` takes one segment. */
  readonly path: string
  readonly access: Access
  /** True for probes: a load balancer asks by address, and the answer is the same for everyone. */
  readonly anyHost?: true
  /** True for what programs call: without an Origin, which browsers always send with a POST. */
  readonly fromPrograms?: true
  /** Where the usual bound of a body is too much. */
  readonly mostBodyBytes?: number
  handle(asked: Asked): Promise<Answer>
}

export type Match =
  | { is: 'route'; route: Route; parameters: Readonly<Record<string, string>> }
  | { is: 'other-method'; allowed: readonly string[] }
  | { is: 'nothing' }

/** Finds the route for a request. HEAD is answered as GET without the body (RFC 9110 §9.3.2). */
export function findRoute(routes: readonly Route[], method: string, path: string): Match {
  const here = routes.flatMap(route => {
    const parameters = matchPath(route.path, path)
    return parameters === null ? [] : [{ is: 'route' as const, route, parameters }]
  })
  const asked = method === 'HEAD' ? 'GET' : method
  const found = here.find(({ route }) => route.method === asked)
  if (found !== undefined) return found
  return here.length === 0
    ? { is: 'nothing' }
    : { is: 'other-method', allowed: here.map(({ route }) => route.method) }
}

function matchPath(pattern: string, path: string): Readonly<Record<string, string>> | null {
  const wanted = pattern.split('/')
  const given = path.split('/')
  if (wanted.length !== given.length) return null
  const parameters: Record<string, string> = {}
  for (const [index, segment] of wanted.entries()) {
    const value = given[index] ?? ''
    if (segment.startsWith(':')) {
      if (value === '') return null
      parameters[segment.slice(1)] = value
    } else if (segment !== value) {
      return null
    }
  }
  return parameters
}

/**
 * Roles that a role brings with it. An administrator writes policies and grants, so keeping
 * approvals from one would be theatre; a viewer's eyes are part of every role.
 */
const INCLUDES: Record<Role, readonly Role[]> = {
  viewer: ['viewer'],
  approver: ['viewer', 'approver'],
  administrator: ['viewer', 'approver', 'administrator'],
}

export function hasRole(roles: readonly Role[], needed: Role): boolean {
  return roles.some(role => INCLUDES[role].includes(needed))
}
