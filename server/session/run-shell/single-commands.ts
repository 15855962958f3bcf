import { PassThrough } from 'node:stream'
import type { TargetChannel } from '../../core/ports/channels.ts'
import { asOnTerminal } from '../../core/shell/as-on-terminal.ts'
import { INTERRUPT, QUIT } from '../../core/shell/control-characters.ts'
import type { CommandEnd } from '../../core/shell/driver-protocol/run-command.ts'
import { escapeControls } from '../../core/verdict.ts'
import { untilClosed } from '../relay.ts'
import { delay } from '../say.ts'
import type { OutputTaker } from './agent-output.ts'
import type { Channels } from './channels.ts'
import { NOT_STARTED, type ProgramEnd, programEnd, statusOf } from './program-end.ts'
import type { Ran, Runner } from './runner.ts'

/** How long a program that was hung up may take to go. */
const HANG_UP_MS = 1000
const HUNG_UP =
  'the command was hung up; where sshd may not signal it (root’s logins, forced commands) it still runs on the target'
const SIGNALS: ReadonlyMap<number, string> = new Map([
  [INTERRUPT, 'INT'],
  [QUIT, 'QUIT'],
])

export interface SingleCommandsTerms {
  readonly target: string
  readonly login: string
  readonly environment: Readonly<Record<string, string>>
  readonly relay: OutputTaker['relay']
}

/**
 * A target without a shell that can be supervised: each command has a channel of its own, as if it had been sent by
 * itself (`ssh target COMMAND`), without a terminal and without input. Nothing that one leaves in its shell is there
 * for the next.
 */
export class SingleCommands implements Runner {
  readonly isShell = false
  readonly place: Runner['place']
  readonly started: CommandEnd = END
  readonly ended: Promise<ProgramEnd>
  /** Nothing is ever written to it: commands have no input. */
  readonly input = new PassThrough()
  readonly #channels: Channels
  readonly #terms: SingleCommandsTerms
  #running: TargetChannel | null = null
  #isHungUp = false
  #isClosed = false
  #close: () => void = () => {}

  constructor(channels: Channels, terms: SingleCommandsTerms) {
    this.#channels = channels
    this.#terms = terms
    this.place = { userName: terms.login, hostName: terms.target, isRoot: terms.login === 'root' }
    const closed = new Promise<ProgramEnd>(resolve => {
      this.#close = () => resolve({ exit: null, loss: null })
    })
    this.ended = Promise.race([channels.lost.then(() => programEnd(null, channels)), closed])
  }

  /** @param command is what the target is asked to run, to the letter. */
  async run(command: string, _previousStatus: number, begun: () => void): Promise<Ran | null> {
    const opened = await this.#channels.open(command, null, this.#terms.environment)
    begun()
    if (!opened.ok) return this.#notRun(opened.fault)
    const channel = opened.value
    this.#running = channel
    this.#isHungUp = false
    if (this.#isClosed) this.hangUp()
    channel.endInput()
    const [stdoutBytes, stderrBytes] = await Promise.all([
      this.#relay(channel.stdout),
      this.#relay(channel.stderr),
    ])
    // sshd answers for a program that it cannot signal only when that is gone by itself.
    const exit = await (this.#isHungUp
      ? Promise.race([channel.ended, delay(HANG_UP_MS)])
      : channel.ended)
    this.#running = null
    // Whoever waits for `ended` says so.
    if (exit === null && !this.#isHungUp && (await this.#isGone())) return null
    if (exit === null && this.#isHungUp && !this.#isClosed) await this.#say(HUNG_UP)
    const fault = this.#isHungUp ? HUNG_UP : 'the target closed the channel'
    return {
      end: { ...END, status: statusOf(exit) },
      exit,
      fault: exit === null ? fault : null,
      output: { stdoutBytes, stderrBytes },
    }
  }

  async #notRun(fault: string): Promise<Ran | null> {
    if (await this.#isGone()) return null
    await this.#say(`cannot run it: ${escapeControls(fault)}`)
    return { end: { ...END, status: NOT_STARTED }, exit: null, fault, output: NOTHING }
  }

  async #isGone(): Promise<boolean> {
    const { loss } = await programEnd(null, this.#channels)
    return loss?.because === 'disconnected'
  }

  type(bytes: Uint8Array): void {
    for (const byte of bytes) {
      const name = SIGNALS.get(byte)
      if (name !== undefined) this.#running?.signal(name)
    }
  }

  /** sshd signals the processes it started; what left them is out of reach. */
  hangUp(): void {
    const channel = this.#running
    if (channel === null) return
    this.#isHungUp = true
    channel.signal('HUP')
    channel.close()
    channel.stdout.destroy()
    channel.stderr.destroy()
  }

  close(): void {
    this.#isClosed = true
    this.hangUp()
    this.#close()
  }

  /** There is no terminal. */
  async modes(): Promise<null> {
    return null
  }

  resize(): void {}

  async drain(): Promise<Uint8Array> {
    return new Uint8Array()
  }

  async names(): Promise<readonly string[]> {
    return []
  }

  async environment(): Promise<null> {
    return null
  }

  /** There is no shell that could leave in its own way. */
  async leave(): Promise<void> {}

  #say(sentence: string): Promise<void> {
    return this.#terms.relay(new TextEncoder().encode(`\r\nsallyport: ${sentence}\r\n`))
  }

  /** @returns how many bytes the target sent. */
  async #relay(output: TargetChannel['stdout']): Promise<number> {
    let last = 0
    let total = 0
    for await (const bytes of untilClosed(output)) {
      total += bytes.length
      await this.#terms.relay(asOnTerminal(bytes, last))
      last = bytes.at(-1) ?? last
    }
    return total
  }
}

const NOTHING = { stdoutBytes: 0, stderrBytes: 0 }

/** Where each command begins, and ends for all that is known: the login's home. */
const END: CommandEnd = {
  status: 0,
  homeDirectory: null,
  logicalDirectory: null,
  workingDirectory: '~',
  prompt: '\\u@\\h (one by one)\\$ ',
}
