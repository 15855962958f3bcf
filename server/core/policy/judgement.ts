/**
 * What the judge is asked and what it answers. This is the whole interface between the engine and
 * everything that uses it: exec, the interactive shell, `policy explain`, the library.
 */
import type { TargetShell } from '../access.ts'
import type { LineFunctions, SessionFunctions } from '../command/session-functions.ts'
import type { InputClass, Policy, VerdictWord } from './policy.ts'

/** Everything a verdict may depend on besides the line. The judge reads no clock, disk or network. */
export interface JudgeContext {
  readonly policy: Policy
  /** The shell that will read the line on the target. */
  readonly shell: TargetShell
  /** The login the line runs as, and the target's name and tags. */
  readonly login: string
  readonly target: { readonly name: string; readonly tags: readonly string[] }
  /** Absolute path a relative one is resolved against, or `~` for the login's home; null when it is not known. */
  readonly workingDirectory: string | null
  /** Absolute path `~` stands for; null when it is not known. */
  readonly homeDirectory: string | null
  /** Milliseconds since 1970 UTC, for the policy's hours. */
  readonly nowMs: number
  /** What earlier lines of an interactive session have defined (core/command/session-functions.ts). */
  readonly functions?: SessionFunctions
  /** True when the driver shell of an interactive session reads the line, which cannot bear everything (core/shell/denials.ts). */
  readonly forDriver?: boolean
}

/** One command the line would run, wrapper layers included; a null argument is not known before it runs. */
export interface SeenCommand {
  readonly argv: readonly (string | null)[]
  /** The user it runs as after sudo or doas; null for the login. */
  readonly as: string | null
  /** What leads to it, outermost first: `sudo`, `env`, `bash -c`, `$(…)`. */
  readonly via: readonly string[]
  readonly verdict: VerdictWord
  /** The rule's id, or one of `default`, `unreadable`, `opaque`, `dynamic`, `protect`. */
  readonly rule: string
}

/** Why: a code for machines, a sentence for the agent, and the words of its line that are the reason. */
export interface Reason {
  readonly code: string
  readonly text: string
  /** The part of the line that is meant; empty when it is the whole line. */
  readonly at: string
}

export interface Judgement {
  readonly verdict: VerdictWord
  /** What decided: the strictest command's rule id, or the reserved word. */
  readonly rule: string
  readonly reasons: readonly Reason[]
  readonly commands: readonly SeenCommand[]
  /** The line written out again from what was understood; null when it cannot be. */
  readonly canonical: string | null
  /**
   * The exact text to forward when the verdict lets it run: canonical, or verbatim where the policy says
   * so; with settings in front where a rule disables a pager's escapes. Null, too, for an unfiltered or
   * observed line that is no text.
   */
  readonly forward: string | null
  readonly input: InputClass
  /** With `input: line` and `lines:`, the patterns (RE2 syntax) of which a line must match one. */
  readonly inputLines: readonly string[] | null
  /** For `ask`: who may approve, and how long the question stands. */
  readonly approval: { readonly approvers: readonly string[]; readonly expiresMs: number } | null
  /** What the line does to functions, for the judgement of later lines of an interactive session. */
  readonly functions?: LineFunctions
  /** True when the policy is in observe mode and the line runs although the verdict says otherwise. */
  readonly observed: boolean
  /** True when the policy is `unfiltered`: recorded, not judged. */
  readonly unfiltered: boolean
}
