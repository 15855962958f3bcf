import { randomBytes } from 'node:crypto'
import type { TargetShell } from '../../core/access.ts'
import type { Exit } from '../../core/audit/events.ts'
import type { TargetChannel, Terminal } from '../../core/ports/channels.ts'
import type { Result } from '../../core/result.ts'
import {
  attendant,
  hangUpText,
  modesQuestion,
  readModes,
  type TerminalModes,
} from '../../core/shell/driver-protocol/attendant.ts'
import { controlTerminalModes } from '../../core/shell/driver-protocol/control-terminal.ts'
import {
  type Driver,
  type DriverText,
  prefixOf,
} from '../../core/shell/driver-protocol/driver-text.ts'
import {
  completionText,
  drainText,
  environmentText,
  readAnswer,
  readEnvironment,
  readNames,
  type ShellEnvironment,
} from '../../core/shell/driver-protocol/queries.ts'
import {
  type CommandEnd,
  readCommandEnd,
  reportLine,
  runText,
} from '../../core/shell/driver-protocol/run-command.ts'
import {
  agentTerminal,
  chooseShell,
  CONTROL_TERMINAL,
  exitLines,
  firstLines,
  isStartedShell,
  nonceLine,
  type Place,
  readAgentTerminal,
  readPlace,
} from '../../core/shell/driver-protocol/startup.ts'
import type { CompletionQuery } from '../../core/shell/line-editor/completion.ts'
import { delay } from '../say.ts'
import { AgentOutput } from './agent-output.ts'
import type { Channels } from './channels.ts'
import { freshNonce, Questions } from './questions.ts'

/** Start-up files may take their time; a driver that says nothing for so long does not come any more. */
const START_MS = 20_000
/** When a run line has had no answer for so long it is written again: a late ^C may have made the shell drop it. */
const AGAIN_MS = 1000
const AGAIN_MOST = 8
/** The report of an end may overtake the last output; more than this is not waited for it. */
const MARK_MS = 1000
const QUESTION_MS = 5000
/** After a ^C the report is asked for again at these times: each may be lost to a ^C that arrives later. */
const NUDGES_MS = [0, 150, 1000, 4000]
/** How long the shell has to leave when it is told to. */
const LEAVE_MS = 2000

export interface DriverStart {
  readonly shell: TargetShell
  readonly terminal: Terminal
  readonly environment: Readonly<Record<string, string>>
  /** Takes output of the agent's terminal; resolves when it has been recorded and shown. */
  readonly show: (bytes: Uint8Array) => Promise<void>
  /** Resolves when the agent's terminal takes more output. */
  readonly clear: () => Promise<void>
  readonly fail: (error: unknown) => void
}

/**
 * The driver shell of one session and the channels around it: M, whose other end the shell reads its lines from; P, the
 * agent's terminal; H, which says how P stands. What is written to M is DriverText, and what is
 * written to P comes through `type` alone.
 */
export class DriverShell {
  readonly place: Place
  /** Where the shell stood when it had started. */
  readonly started: CommandEnd
  /** Resolves when the shell is gone, with what the target said of its end. */
  readonly ended: Promise<Exit | null>
  readonly #driver: Driver
  readonly #control: TargetChannel
  readonly #agent: TargetChannel
  readonly #attendant: TargetChannel
  readonly #reports: Questions
  readonly #attendantReports: Questions
  readonly #output: AgentOutput
  #running: string | null = null
  #nudges: NodeJS.Timeout[] = []

