import type { CommandEnd } from '../../../server/core/shell/driver-protocol/run-command.ts'
import type { TerminalModes } from '../../../server/core/shell/driver-protocol/attendant.ts'
import type {
  Decision,
  Gate,
  GateEffect,
  GateEvent,
} from '../../../server/core/shell/gate-types.ts'
import { openGate, step } from '../../../server/core/shell/line-gate.ts'
import { Screen } from '../../support/terminal.ts'

export const COOKED: TerminalModes = {
  isCanonical: true,
  echoes: true,
  hasSignals: true,
  isPlain: true,
}

export const HIDDEN: TerminalModes = { ...COOKED, echoes: false }

/** A gate with somebody who says what happens to it, and a screen that shows what the agent would see. */
export class Gatekeeper {
  gate: Gate
  /** Effects of the last event, `show` left out. */
  effects: GateEffect[] = []
  /** Every byte for the agent's terminal on the target. */
  sent = ''
  nowMs = 1_000_000
  readonly screen: Screen
  #shown: Promise<void> = Promise.resolve()
  /** The newest question of each kind. */
  readonly #questions = new Map<string, number>()

  constructor({ columns = 80, rows = 24 } = {}) {
    this.screen = new Screen(columns, rows)
    this.gate = openGate(
      { columns, rows, isDumb: false },
      { userName: 'deploy', hostName: 'web', isRoot: false },
    )
  }

  /** A gate whose driver has started: at its first prompt. */
  static atPrompt(size?: { columns?: number; rows?: number }): Gatekeeper {
    const keeper = new Gatekeeper(size)
    keeper.take({ is: 'ready', end: ended() })
    return keeper
  }

  take(event: GateEvent): GateEffect[] {
    const { gate, effects } = step(this.gate, event, this.nowMs)
    this.gate = gate
    this.effects = effects.filter(effect => effect.do !== 'show')
    for (const effect of effects) {
      if ('question' in effect) this.#questions.set(effect.do, effect.question)
      if (effect.do === 'show') this.#shown = this.screen.write(effect.bytes)
      if (effect.do === 'send') this.sent += new TextDecoder().decode(effect.bytes)
    }
    return this.effects
  }

  type(keys: string): GateEffect[] {
    return this.take({ is: 'typed', bytes: new TextEncoder().encode(keys) })
  }

  print(output: string): GateEffect[] {
    return this.take({ is: 'printed', bytes: new TextEncoder().encode(output) })
  }

  decide(decision: Decision): GateEffect[] {
    return this.take({ is: 'decided', question: this.#question('judge'), decision })
  }

  /** Types a command, has it allowed, and lets the driver begin it. */
  run(line: string, input: 'none' | 'line' = 'none'): void {
    this.type(`${line}\r`)
    this.decide({ is: 'run', text: line, input })
    this.take({ is: 'begun' })
    this.wait(200)
  }

  answerModes(modes: TerminalModes | null = COOKED): GateEffect[] {
    return this.take({ is: 'modes', question: this.#question('ask-modes'), modes })
  }

  drain(left = ''): GateEffect[] {
    return this.take({
      is: 'drained',
      question: this.#question('drain'),
      bytes: new TextEncoder().encode(left),
    })
  }

  finish(end: Partial<CommandEnd> = {}): GateEffect[] {
    return this.take({ is: 'finished', end: ended(end) })
  }

  wait(ms: number): void {
    this.nowMs += ms
    this.take({ is: 'woken' })
  }

  async rows(): Promise<string[]> {
    await this.#shown
    return this.screen.rows
  }

  #question(kind: 'judge' | 'ask-modes' | 'drain' | 'complete'): number {
    const question = this.#questions.get(kind)
    if (question === undefined) throw new Error(`nobody has asked for ${kind}`)
    return question
  }
}

export function ended(end: Partial<CommandEnd> = {}): CommandEnd {
  return {
    status: 0,
    homeDirectory: '/home/deploy',
    logicalDirectory: '/home/deploy',
    workingDirectory: '/home/deploy',
    prompt: '',
    ...end,
  }
}
