import { randomBytes } from 'node:crypto'
import type { TargetShell } from '../../core/access.ts'
import type { TargetChannel, Terminal } from '../../core/ports/channels.ts'
import type { Result } from '../../core/result.ts'
import { controlTerminalModes } from '../../core/shell/driver-protocol/control-terminal.ts'
import {
  type Driver,
  type DriverText,
  prefixOf,
} from '../../core/shell/driver-protocol/driver-text.ts'
import { type CommandEnd, readCommandEnd } from '../../core/shell/driver-protocol/run-command.ts'
import {
  agentTerminal,
  chooseShell,
  CONTROL_TERMINAL,
  firstLines,
  isStartedShell,
  nonceLine,
  type Place,
  readAgentTerminal,
  readPlace,
} from '../../core/shell/driver-protocol/startup.ts'
import { delay } from '../say.ts'
import { AgentOutput, type OutputTaker } from './agent-output.ts'
import { untilClosed } from '../relay.ts'
import type { Channels } from './channels.ts'
import { freshNonce, Questions } from './questions.ts'

/** Start-up files may take their time; a driver that says nothing for so long does not come any more. */
const START_MS = 20_000
/** The report of an end may overtake the last output; more than this is not waited for it. */
export const MARK_MS = 1000

export interface DriverStart extends OutputTaker {
  readonly shell: TargetShell
  readonly terminal: Terminal
  readonly environment: Readonly<Record<string, string>>
}

/** What a driver shell is made of. */
export interface Parts {
  readonly place: Place
  readonly driver: Driver
  readonly pid: number
  readonly control: TargetChannel
  readonly agent: TargetChannel
  readonly reports: Questions
  readonly output: AgentOutput
  /** Resolves when all output of the agent's terminal has been shown. */
  readonly outputDone: Promise<void>
}

/** M, then P. */
export async function startParts(
  channels: Channels,
  { shell, terminal, environment, relay, fail }: DriverStart,
): Promise<Result<Parts, string>> {
  const controlling = await channels.open(CONTROL_TERMINAL, CONTROL_SIZE, environment)
  if (!controlling.ok) return controlling
  const control = controlling.value
  const reports = new Questions()
  control.stdout.on('data', (bytes: Buffer) => reports.hear(bytes))
  control.stderr.resume()
  void control.ended.then(() => reports.abandon())

  const placeNonce = freshNonce()
  const placed = reports.askWithin(START_MS, 'H', placeNonce)
  tell(control, nonceLine(placeNonce))
  const placeReport = await placed
  const place = placeReport === null ? null : readPlace(placeReport)
  if (place === null) return { ok: false, fault: 'it started no control terminal' }
  const chosen = chooseShell(shell, place)
  if (chosen === null)
    return { ok: false, fault: `it has no ${shell === 'bash' ? 'bash' : 'dash, ash or bash'}` }

  const opening = await channels.open(agentTerminal(chosen, place.control), terminal, environment)
  if (!opening.ok) return opening
  const agent = opening.value
  const output = new AgentOutput(relay)
  const outputDone = follow(agent, output).catch(fail)
  const agentNonce = freshNonce()
  const opened = reports.askWithin(START_MS, 'P', agentNonce)
  tell(control, nonceLine(agentNonce))
  const agentReport = await opened
  const named = agentReport === null ? null : readAgentTerminal(agentReport)
  if (named === null) return { ok: false, fault: 'it started no shell in a terminal' }
  const driver: Driver = {
    dialect: chosen.dialect,
    control: place.control,
    terminal: named.terminal,
    prefix: prefixOf(randomBytes(6)),
  }
  return {
    ok: true,
    value: { place, driver, pid: named.pid, control, agent, reports, output, outputDone },
  }
}

/** The first lines, and the shell's first report. */
export async function begin({
  driver,
  control,
  reports,
  output,
}: Parts): Promise<Result<CommandEnd, string>> {
  const nonces = { shell: freshNonce(), place: freshNonce() }
  output.beginStart(nonces.shell)
  const seen = output.marked(nonces.place)
  const shellAnswer = reports.askWithin(START_MS, 'B', nonces.shell)
  const placeAnswer = reports.askWithin(START_MS, 'E', nonces.place)
  tell(control, firstLines(driver, nonces))
  const [shell, place] = await Promise.all([shellAnswer, placeAnswer])
  if (shell === null || place === null) {
    return {
      ok: false,
      fault:
        'its shell did not answer; a start-up file may wait for input or start another program',
    }
  }
  if (!isStartedShell(shell, driver.dialect)) {
    return { ok: false, fault: 'a start-up file has put another shell in its place' }
  }
  await Promise.race([seen, delay(MARK_MS)])
  output.endStart()
  return { ok: true, value: readCommandEnd(place) }
}

async function follow(agent: TargetChannel, output: AgentOutput): Promise<void> {
  agent.stderr.resume()
  for await (const chunk of untilClosed(agent.stdout)) await output.take(chunk)
}

const CONTROL_SIZE: Terminal = {
  term: 'dumb',
  columns: 80,
  rows: 24,
  widthPixels: 0,
  heightPixels: 0,
  modes: controlTerminalModes(),
}

export function tell(channel: TargetChannel, text: DriverText): void {
  if (channel.stdin.writable) channel.stdin.write(text)
}
