import type { GrantStatus } from '../core/access.ts'
import type { NewGrant } from '../core/ports/administration.ts'
import type { Result } from '../core/result.ts'
import type { Desk } from './desk.ts'
import { findRequest, findTarget } from './find.ts'
import { wordsOfRequest } from './grant-request.ts'
import { type CreateOptions, grantJson, type GrantWords } from './grant-words.ts'
import { unknownName } from './options.ts'
import { answeredAlready } from './request-words.ts'
import type { Status } from './screen.ts'

/** The only policy that a target which could not be isolated from the bastion accepts. */
const RESTRICTED_POLICY = 'investigator'

/** Prints the id alone on standard output, so that a script can keep it. */
export async function createGrant(desk: Desk, options: CreateOptions): Promise<Status> {
  const { screen } = desk
  let created: Result<GrantStatus, string>
  if (options.request === undefined) {
    const words = allWords(options)
    if (!words.ok) return screen.misuse(words.fault)
    created = await writeGrant(desk, words.value)
  } else {
    created = await grantRequest(desk, options.request, options)
  }
  if (!created.ok) return screen.no(created.fault)
  const grant = created.value
  if (options.json) screen.printJson(grantJson(grant, desk.nowMs()))
  else screen.print(grant.id)
  return 0
}

/** The fault is a misuse of the options. */
function allWords(options: CreateOptions): Result<GrantWords, string> {
  const { agent, login, policy, reason, target, task, for: forMs } = options
  if (agent === undefined) return missing('--agent <name>')
  if (task === undefined) return missing('--task <task>')
  if (target === undefined) return missing('--target <name>')
  if (login === undefined) return missing('--login <user>')
  if (policy === undefined) return missing('--policy <name>')
  if (forMs === undefined) return missing('--for <duration>')
  if (reason === undefined) return missing('--reason <text>')
  const words = { agent, task, target, login, policy, for: forMs, reason }
  return { ok: true, value: { ...options, ...words } }
}

function missing(option: string): Result<never, string> {
  return no(`${option} is missing; or answer an agent with --request ID`)
}

/** Writes a grant that opens something: target, login and policy are looked at first. */
export async function writeGrant(
  desk: Desk,
  words: GrantWords,
): Promise<Result<GrantStatus, string>> {
  const wanted = await checkGrant(desk, words, null)
  if (!wanted.ok) return wanted
  const { grants } = await desk.books()
  const grant = await grants.create(wanted.value, desk.by)
  return { ok: true, value: { ...grant, ...UNUSED, createdAtMs: grant.startsAtMs } }
}

/** Answers a request with a grant. */
async function grantRequest(
  desk: Desk,
  id: string,
  options: CreateOptions,
): Promise<Result<GrantStatus, string>> {
  const request = await findRequest(desk, id)
  if (!request.ok) return request
  const target = await findTarget(desk, request.value.target)
  if (!target.ok) return target
  const words = wordsOfRequest(request.value, options, target.value.logins, desk.nowMs())
  if (!words.ok) return words
  const wanted = await checkGrant(desk, words.value, desk.by)
  if (!wanted.ok) return wanted

  const { requests } = await desk.books()
  const granted = await requests.grant(id, wanted.value, desk.by)
  if (!granted.ok) {
    return no(granted.fault === 'not-found' ? `there is no request ${id}` : answeredAlready(id))
  }
  const grant = granted.value
  return { ok: true, value: { ...grant, ...UNUSED, createdAtMs: grant.startsAtMs } }
}

const UNUSED = { revoked: null, liveSessions: 0 } as const

async function checkGrant(
  desk: Desk,
  words: GrantWords,
  approvedBy: string | null,
): Promise<Result<NewGrant, string>> {
  const target = await findTarget(desk, words.target)
  if (!target.ok) return target
  const { logins, restricted } = target.value
  if (!logins.includes(words.login)) {
    return no(
      unknownName('login', words.login, logins, `; ${words.target} has ${logins.join(', ')}`),
    )
  }
  if (restricted && words.policy !== RESTRICTED_POLICY) {
    return no(
      `${words.target} could not be isolated from the bastion and takes only the policy ${RESTRICTED_POLICY}`,
    )
  }
  const policy = await (await desk.policies()).load(words.policy)
  if (!policy.ok) return no(`policy ${words.policy} cannot be used: ${policy.fault}`)

  const now = desk.nowMs()
  return {
    ok: true,
    value: {
      agent: words.agent,
      task: words.task,
      target: words.target,
      login: words.login,
      policy: words.policy,
      onBehalfOf: words.onBehalfOf ?? null,
      reason: words.reason,
      approvedBy,
      startsAtMs: now,
      expiresAtMs: now + words.for,
      maxSessions: words.maxSessions ?? null,
    },
  }
}

function no(fault: string): Result<never, string> {
  return { ok: false, fault }
}
