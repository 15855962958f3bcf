import type { Exit } from '../../core/audit/events.ts'
import type { Terminal } from '../../core/ports/channels.ts'
import type { Result } from '../../core/result.ts'
import { fullScreenText } from '../../core/shell/driver-protocol/full-screen.ts'
import type { ShellEnvironment } from '../../core/shell/driver-protocol/queries.ts'
import { explainLoss, lossLine } from '../../core/shell/loss.ts'
import type { OutputTaker } from './agent-output.ts'
import type { Setting } from './setting.ts'
import { type FullScreen, openFullScreen } from './full-screen.ts'
import { programEnd } from './program-end.ts'

/** Where the shell stands from which a program is given the screen. */
export interface ScreenPlace {
  readonly terminal: Terminal
  readonly workingDirectory: string | null
  /** Null when it cannot be handed over. */
  readonly environment: ShellEnvironment | null
}

/** A program of a shell's in a terminal of its own; the fault says why there is none. */
export async function openScreenProgram(
  { session, channels, environment: sent }: Setting,
  text: string,
  { terminal, workingDirectory, environment }: ScreenPlace,
  output: OutputTaker,
): Promise<Result<FullScreen, string>> {
  const script =
    environment === null || workingDirectory === null
      ? null
      : fullScreenText(text, session.target.shell, workingDirectory, environment)
  if (script === null) return { ok: false, fault: NOT_HANDED_OVER }
  return openFullScreen(channels, script, terminal, sent, output)
}

/** How it ended: for the record, and, where the shell has not its own last word, the line for the agent. */
export interface ScreenEnd {
  readonly exit: Exit | null
  readonly fault: string | null
  readonly line: string | null
}

export async function screenEnd(screen: FullScreen, setting: Setting): Promise<ScreenEnd> {
  const { exit, loss } = await programEnd(await screen.ended, setting.channels)
  const { name } = setting.session.target
  return {
    exit,
    fault: loss && explainLoss(loss, 'program', name),
    line: loss?.because === 'closed' ? lossLine(loss, 'program', name) : null,
  }
}

const NOT_HANDED_OVER =
  'its directory is not known or the shell has more than 64 KB of environment; change the directory, or unset variables'
