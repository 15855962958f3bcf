import type { RequestStatus } from '../core/access-request.ts'
import type { GrantStatus, Target } from '../core/access.ts'
import type { SessionSummary } from '../core/ports/archive.ts'
import type { Result } from '../core/result.ts'
import type { Desk } from './desk.ts'
import { unknownName } from './options.ts'

/** Sessions that a mistyped id is compared with. */
const RECENT = 1000

/** The target of that name, or the sentence that there is none, with the nearest ones that are. */
export async function findTarget(desk: Desk, asked: string): Promise<Result<Target, string>> {
  const { targets } = await desk.books()
  const target = await targets.find(asked)
  if (target !== null) return { ok: true, value: target }
  const known = (await targets.list()).map(({ name: other }) => other)
  return { ok: false, fault: unknownName('target', asked, known, '; see sallyport target list') }
}

/** The grant of that id, or the sentence that there is none. */
export async function findGrant(desk: Desk, id: string): Promise<Result<GrantStatus, string>> {
  const { grants } = await desk.books()
  const grant = await grants.find(id)
  if (grant !== null) return { ok: true, value: grant }
  const known = (await grants.list({ all: true })).map(({ id: other }) => other)
  return { ok: false, fault: unknownName('grant', id, known, '; see sallyport grant list') }
}

/** The request of that id, or the sentence that there is none. */
export async function findRequest(desk: Desk, id: string): Promise<Result<RequestStatus, string>> {
  const { requests } = await desk.books()
  const request = await requests.find(id)
  if (request !== null) return { ok: true, value: request }
  const known = (await requests.list({ all: true })).map(({ id: other }) => other)
  return { ok: false, fault: unknownName('request', id, known, '; see sallyport request list') }
}

/** The session of that id, or the sentence that there is none. */
export async function findSession(desk: Desk, id: string): Promise<Result<SessionSummary, string>> {
  const { archive } = await desk.books()
  const session = await archive.session(id)
  if (session !== null) return { ok: true, value: session }
  const recent = (await archive.sessions({ limit: RECENT })).map(({ id: other }) => other)
  return { ok: false, fault: unknownName('session', id, recent, '; see sallyport session list') }
}
