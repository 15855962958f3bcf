import type { JudgeContext, Judgement } from '../core/policy/judgement.ts'
import type { Policy } from '../core/policy/policy.ts'

/** To the thread: one line. A policy travels once; later lines name it by its key. */
export interface Question {
  readonly line: Uint8Array
  readonly context: Omit<JudgeContext, 'policy'>
  readonly policyKey: number
  readonly policy: Policy | null
  /** Policies of earlier questions may be forgotten before this one is read. */
  readonly forgetPolicies: boolean
}

/** From the thread: the judgement, or what went wrong in our own code. */
export type Answer = { readonly judgement: Judgement } | { readonly fault: string }

/** From the thread, once: its code is loaded. */
export interface Ready {
  readonly ready: true
}
