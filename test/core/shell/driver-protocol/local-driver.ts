import { type ChildProcess, spawn as start } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { writeSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { type IPty, spawn } from '@lydell/node-pty'
import { attendant } from '../../../../server/core/shell/driver-protocol/attendant.ts'
import { takeMarks } from '../../../../server/core/shell/driver-protocol/cut-marks.ts'
import {
  type Driver,
  type DriverText,
  nonceOf,
  prefixOf,
} from '../../../../server/core/shell/driver-protocol/driver-text.ts'
import { type Report, readReports } from '../../../../server/core/shell/driver-protocol/reports.ts'
import {
  type CommandEnd,
  readCommandEnd,
  reportLine,
  runText,
} from '../../../../server/core/shell/driver-protocol/run-command.ts'
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
} from '../../../../server/core/shell/driver-protocol/startup.ts'

export const nonce = (): string => nonceOf(randomBytes(12))

/**
 * A driver shell on this machine: the protocol's texts spoken to real shells on two real terminals, with
 * no ssh in between. Keeps what the agent's terminal printed and what the control terminal was told.
 */
export class LocalDriver {
  readonly #control: IPty
  /** Told, and not taken by the control terminal yet. */
  #untold: Uint8Array = new Uint8Array()
  readonly #loginShell: string
  #agent: IPty | null = null
  #attendant: ChildProcess | null = null
  #unread = ''
  readonly #open = new Map<string, (report: Report) => void>()
  readonly #marks: string[] = []
  #held = new Uint8Array()
  driver: Driver = {
    dialect: 'bash',
    control: '',
    terminal: '',
    prefix: prefixOf(randomBytes(6)),
  }
  place: Place | null = null
  pid = 0
  /** What the agent's terminal printed, marks taken out. */
  printed = ''
  #marked: (nonce: string) => void = () => {}
  exited: number | null = null
  /** A command has not ended: no other can be run. */
  isBusy = false
  onExit: () => void = () => {}

