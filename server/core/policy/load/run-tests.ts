import { decideTransfer } from '../decide-transfer.ts'
import { judge } from '../judge.ts'
import type { JudgeContext, Reason } from '../judgement.ts'
import type { Policy, VerdictWord } from '../policy.ts'
import type { PolicyTest } from './read-tests.ts'
import type { Source } from './source.ts'

export interface TestOutcome {
  readonly what: string
  /** Null when it came out as expected. */
  readonly fault: string | null
}

/** Runs one of a policy's own tests; what came out otherwise is an error of the policy. */
export function runTest(source: Source, test: PolicyTest, policy: Policy): TestOutcome {
  const what =
    test.run ?? `${test.transfer?.direction} by ${test.transfer?.protocol}: ${test.transfer?.path}`
  const fault = faultOf(test, outcomeOf(test, policy))
  if (fault !== null) source.error(test.node, `test of ${what}: ${fault}`)
  return { what, fault }
}

interface Outcome {
  readonly verdict: VerdictWord
  readonly rule: string
  readonly reasons: readonly Reason[]
}

function outcomeOf(test: PolicyTest, policy: Policy): Outcome {
  const { shell, login, workingDirectory, homeDirectory, target, atMs } = test
  // A test that names no place or time is about the rules, and must not fail at night.
  const when =
    policy.when === null
      ? null
      : {
          targets: target === null ? null : policy.when.targets,
          hours: atMs === null ? null : policy.when.hours,
        }
  const context: JudgeContext = {
    policy: { ...policy, when },
    shell,
    login,
    target: target ?? { name: 'target', tags: [] },
    workingDirectory,
    homeDirectory,
    nowMs: atMs ?? 0,
  }
  return test.transfer === null
    ? judge(test.run ?? '', context)
    : decideTransfer(test.transfer, context)
}

function faultOf(test: PolicyTest, outcome: Outcome): string | null {
  const { verdict, rule, reasons } = outcome
  const because = `rule ${rule}: ${reasons.map(reason => reason.text).join('; ')}`
  if (verdict !== test.expect) return `expected ${test.expect}, got ${verdict} (${because})`
  if (test.rule !== null && test.rule !== rule) return `expected rule ${test.rule}, got ${because}`
  const causes = [rule, ...reasons.map(reason => reason.code)]
  if (test.because !== null && !causes.includes(test.because)) {
    return `expected it because of ${test.because}, got ${because} (${causes.join(', ')})`
  }
  return null
}
