import { type RequestStatus, stateOfRequest } from '../core/access-request.ts'
import { formatDuration } from '../core/duration.ts'
import type { Result } from '../core/result.ts'
import type { CreateOptions, GrantWords } from './grant-words.ts'
import { answeredAlready } from './request-words.ts'

/**
 * What a grant says that answers a request. The request says what the agent asked for; options narrow
 * it or fill in what it left open. Whoever wants something else makes a grant of their own.
 *
 * @param logins of the target, for a request that names none.
 */
export function wordsOfRequest(
  request: RequestStatus,
  options: CreateOptions,
  logins: readonly string[],
  nowMs: number,
): Result<GrantWords, string> {
  const state = stateOfRequest(request, nowMs)
  if (state === 'lapsed') return no(`request ${request.id} has lapsed; the agent has to ask again`)
  if (state !== 'waiting') return no(answeredAlready(request.id))

  for (const [option, asked, given] of [
    ['--agent', request.agent, options.agent],
    ['--task', request.task, options.task],
    ['--target', request.target, options.target],
    ['--login', request.login, options.login],
    ['--on-behalf-of', request.onBehalfOf, options.onBehalfOf],
  ] as const) {
    if (given !== undefined && asked !== null && given !== asked) {
      return no(
        `${option}: the request says ${JSON.stringify(asked)}; leave ${option} out, or make a grant without --request`,
      )
    }
  }
  if (options.for !== undefined && options.for > request.forMs) {
    return no(`--for: the request asks for ${formatDuration(request.forMs)}, and no more is given`)
  }
  const login = request.login ?? options.login ?? (logins.length === 1 ? logins[0] : undefined)
  if (login === undefined) {
    return no(`--login: the request names none; ${request.target} has ${logins.join(', ')}`)
  }
  const policy = options.policy ?? request.policy
  if (policy === null) return no('--policy: the request names none; say which one')
  const onBehalfOf = request.onBehalfOf ?? options.onBehalfOf
  return {
    ok: true,
    value: {
      agent: request.agent,
      task: request.task,
      target: request.target,
      login,
      policy,
      for: options.for ?? request.forMs,
      reason: options.reason ?? request.reason,
      ...(onBehalfOf === undefined ? {} : { onBehalfOf }),
      ...(options.maxSessions === undefined ? {} : { maxSessions: options.maxSessions }),
    },
  }
}

function no(fault: string): Result<never, string> {
  return { ok: false, fault }
}
