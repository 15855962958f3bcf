/** Commands of the past, for `policy replay`. `store` keeps the promise. */
import type { TargetShell } from '../access.ts'
import type { SentText } from '../audit/events.ts'
import type { SessionFunctions } from '../command/session-functions.ts'
import type { VerdictWord } from '../policy/policy.ts'

export interface RecordedCommand {
  readonly session: string
  readonly seq: number
  readonly atMs: number
  readonly line: SentText
  /** The shell the line was judged for. */
  readonly shell: TargetShell
  readonly login: string
  readonly target: { readonly name: string; readonly tags: readonly string[] }
  readonly workingDirectory: string | null
  readonly verdict: VerdictWord
  readonly rule: string
  /** A line of an interactive shell, and the functions it could call; null for a command that was sent by itself. */
  readonly inShell: { readonly functions: SessionFunctions } | null
}

export interface RecordedCommands {
  /** Oldest first, a page in memory at a time. `policy` narrows to sessions under a policy of that name. */
  between(span: {
    readonly fromMs: number
    readonly toMs: number
    readonly policy: string | null
  }): AsyncIterable<RecordedCommand>
}
