import type { Reason } from './judgement.ts'
import type { CommandRule, VerdictWord } from './policy.ts'

/** What was decided about one command, or about one thing that belongs to no command. */
export interface Decision {
  readonly verdict: VerdictWord
  /** A rule's id, or the reserved word for what decided. */
  readonly rule: string
  readonly reasons: readonly Reason[]
  /** The rules that allowed or asked; empty when the default or a reserved word decided. */
  readonly rules: readonly CommandRule[]
}

export function decided(
  verdict: VerdictWord,
  rule: string,
  reasons: readonly Reason[],
  rules: readonly CommandRule[] = [],
): Decision {
  return { verdict, rule, reasons, rules }
}
