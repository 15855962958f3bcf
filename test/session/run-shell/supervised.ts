import { defaultLimits } from '../../../server/config/limits.ts'
import type { SessionEvent } from '../../../server/core/audit/events.ts'
import type { Targetward } from '../../../server/core/ports/channels.ts'
import type { Judge } from '../../../server/core/ports/deciding.ts'
import { judge } from '../../../server/core/policy/judge.ts'
import { loadPolicy } from '../../../server/core/policy/load/load-policy.ts'
import type { Policy } from '../../../server/core/policy/policy.ts'
import { openReception, type Reception } from '../../../server/session/reception.ts'
import type { Visit } from '../../../server/session/visit.ts'
import { createTargetward } from '../../../server/ssh/upstream.ts'
import { noCertificate } from '../../support/errand.ts'
import {
  agentSeven,
  grantFor,
  MemoryAgent,
  MemoryWorld,
  xterm,
} from '../../support/memory-world.ts'
import type { Sshd } from '../../support/sshd.ts'
import { Screen } from '../../support/terminal.ts'

/** Lets most of what people type at a prompt pass, each with the input it needs. */
export const EVERYDAY = `version: 1
name: test
default: deny
analysis: { opaque: deny, dynamic: deny, forward: canonical }
rules:
  - id: speak
    program: [echo, printf, cat, ls, cd, pwd, sleep, seq, head, tail, wc, "true", "false", test, "[", export, unset, set, trap, type,
      jobs, fg, bg, wait, kill, read, id, tty, stty, env, sort, grep, sh, bash, touch, mkdir, rm, umask, ":", exec, enable, suspend, declare, yes, cksum, nohup, ps, tr, local, return, shift, times, ulimit, command, hash, python3, bind, readonly, od]
    verdict: allow
`

export interface SupervisedOptions {
  readonly policy?: string
  readonly shell?: 'bash' | 'sh'
  readonly terminal?: Partial<typeof xterm>
  readonly host?: string
  readonly port?: number
  /** Stands between the session and the target. */
  readonly tap?: (real: Targetward) => Targetward
  /** A command with a terminal instead of a shell. */
  readonly command?: string
  /** In the real judge's place. */
  readonly judge?: Judge
}

/**
 * One interactive session against a real target: real judge, real ssh to a real sshd, evidence in memory. The agent is a
 * pair of streams and a screen.
 */
export class Supervised {
  readonly world = new MemoryWorld()
  readonly agent: MemoryAgent
  readonly screen: Screen
  /** Everything the agent was shown. */
  shown = ''
  /** Resolves when the channel is finished. */
  readonly finished: Promise<void>
  readonly #visit: Visit
  readonly #reception: Reception
  #resize: ((terminal: typeof xterm) => void)[] = []
  /** Kept until somebody listens, as `ssh` keeps them. */
  readonly #earlySizes: (typeof xterm)[] = []
  #signal: ((name: string) => void)[] = []
  #heard: () => void = () => {}
  #screened: Promise<void> = Promise.resolve()

