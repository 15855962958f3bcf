import type { Writable } from 'node:stream'
import type { TargetChannel, Terminal } from '../../core/ports/channels.ts'
import type { Result } from '../../core/result.ts'
import { FLUSHING } from '../../core/shell/control-characters.ts'
import type { TerminalModes } from '../../core/shell/driver-protocol/attendant.ts'
import type { Driver, DriverText } from '../../core/shell/driver-protocol/driver-text.ts'
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
import { exitLines, type Place } from '../../core/shell/driver-protocol/startup.ts'
import type { Loss } from '../../core/shell/loss.ts'
import type { CompletionQuery } from '../../core/shell/line-editor/completion.ts'
import { delay } from '../say.ts'
import type { AgentOutput } from './agent-output.ts'
import { AttendantLine } from './attendant-line.ts'
import type { Channels } from './channels.ts'
import { begin, type DriverStart, MARK_MS, type Parts, startParts, tell } from './driver-start.ts'
import { type ProgramEnd, shellEnd } from './program-end.ts'
import { freshNonce, type Questions } from './questions.ts'
import type { Ran, Runner } from './runner.ts'

/** A command that has had no answer for so long is sent again: a late ^C may have made the shell drop it. */
const AGAIN_MS = [1000, 2000, 4000, 8000]
const SILENT_SECONDS = AGAIN_MS.reduce((sum, ms) => sum + ms, 0) / 1000
const QUESTION_MS = 5000
/** The channels of one connection end within this time of each other. */
const TOGETHER_MS = 500
/** After a ^C the report is asked for again at these times: each may be lost to a ^C that arrives later. */
const NUDGES_MS = [0, 150, 1000, 4000]
/** How long a program that was hung up has to go; many ^C at once are one wish. */
const GOING_MS = 1000
/** How long the shell has to leave when it is told to. */
const LEAVE_MS = 2000

/**
 * The driver shell of one session and the channels around it: M, whose other end the shell reads its lines from; P, the
 * agent's terminal; H, which says how P stands. What is written to M is DriverText, and what is
 * written to P comes through `type` alone.
 */
export class DriverShell implements Runner {
  readonly isShell = true
  readonly place: Place
  /** Where the shell stood when it had started. */
  readonly started: CommandEnd
  /** The agent's terminal. */
  readonly input: Writable
  /** Resolves when the shell is gone. */
  readonly ended: Promise<ProgramEnd>
  readonly #driver: Driver
  readonly #control: TargetChannel
  readonly #agent: TargetChannel
  readonly #attendant: AttendantLine
  readonly #reports: Questions
  readonly #output: AgentOutput
  /** What runs was hung up a while ago and runs on. */
  #isDeaf = false
  #running: string | null = null
  #nudges: NodeJS.Timeout[] = []
  /** Why the bastion has given the shell up. */
  #givenUp: Loss | null = null

  private constructor(
    parts: Parts,
    attendant: AttendantLine,
    started: CommandEnd,
    channels: Channels,
  ) {
    this.place = parts.place
    this.started = started
    this.#driver = parts.driver
    this.#control = parts.control
    this.#agent = parts.agent
    this.input = parts.agent.stdin
    this.#attendant = attendant
    this.#reports = parts.reports
    this.#output = parts.output
    this.ended = parts.outputDone
      .then(() => parts.agent.ended)
      .then(exit => shellEnd(exit, channels, this.#givenUp))
    void parts.agent.ended.then(() => this.#reports.abandon())
    void Promise.race([parts.control.ended, attendant.ended]).then(() => this.#miss())
  }

  /** Starts the driver; the fault says what the target lacks. */
  static async start(channels: Channels, start: DriverStart): Promise<Result<DriverShell, string>> {
    const parts = await startParts(channels, start)
    if (!parts.ok) return parts
    const { driver, pid } = parts.value
    const attending = await AttendantLine.open(
      channels,
      { terminal: driver.terminal, pid, leader: 'shell' },
      start.environment,
    )
    if (!attending.ok) return attending
    const begun = await begin(parts.value)
    if (!begun.ok) return begun
    return { ok: true, value: new DriverShell(parts.value, attending.value, begun.value, channels) }
  }

  /**
   * Runs one judged command to its end.
   *
   * @param begun is called once the shell has read the command: what is typed from then on is for it.
   * @returns how it ended; null when the shell is gone, or never took the command.
   */
  async run(command: string, previousStatus: number, begun: () => void): Promise<Ran | null> {
    const nonce = freshNonce()
    const text = (): DriverText =>
      runText(this.#driver, command, { nonce, transmission: freshNonce(), previousStatus })
    const seen = this.#output.marked(nonce)
    const starting = this.#reports.ask('S', nonce)
    const ending = this.#reports.ask('E', nonce)
    this.#running = nonce
    this.#isDeaf = false
    const isTaken = await this.#tellUntil(text, Promise.race([starting, ending]))
    // Nobody can tell what a shell that takes no lines would do with the next one.
    if (!isTaken) this.#giveUp({ because: 'silent', afterSeconds: SILENT_SECONDS })
    begun()
    const report = await ending
    this.#running = null
    for (const nudge of this.#nudges.splice(0)) clearTimeout(nudge)
    if (report === null) return null
    await Promise.race([seen, delay(MARK_MS)])
    const end = readCommandEnd(report)
    return { end, exit: { status: end.status }, fault: null, output: null }
  }

  /** Writes to the agent's terminal: what the line gate lets through. */
  type(bytes: Uint8Array): void {
    if (this.#agent.stdin.writable) this.#agent.stdin.write(bytes)
    if (bytes.some(byte => FLUSHING.has(byte))) this.#nudge()
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

  modes(): Promise<TerminalModes | null> {
    return this.#attendant.modes()
  }

  /** A driver that is in the foreground itself is not hung up, but told to go on: somebody may have stopped it. */
  hangUp(): void {
    if (this.#isDeaf) return this.#giveUp({ because: 'hung-up' })
    this.#attendant.hangUp()
    const running = this.#running
    void delay(GOING_MS).then(() => {
      this.#isDeaf = running !== null && this.#running === running
    })
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
    this.#attendant.dismiss()
    void Promise.race([this.#agent.ended, delay(LEAVE_MS)]).then(() => {
      for (const channel of [this.#agent, this.#control, this.#attendant]) channel.close()
    })
  }

  /** M or H is gone: with the shell, or somebody has ended it. Without them nothing can be told, known or hung up. */
  async #miss(): Promise<void> {
    const isGone = await Promise.race([this.#agent.ended.then(() => true), delay(TOGETHER_MS)])
    if (isGone === null) this.#giveUp({ because: 'part-gone' })
  }

  #giveUp(loss: Loss): void {
    this.#givenUp ??= loss
    this.close()
  }

  async #question(
    text: (driver: Driver, nonce: string) => DriverText,
  ): ReturnType<Questions['ask']> {
    const nonce = freshNonce()
    const answer = this.#reports.askWithin(QUESTION_MS, 'X', nonce)
    this.#tell(text(this.#driver, nonce))
    return answer
  }

  /** Writes the text, and again while nothing answers. */
  async #tellUntil(text: () => DriverText, answer: Promise<unknown>): Promise<boolean> {
    for (const ms of AGAIN_MS) {
      this.#tell(text())
      // oxlint-disable-next-line no-await-in-loop -- one try after the other
      if ((await Promise.race([answer, delay(ms)])) !== null) return true
    }
    return false
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
