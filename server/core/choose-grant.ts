import type { Grant, Identity } from './access.ts'
import type { Result } from './result.ts'
import type { Refusal } from './verdict.ts'

/**
 * Which of an agent's good grants for a target a session runs under. The certificate's task and the
 * login named in the SSH user name narrow the choice; what is still ambiguous is a question back to
 * the agent, never a guess.
 */
export function chooseGrant(
  grants: readonly Grant[],
  asked: { identity: Identity; target: string; login: string | null },
): Result<Grant, Refusal> {
  const { identity, target, login } = asked
  const { agent, task } = identity
  const matching = grants.filter(
    grant =>
      grant.agent === agent &&
      grant.target === target &&
      (task === null || grant.task === task) &&
      (login === null || grant.login === login),
  )

  const longest = matching.reduce<Grant | null>(
    (best, grant) => (best === null || grant.expiresAtMs > best.expiresAtMs ? grant : best),
    null,
  )
  if (longest === null) return refuse({ because: 'no-grant', agent, target, login, task })

  const tasks = distinct(matching.map(grant => grant.task))
  if (tasks.length > 1) return refuse({ because: 'several-tasks', tasks })
  const logins = distinct(matching.map(grant => grant.login))
  if (logins.length > 1) return refuse({ because: 'several-logins', logins })
  const policies = distinct(matching.map(grant => grant.policy))
  if (policies.length > 1) return refuse({ because: 'several-policies', policies })

  // What is left differs only in its dates: a renewal beside the grant it renews.
  return { ok: true, value: longest }
}

function distinct(names: readonly string[]): string[] {
  return [...new Set(names)].sort()
}

function refuse(fault: Refusal): Result<never, Refusal> {
  return { ok: false, fault }
}