  constructor(sshd: Sshd, options: SupervisedOptions = {}) {
    const policy = readPolicy(options.policy ?? EVERYDAY)
    const target = sshd.target({ shell: options.shell ?? 'bash', port: options.port ?? sshd.port })
    const terminal = { ...xterm, ...options.terminal }
    this.screen = new Screen(terminal.columns, terminal.rows)
    this.world.targets = [target]
    this.world.grants = [
      grantFor('agent-7', { target: target.name, login: sshd.login, policy: policy.name }),
    ]
    const startedAtMs = performance.now()
    const targetward = createTargetward({
      // Many sessions at once on a loaded machine are no target that is gone.
      limits: { ...defaultLimits, targetConnectSeconds: 60 },
      upstreamKey: sshd.key,
      certify: noCertificate,
      clock: { nowMs: () => Date.now() },
      log: () => undefined,
    })
    this.#reception = openReception({
      ...this.world.surroundings,
      clock: { nowMs: () => Date.now(), monotonicMs: () => performance.now() - startedAtMs },
      judge: options.judge ?? { judge: async (line, context) => judge(line, context) },
      policies: { load: async () => ({ ok: true, value: policy }) },
      targetward: options.tap?.(targetward) ?? targetward,
      grants: { goodFor: async () => this.world.grants },
    })
    const { command } = options
    const program = command === undefined ? ({ is: 'shell' } as const) : null
    this.agent = new MemoryAgent(this.world, command ?? '', {
      terminal,
      ...(program === null ? {} : { program }),
    })
    this.agent.stdout.on('data', (chunk: Buffer) => {
      this.shown += chunk.toString()
      this.#screened = this.screen.write(chunk)
      this.#heard()
    })
    this.agent.stderr.on('data', (chunk: Buffer) => {
      this.shown += chunk.toString()
      this.#heard()
    })
    this.#visit = this.#reception.open(agentSeven, `${sshd.login}+${target.name}`, {
      address: '127.0.0.1',
      version: 'SSH-2.0-test',
    })
    this.finished = this.#visit.serve({
      ...this.agent.request,
      onResize: listener => {
        this.#resize.push(listener)
        for (const size of this.#earlySizes.splice(0)) listener(size)
      },
      onSignal: listener => this.#signal.push(listener),
    })
    void this.finished.then(() => this.#heard())
  }

  /** Starts a session and waits for its first prompt. */
  static async start(sshd: Sshd, options: SupervisedOptions = {}): Promise<Supervised> {
    const session = new Supervised(sshd, options)
    await session.until(/[#$] $/)
    return session
  }

  get events(): readonly SessionEvent[] {
    return this.world.events
  }

  type(keys: string | Uint8Array): void {
    this.agent.stdin.write(keys)
  }

  /** Types a line and waits for the next prompt; gives what came between. */
  async run(line: string, prompt = /[#$] $/): Promise<string> {
    const before = this.shown.length
    this.type(`${line}\r`)
    // Enter is shown as the first new row; what is typed may wrap, but begins none.
    await this.until(new RegExp(`\\r\\n[^]*${prompt.source}`), before)
    const shown = plain(this.shown.slice(before))
    return shown.slice(shown.indexOf('\r\n') + 2, shown.lastIndexOf('\r\n') + 2)
  }

  /** Resolves when what was shown from `from` on matches. */
  async until(pattern: RegExp, from = 0): Promise<RegExpExecArray> {
    for (;;) {
      const found = pattern.exec(plain(this.shown.slice(from)))
      if (found !== null) return found
      if (this.agent.exit !== undefined)
        throw new Error(`the session is over: ${this.shown.slice(-500)}`)
      await new Promise<void>(resolve => {
        this.#heard = resolve
      })
    }
  }

  resize(columns: number, rows: number): void {
    this.screen.resize(columns, rows)
    this.#say(columns, rows)
  }

  /** Says so many sizes and then the last one; no screen follows the others, as no person would. */
  async storm(count: number, columns: number, rows: number): Promise<void> {
    for (let at = 0; at < count; at += 1) {
      this.#say(10 + (at % 120), 5 + (at % 40))
      // As they come from a socket: many together, and others get a turn between.
      // oxlint-disable-next-line no-await-in-loop
      if (at % 100 === 0) await new Promise(resolve => setImmediate(resolve))
    }
    this.resize(columns, rows)
  }

  #say(columns: number, rows: number): void {
    const size = { ...xterm, columns, rows }
    if (this.#resize.length === 0) this.#earlySizes.push(size)
    for (const listener of this.#resize) listener(size)
  }

  signal(name: string): void {
    for (const listener of this.#signal) listener(name)
  }

  async rows(): Promise<string[]> {
    await this.#screened
    return this.screen.rows
  }

  /** The agent hangs up. */
  async leave(): Promise<void> {
    this.agent.hangUp()
    await this.#visit.leave()
  }
}

export function readPolicy(text: string): Policy {
  const loaded = loadPolicy(text, 'test')
  const { policy } = loaded
  if (policy === null) throw new Error(JSON.stringify(loaded.findings))
  return policy
}

/** Without control sequences, and without the return that bracketed paste ends with. */
export function plain(text: string): string {
  // oxlint-disable-next-line no-control-regex -- control sequences are what this looks for
  return text.replace(/\x1b\[\?2004l\r|\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07]*\x07|\x07/g, '')
}
