import type { Writable } from 'node:stream'
import type { Exit } from '../../core/audit/events.ts'
import type { Terminal } from '../../core/ports/channels.ts'
import type { TerminalModes } from '../../core/shell/driver-protocol/attendant.ts'
import type { ShellEnvironment } from '../../core/shell/driver-protocol/queries.ts'
import type { CommandEnd } from '../../core/shell/driver-protocol/run-command.ts'
import type { Gate } from '../../core/shell/gate-types.ts'
import type { CompletionQuery } from '../../core/shell/line-editor/completion.ts'
import type { ProgramEnd } from './program-end.ts'

/** What stands in the agent's terminal: a runner of commands, or one program. */
export interface Foreground {
  /** Where `type` writes: how much of it is still on its way. */
  readonly input: Writable
  /** Writes to the terminal: what the line gate lets through. */
  type(bytes: Uint8Array): void
  modes(): Promise<TerminalModes | null>
  hangUp(): void
  resize(terminal: Terminal): void
  close(): void
}

/** How one command ended. */
export interface Ran {
  /** What it left behind, and its status as `$?` has it. */
  readonly end: CommandEnd
  /** What the target said of its end; null when it said nothing, for the reason in `fault`. */
  readonly exit: Exit | null
  readonly fault: string | null
  /** What came of it, where that is not all that its terminal showed. */
  readonly output: { readonly stdoutBytes: number; readonly stderrBytes: number } | null
}

/** What runs the commands that are let through, one after the other. */
export interface Runner extends Foreground {
  /** True where one shell runs them all, so that one finds what the other left; false where each is on its own. */
  readonly isShell: boolean
  readonly place: Gate['host']
  /** Where the first command begins. */
  readonly started: CommandEnd
  readonly ended: Promise<ProgramEnd>
  /**
   * Runs one judged command to its end.
   *
   * @param begun is called once what is typed is for the command.
   * @returns how it ended; null when the runner is gone, or never took the command.
   */
  run(command: string, previousStatus: number, begun: () => void): Promise<Ran | null>
  /** What the last program left unread on the agent's terminal. */
  drain(): Promise<Uint8Array>
  names(query: CompletionQuery): Promise<readonly string[]>
  /** For a program in a terminal of its own; null where there is none to hand over. */
  environment(): Promise<ShellEnvironment | null>
  leave(status: number): Promise<void>
}