  private constructor(parts: Parts, attendantChannel: TargetChannel, started: CommandEnd) {
    this.place = parts.place
    this.started = started
    this.#driver = parts.driver
    this.#control = parts.control
    this.#agent = parts.agent
    this.#attendant = attendantChannel
    this.#reports = parts.reports
    this.#output = parts.output
    this.#attendantReports = new Questions()
    this.ended = parts.outputDone.then(() => parts.agent.ended)
    attendantChannel.stdout.on('data', (bytes: Buffer) => this.#attendantReports.hear(bytes))
    attendantChannel.stderr.resume()
    void attendantChannel.ended.then(() => this.#attendantReports.abandon())
    void this.ended.then(() => this.#reports.abandon())
  }

  /** Starts the driver; the fault says what the target lacks. */
  static async start(channels: Channels, start: DriverStart): Promise<Result<DriverShell, string>> {
    const parts = await startParts(channels, start)
    if (!parts.ok) return parts
    const { agent, driver, pid } = parts.value
    const attending = await channels.open(
      attendant({ terminal: driver.terminal, pid }),
      null,
      start.environment,
    )
    if (!attending.ok) return attending
    const begun = await begin(parts.value)
    if (!begun.ok) return begun
    void agent.ended
    return { ok: true, value: new DriverShell(parts.value, attending.value, begun.value) }
  }

  /**
   * Runs one judged command to its end.
   *
   * @param begun is called once the shell has read the command: what is typed from then on is for it.
   * @returns how it ended; null when the shell is gone, or never took the command.
   */
  async run(
    command: string,
    previousStatus: number,
    begun: () => void,
  ): Promise<CommandEnd | null> {
    const nonce = freshNonce()
    const text = (): DriverText =>
      runText(this.#driver, command, { nonce, transmission: freshNonce(), previousStatus })
    const seen = this.#output.marked(nonce)
    const starting = this.#reports.ask('S', nonce)
    const ending = this.#reports.ask('E', nonce)
    this.#running = nonce
    this.#tell(text())
    let tries = 0
    const again = setInterval(() => {
      tries += 1
      if (tries < AGAIN_MOST) this.#tell(text())
      else this.close()
    }, AGAIN_MS)
    await Promise.race([starting, ending])
    clearInterval(again)
    begun()
    const report = await ending
    this.#running = null
    for (const nudge of this.#nudges.splice(0)) clearTimeout(nudge)
    if (report === null) return null
    await Promise.race([seen, delay(MARK_MS)])
    return readCommandEnd(report)
  }

  /** Writes to the agent's terminal: what the line gate lets through. */
  type(bytes: Uint8Array): void {
    if (this.#agent.stdin.writable) this.#agent.stdin.write(bytes)
    if (bytes.some(byte => INTERRUPTING.has(byte))) this.#nudge()
  }

  /** What the last program left unread on the agent's terminal. */
  async drain(): Promise<Uint8Array> {
    const report = await this.#question((driver, nonce) => drainText(driver, nonce))
    return (report === null ? null : readAnswer(report)) ?? new Uint8Array()
  }

  async names(query: CompletionQuery): Promise<readonly string[]> {
    const report = await this.#question((driver, nonce) => completionText(driver, nonce, query))
    return report === null ? [] : readNames(report)
  }

  async environment(): Promise<ShellEnvironment | null> {
    const report = await this.#question((driver, nonce) => environmentText(driver, nonce))
    return report === null ? null : readEnvironment(report)
  }

  async modes(): Promise<TerminalModes | null> {
    const nonce = freshNonce()
    const answer = this.#attendantReports.askWithin(QUESTION_MS, 'M', nonce)
    tell(this.#attendant, modesQuestion(nonce))
    const report = await answer
    return report === null ? null : readModes(report)
  }

  hangUp(): void {
    tell(this.#attendant, hangUpText())
  }

  resize({ columns, rows, widthPixels, heightPixels }: Terminal): void {
    this.#agent.resize(columns, rows, widthPixels, heightPixels)
  }

  /** Lets the shell leave by itself, so that it does what shells do then, and sees that nothing stays behind. */
  async leave(status: number): Promise<void> {
    this.#tell(exitLines(this.#driver, status))
    await Promise.race([this.#agent.ended, delay(LEAVE_MS)])
    this.close()
  }

  /** Ends everything in the agent's terminal: the attendant hangs it up when its input ends. */
  close(): void {
    for (const nudge of this.#nudges.splice(0)) clearTimeout(nudge)
    this.#attendant.endInput()
    void Promise.race([this.#agent.ended, delay(LEAVE_MS)]).then(() => {
      for (const channel of [this.#agent, this.#control, this.#attendant]) channel.close()
    })
  }

  async #question(
    text: (driver: Driver, nonce: string) => DriverText,
  ): ReturnType<Questions['ask']> {
    const nonce = freshNonce()
    const answer = this.#reports.askWithin(QUESTION_MS, 'X', nonce)
    this.#tell(text(this.#driver, nonce))
    return answer
  }

  #nudge(): void {
    const nonce = this.#running
    if (nonce === null || this.#nudges.length > 0) return
    this.#nudges = NUDGES_MS.map((ms, at) =>
      setTimeout(() => {
        if (at === NUDGES_MS.length - 1) this.#nudges = []
        if (this.#running === nonce) this.#tell(reportLine(this.#driver))
      }, ms),
    )
  }

  #tell(text: DriverText): void {
    tell(this.#control, text)
  }
}

/** ^C, ^\ and ^Z: after them the shell may drop the line it has read. */
const INTERRUPTING: ReadonlySet<number> = new Set([0x03, 0x1a, 0x1c])

interface Parts {
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
async function startParts(
  channels: Channels,
  { shell, terminal, environment, show, clear, fail }: DriverStart,
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
  const output = new AgentOutput(show)
  const outputDone = follow(agent, output, clear).catch(fail)
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
async function begin({
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

async function follow(
  agent: TargetChannel,
  output: AgentOutput,
  clear: () => Promise<void>,
): Promise<void> {
  agent.stderr.resume()
  for await (const chunk of agent.stdout) {
    await output.take(chunk as Buffer)
    await clear()
  }
}

const CONTROL_SIZE: Terminal = {
  term: 'dumb',
  columns: 80,
  rows: 24,
  widthPixels: 0,
  heightPixels: 0,
  modes: controlTerminalModes(),
}

function tell(channel: TargetChannel, text: DriverText): void {
  if (channel.stdin.writable) channel.stdin.write(text)
}
