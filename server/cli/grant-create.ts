import type { GrantStatus } from '../core/access.ts'
import type { Result } from '../core/result.ts'
import type { Desk } from './desk.ts'
import { grantJson } from './grant-words.ts'
import { type JsonOption, unknownName } from './options.ts'
import type { Status } from './screen.ts'
import { findTarget } from './find.ts'

export interface CreateOptions extends JsonOption {
  readonly agent: string
  readonly task: string
  readonly target: string
  readonly login: string
  readonly policy: string
  /** Milliseconds. */
  readonly for: number
  readonly reason: string
  readonly onBehalfOf?: string
  readonly maxSessions?: number
}

/** The only policy that a target which could not be isolated from the bastion accepts. */
const RESTRICTED_POLICY = 'investigator'

/** Prints the id alone on standard output, so that a script can keep it. */
export async function createGrant(desk: Desk, options: CreateOptions): Promise<Status> {
  const { screen } = desk
  const created = await writeGrant(desk, options)
  if (!created.ok) return screen.no(created.fault)
  const grant = created.value
  if (options.json) screen.printJson(grantJson(grant, desk.nowMs()))
  else screen.print(grant.id)
  return 0
}

/** Writes a grant that opens something: target, login and policy are looked at first. */
export async function writeGrant(
  desk: Desk,
  options: CreateOptions,
): Promise<Result<GrantStatus, string>> {
  const target = await findTarget(desk, options.target)
  if (!target.ok) return target
  const { logins, restricted } = target.value
  if (!logins.includes(options.login)) {
    return no(
      `${unknownName('login', options.login, logins)} on ${options.target}; it has ${logins.join(', ')}`,
    )
  }
  if (restricted && options.policy !== RESTRICTED_POLICY) {
    return no(
      `${options.target} could not be isolated from the bastion and takes only the policy ${RESTRICTED_POLICY}`,
    )
  }
  const policy = await (await desk.policies()).load(options.policy)
  if (!policy.ok) return no(`policy ${options.policy} cannot be used: ${policy.fault}`)

  const now = desk.nowMs()
  const { grants } = await desk.books()
  const grant = await grants.create(
    {
      agent: options.agent,
      task: options.task,
      target: options.target,
      login: options.login,
      policy: options.policy,
      onBehalfOf: options.onBehalfOf ?? null,
      reason: options.reason,
      approvedBy: null,
      startsAtMs: now,
      expiresAtMs: now + options.for,
      maxSessions: options.maxSessions ?? null,
    },
    desk.by,
  )
  return { ok: true, value: { ...grant, createdAtMs: now, revoked: null, liveSessions: 0 } }
}

function no(fault: string): Result<never, string> {
  return { ok: false, fault }
}
