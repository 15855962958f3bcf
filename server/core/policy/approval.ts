import type { Result } from '../result.ts'
import { decided, type Decision } from './decision.ts'
import type { Ruling } from './policy.ts'

/** Who may approve (nobody named: any approver), and how long the question stands. */
export interface Approval {
  readonly approvers: readonly string[]
  readonly expiresMs: number
}

/** How long a question stands when no rule says so: long enough to be seen, short enough to be meant. */
export const DEFAULT_EXPIRES_MS = 300_000

/** One approval for all the rules that ask: somebody every one of them accepts, in the shortest time. */
export function agreeOnApproval(rules: readonly Ruling[]): Result<Approval, Decision> {
  const lists = rules.map(rule => rule.approvers).filter(approvers => approvers.length > 0)
  const [first = [], ...others] = lists
  const approvers = first.filter(name => others.every(list => list.includes(name)))
  if (lists.length > 0 && approvers.length === 0) {
    const ids = rules.map(({ id }) => id).join(', ')
    const text = `nobody may approve all of it at once (${ids}); send the commands one by one`
    const reasons = [{ code: 'no-common-approver', text, at: '' }]
    return { ok: false, fault: decided('deny', rules[0]?.id ?? 'default', reasons) }
  }
  const times = rules.map(rule => rule.expiresMs)
  const expiresMs = times.length === 0 ? DEFAULT_EXPIRES_MS : Math.min(...times)
  return { ok: true, value: { approvers, expiresMs } }
}
