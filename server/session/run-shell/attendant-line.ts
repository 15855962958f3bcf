import type { TargetChannel } from '../../core/ports/channels.ts'
import type { Result } from '../../core/result.ts'
import {
  type Attended,
  attendant,
  hangUpText,
  modesQuestion,
  readModes,
  type TerminalModes,
} from '../../core/shell/driver-protocol/attendant.ts'
import type { DriverText } from '../../core/shell/driver-protocol/driver-text.ts'
import type { Channels } from './channels.ts'
import { freshNonce, Questions } from './questions.ts'

const ANSWER_MS = 5000

/** H: asks how an agent's terminal stands, and sees that nothing stays behind in it. */
export class AttendantLine {
  /** Resolves when H is gone. */
  readonly ended: Promise<unknown>
  readonly #channel: TargetChannel
  readonly #reports = new Questions()

  private constructor(channel: TargetChannel) {
    this.#channel = channel
    this.ended = channel.ended
    channel.stdout.on('data', (bytes: Buffer) => this.#reports.hear(bytes))
    channel.stderr.resume()
    void channel.ended.then(() => this.#reports.abandon())
  }

  static async open(
    channels: Channels,
    attended: Attended,
    environment: Readonly<Record<string, string>>,
  ): Promise<Result<AttendantLine, string>> {
    const opened = await channels.open(attendant(attended), null, environment)
    return opened.ok ? { ok: true, value: new AttendantLine(opened.value) } : opened
  }

  async modes(): Promise<TerminalModes | null> {
    const nonce = freshNonce()
    const answer = this.#reports.askWithin(ANSWER_MS, 'M', nonce)
    this.#tell(modesQuestion(nonce))
    const report = await answer
    return report === null ? null : readModes(report)
  }

  hangUp(): void {
    this.#tell(hangUpText())
  }

  /** Ends its input, upon which it hangs up everything in the terminal's session. */
  dismiss(): void {
    this.#channel.endInput()
  }

  close(): void {
    this.#channel.close()
  }

  #tell(text: DriverText): void {
    if (this.#channel.stdin.writable) this.#channel.stdin.write(text)
  }
}