  constructor(loginShell = 'sh') {
    this.#loginShell = loginShell
    // What ssh does with the encoded modes (control-terminal.ts), stty does here.
    const modes =
      'stty -echo -isig icanon -iexten -icrnl -ixon -opost eof undef intr undef quit undef erase undef kill undef susp undef; exec '
    this.#control = spawn(
      'sh',
      ['-c', `${modes}${loginShell} -c ${shellQuote(CONTROL_TERMINAL)}`],
      { cols: 80, rows: 24, env: cleanEnvironment(), encoding: null },
    )
    this.#control.onData(data => this.#hear(data as unknown as Uint8Array))
  }

  async start(
    shell: 'bash' | 'sh' | readonly string[],
    environment: Record<string, string> = {},
  ): Promise<CommandEnd> {
    const placed = nonce()
    const hello = this.#ask('H', placed)
    this.tell(nonceLine(placed))
    this.place = readPlace(await hello)
    if (this.place === null) throw new Error('no place')
    const chosen =
      typeof shell === 'string'
        ? chooseShell(shell, this.place)
        : ({ dialect: 'posix', command: shell } as const)
    if (chosen === null) throw new Error('no shell')
    const opened = nonce()
    const open = this.#ask('P', opened)
    this.tell(nonceLine(opened))
    this.#agent = spawn(
      'sh',
      [
        '-c',
        `exec ${this.#loginShell} -c ${shellQuote(agentTerminal(chosen, this.place.control))}`,
      ],
      {
        cols: 80,
        rows: 24,
        env: { ...cleanEnvironment(), ...environment },
        encoding: null,
      },
    )
    this.#agent.onData(data => this.#print(data as unknown as Uint8Array))
    this.#agent.onExit(({ exitCode }) => {
      this.exited = exitCode
      this.onExit()
    })
    const agent = readAgentTerminal(await open)
    if (agent === null) throw new Error('no agent terminal')
    this.pid = agent.pid
    this.driver = {
      ...this.driver,
      dialect: chosen.dialect,
      control: this.place.control,
      terminal: agent.terminal,
    }
    const nonces = { shell: nonce(), place: nonce() }
    this.#marks.push(nonces.place)
    const marked = this.#mark(nonces.place)
    const started = this.#ask('B', nonces.shell)
    const ready = this.#ask('E', nonces.place)
    this.tell(firstLines(this.driver, nonces))
    if (!isStartedShell(await started, chosen.dialect)) throw new Error('another shell answered')
    const end = readCommandEnd(await ready)
    await marked
    this.printed = ''
    return end
  }

  /** Runs a command to its end; `during` happens once the driver has begun it. */
  async run(
    command: string,
    {
      previousStatus = 0,
      during = () => {},
    }: { previousStatus?: number; during?: (id: string) => void } = {},
  ): Promise<CommandEnd & { printed: string }> {
    this.isBusy = true
    const id = nonce()
    this.#marks.push(id)
    const begun = this.#ask('S', id)
    const ended = this.#ask('E', id)
    const marked = this.#mark(id)
    this.printed = ''
    const text = (): DriverText =>
      runText(this.driver, command, { nonce: id, transmission: nonce(), previousStatus })
    this.tell(text())
    // As the session does: a late ^C may have made the shell drop the line.
    const again = setInterval(() => this.tell(text()), 500)
    await Promise.race([begun, ended])
    clearInterval(again)
    during(id)
    const end = readCommandEnd(await ended)
    // As the session does: a ^C has the terminal throw away what it has not handed on yet, and the mark may be that.
    await Promise.race([marked, sleep(1000)])
    this.isBusy = false
    return { ...end, printed: this.printed }
  }

  async ask(text: (driver: Driver, id: string) => DriverText): Promise<Report> {
    const id = nonce()
    const answer = this.#ask('X', id)
    this.tell(text(this.driver, id))
    return answer
  }

  interrupt(): void {
    this.type('\x03')
    this.tell(reportLine(this.driver))
    // As the session does: the ^C may arrive after its line and make the shell drop it.
    setTimeout(() => this.tell(reportLine(this.driver)), 300)
  }

  type(keys: string): void {
    this.#agent?.write(keys)
  }

  tell(text: DriverText): void {
    this.#untold = Buffer.concat([this.#untold, Buffer.from(text)])
    this.#pour()
  }

  /** Not by node-pty, whose write waits without a turn for anybody while a shell reads nothing. */
  #pour(): void {
    const { fd } = this.#control as unknown as { fd: number }
    try {
      while (this.#untold.length > 0) {
        this.#untold = this.#untold.subarray(writeSync(fd, this.#untold))
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EAGAIN') setTimeout(() => this.#pour(), 5)
      else this.#untold = new Uint8Array() // The terminal is gone.
    }
  }

  /** Starts the attendant and returns how to talk to it. */
  attend(): ChildProcess {
    const { terminal } = this.driver
    this.#attendant = start(
      'sh',
      [
        '-c',
        `exec ${this.#loginShell} -c ${shellQuote(attendant({ terminal, pid: this.pid, leader: 'shell' }))}`,
      ],
      {
        stdio: ['pipe', 'pipe', 'inherit'],
      },
    )
    return this.#attendant
  }

  stop(): void {
    this.#untold = new Uint8Array()
    this.#attendant?.stdin?.end()
    if (this.exited === null) this.#agent?.kill('SIGKILL')
    this.#control.kill('SIGKILL')
  }

  #ask(kind: string, id: string): Promise<Report> {
    return new Promise(resolve => this.#open.set(kind + id, resolve))
  }

  #mark(id: string): Promise<void> {
    return new Promise(resolve => {
      const before = this.#marked
      this.#marked = found => (found === id ? resolve() : before(found))
    })
  }

  #hear(bytes: Uint8Array): void {
    const questions = [...this.#open.keys()].map(key => ({
      kind: key.slice(0, 1),
      nonce: key.slice(1),
    }))
    const { unread, reports } = readReports(this.#unread, bytes, questions)
    this.#unread = unread
    for (const report of reports) {
      const answer = this.#open.get(report.kind + report.nonce)
      this.#open.delete(report.kind + report.nonce)
      answer?.(report)
    }
  }

  #print(bytes: Uint8Array): void {
    const { held, pieces } = takeMarks(this.#held, bytes, this.#marks)
    this.#held = Uint8Array.from(held)
    for (const piece of pieces) {
      if (piece.is === 'output') this.printed += Buffer.from(piece.bytes).toString()
      else this.#marked(piece.nonce)
    }
  }
}

function cleanEnvironment(): Record<string, string> {
  return {
    PATH: process.env['PATH'] ?? '/usr/bin:/bin',
    HOME: process.env['HOME'] ?? '/',
    TERM: 'xterm',
    LC_ALL: 'C.UTF-8',
  }
}

export function shellQuote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}
