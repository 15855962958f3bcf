import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'

/** `ssh -tt` as a program drives it: keys go in as bytes, what a terminal would show comes out. */
export class TerminalClient {
  readonly child: ChildProcess
  /** What was shown since the last `run` began, standard error included. */
  shown = ''
  /** Resolves with the exit status; null when a signal ended it. */
  readonly ended: Promise<number | null>

  #isOver = false
  #heard: () => void = () => {}

  /** `parameters` are ssh's: options and destination. */
  constructor(parameters: readonly string[], environment = process.env) {
    this.child = spawn('ssh', ['-tt', ...parameters], {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...environment, TERM: 'xterm-256color' },
    })
    this.child.stdin?.on('error', () => {}) // The other side is gone; some tests are about that.
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.shown += text
        this.#heard()
      })
    }
    this.ended = once(this.child, 'close').then(([status]) => status as number | null)
    void this.ended.then(() => {
      this.#isOver = true
      this.#heard()
    })
  }

  /** Starts a session and waits for its first prompt. */
  static async start(parameters: readonly string[]): Promise<TerminalClient> {
    const client = new TerminalClient(parameters)
    await client.until(PROMPT)
    return client
  }

  type(keys: string | Uint8Array): void {
    this.child.stdin?.write(keys)
  }

  /** Types a line and waits for what it must show. */
  async run(line: string, shows: RegExp = PROMPT): Promise<void> {
    this.shown = ''
    this.type(`${line}\r`)
    await this.until(shows, line.length)
  }

  /** Resolves when what was shown from `from` on matches; control sequences are left out. */
  async until(pattern: RegExp, from = 0): Promise<void> {
    while (!pattern.test(plain(this.shown.slice(from)))) {
      if (this.#isOver) {
        throw new Error(`ssh ended; it had shown: ${JSON.stringify(this.shown.slice(-2000))}`)
      }
      await new Promise<void>(resolve => {
        this.#heard = resolve
      })
    }
  }

  kill(): void {
    this.child.kill('SIGKILL')
  }
}

export const PROMPT = /[#$] $/

function plain(text: string): string {
  // oxlint-disable-next-line no-control-regex -- control sequences are what this looks for
  return text.replace(/\x1b\[\?2004l\r|\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07]*\x07|\x07/g, '')
}
