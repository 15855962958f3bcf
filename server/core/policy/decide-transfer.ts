/** Whether one file may be copied: what sftp, scp, rsync and git ask, path by path. */
import { decided, type Decision } from './decision.ts'
import { fitPath, listed, unknownPath } from './fit-word.ts'
import type { Judgement, JudgeContext, Reason } from './judgement.ts'
import { type Path, pathOfText, type Whereabouts } from './paths.ts'
import type { Policy, TransferDirection, TransferProtocol, TransferRule } from './policy.ts'
import { protectedReasons } from './protect.ts'
import { strictest } from './strictness.ts'
import { agreeOnApproval } from './approval.ts'
import { outsideOf } from './when.ts'

/**
 * One file's way over the bastion. Everything that changes the target (write, rename, remove, make a
 * directory) is an upload, everything that tells about it (read, list, stat) a download.
 */
export interface TransferAttempt {
  readonly protocol: TransferProtocol
  readonly direction: TransferDirection
  /** On the target; relative to where the transfer began. */
  readonly path: string
  /** Null while it is not known: to be asked again when it is. */
  readonly bytes: number | null
  /** What lies below goes along: a recursive copy, a directory renamed. */
  readonly isTree: boolean
}

export type TransferJudgement = Pick<Judgement, 'verdict' | 'rule' | 'reasons' | 'approval'>

/** Judges a transfer as `judge` does a line: `protect` first, then the strictest rule, then the default. */
export function decideTransfer(attempt: TransferAttempt, context: JudgeContext): TransferJudgement {
  const { policy } = context
  if (policy.unfiltered && outsideOf(policy.when, context) === null) {
    const reasons = [
      { code: 'unfiltered', text: 'the policy is unfiltered: recorded, not judged', at: '' },
    ]
    return { verdict: 'allow', rule: 'default', reasons, approval: null }
  }
  const { verdict, rule, reasons, approval } = decide(attempt, context)
  return { verdict, rule, reasons, approval }
}

function decide(attempt: TransferAttempt, context: JudgeContext): TransferJudgement {
  const { policy } = context
  const where: Whereabouts = context
  const path = pathOfText(attempt.path, where)
  const outside = outsideOf(policy.when, context)
  if (outside !== null) return final(decided('deny', 'default', [outside]))
  if (path.is === 'unknown') {
    const fit = unknownPath(path, attempt.path)
    const text = fit.is === 'unknown' ? fit.text : ''
    return final(decided('deny', 'dynamic', [{ code: 'dynamic-path', text, at: attempt.path }]))
  }
  const guarded = protectedReasons([touched(attempt, path)], where, policy)
  if (guarded.length > 0) return final(decided('deny', 'protect', guarded))

  const about = policy.transfers.filter(rule => isAbout(rule, attempt))
  const speaking = about.filter(rule => faultOf(rule, attempt, path, where) === null)
  if (speaking.length === 0) return final(byDefault(attempt, about, path, where, policy))
  const verdict = strictest(speaking.map(rule => rule.verdict))
  const deciding = speaking
    .filter(rule => rule.verdict === verdict)
    .sort((a, b) => (a.id < b.id ? -1 : 1))
  const reasons = deciding.map(
    (rule): Reason => ({
      code: `rule-${verdict}`,
      text: `rule ${rule.id}: ${verdict} ${attempt.direction} of ${attempt.path}${rule.reason === null ? '' : `: ${rule.reason}`}`,
      at: attempt.path,
    }),
  )
  if (verdict !== 'ask')
    return { verdict, rule: deciding[0]?.id ?? 'default', reasons, approval: null }
  const agreed = agreeOnApproval(deciding)
  if (!agreed.ok) return final(agreed.fault)
  return { verdict, rule: deciding[0]?.id ?? 'default', reasons, approval: agreed.value }
}

function isAbout(rule: TransferRule, { protocol, direction }: TransferAttempt): boolean {
  return rule.protocols.includes(protocol) && rule.directions.includes(direction)
}

/** Why a rule does not speak about the transfer; null when it does. */
function faultOf(
  { paths, maxBytes, verdict }: TransferRule,
  { bytes, path: word }: TransferAttempt,
  path: Path,
  where: Whereabouts,
): string | null {
  if (paths !== null) {
    const fit = fitPath(path, word, paths, where)
    if (fit.is !== 'kept') return fit.text
  }
  // A denial with a limit is about what exceeds it; until the size is known nothing exceeds it.
  const exceeds = maxBytes !== null && bytes !== null && bytes > maxBytes
  if (verdict === 'deny') return maxBytes === null || exceeds ? null : 'it is within the size'
  return exceeds ? `${bytes} bytes are more than ${maxBytes}` : null
}

function byDefault(
  attempt: TransferAttempt,
  about: readonly TransferRule[],
  path: Path,
  where: Whereabouts,
  policy: Policy,
): Decision {
  const what = `${attempt.direction} by ${attempt.protocol}`
  if (policy.default === 'allow') {
    const text = `no rule is about ${what} of ${attempt.path}, and the default allows it`
    return decided('allow', 'default', [{ code: 'default-allowed', text, at: attempt.path }])
  }
  const permitting = about.filter(rule => rule.verdict !== 'deny')
  if (permitting.length === 0) {
    const known = policy.transfers
      .filter(rule => rule.verdict !== 'deny')
      .flatMap(rule =>
        rule.directions.map(direction => `${direction} by ${rule.protocols.join(' or ')}`),
      )
    const instead = known.length === 0 ? 'it allows no transfers' : `it knows ${listed(known)}`
    const text = `no rule of policy ${policy.name} is about ${what}; ${instead}`
    return decided(policy.default, 'default', [{ code: 'no-rule', text, at: attempt.path }])
  }
  const reasons = permitting.map(rule => ({
    code: 'outside-limits',
    text: `rule ${rule.id} does not take it: ${faultOf(rule, attempt, path, where) ?? ''}`,
    at: attempt.path,
  }))
  return decided(policy.default, 'default', reasons)
}

function touched(
  attempt: TransferAttempt,
  path: Path,
): Parameters<typeof protectedReasons>[0][number] {
  const direction = attempt.direction === 'upload' ? 'write' : 'read'
  const reach = attempt.isTree ? 'contents' : 'itself'
  return { path, direction, reach, word: attempt.path, by: 'operand' }
}

function final({ verdict, rule, reasons }: Decision): TransferJudgement {
  return { verdict, rule, reasons, approval: null }
}
