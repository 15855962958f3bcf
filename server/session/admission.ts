import { type Grant, type Identity, parseDestination, type Target } from '../core/access.ts'
import { chooseGrant } from '../core/choose-grant.ts'
import type { SessionRecord } from '../core/ports/evidence.ts'
import type { Policy } from '../core/policy/policy.ts'
import type { Result } from '../core/result.ts'
import type { Refusal } from '../core/verdict.ts'
import type { Surroundings } from './surroundings.ts'

/** What a session runs under, from its first event to its last. */
export interface Admission {
  readonly identity: Identity
  readonly grant: Grant
  readonly target: Target
  readonly policy: Policy
  readonly record: SessionRecord
}

/** From a proven identity and the SSH user name to an opened session, or to the reason there is none. */
export async function admit(
  identity: Identity,
  userName: string,
  client: { readonly address: string; readonly version: string },
  around: Surroundings,
): Promise<Result<Admission, Refusal>> {
  const destination = parseDestination(userName)
  if (destination === null) return refuse({ because: 'unreadable-destination', userName })

  const { login } = destination
  const target = await around.targets.find(destination.target)
  if (target === null) return refuse({ because: 'unknown-target', target: destination.target })

  const good = await around.grants.goodFor(identity.agent, target.name, around.clock.nowMs())
  const chosen = chooseGrant(good, { identity, target: target.name, login })
  if (!chosen.ok) return chosen
  const grant = chosen.value

  // A grant may outlive a change of its target: the target's own list of logins decides.
  if (!target.logins.includes(grant.login)) {
    return refuse({
      because: 'no-grant',
      agent: identity.agent,
      target: target.name,
      login: grant.login,
      task: grant.task,
    })
  }
  const policy = await around.policies.load(grant.policy)
  if (!policy.ok) {
    return refuse({ because: 'policy-unavailable', policy: grant.policy, fault: policy.fault })
  }
  // The name alone is not enough: a file of that name takes the starter's place.
  const { unfiltered, mode } = policy.value
  if (target.restricted && (grant.policy !== 'investigator' || unfiltered || mode !== 'enforce')) {
    const fault = `target ${target.name} is not isolated from the bastion and accepts only the policy investigator, enforced`
    return refuse({ because: 'policy-unavailable', policy: grant.policy, fault })
  }

  const opened = await around.evidence.open({
    identity,
    grant,
    target,
    policy: policy.value,
    unfiltered: policy.value.unfiltered,
    observed: policy.value.mode === 'observe',
    client,
  })
  if (!opened.ok) return opened
  return {
    ok: true,
    value: { identity, grant, target, policy: policy.value, record: opened.value },
  }
}

function refuse(fault: Refusal): Result<never, Refusal> {
  return { ok: false, fault }
}
