import type { Gate, GateEffect, Phase } from './gate-types.ts'
import { follow } from './standing-text.ts'

/**
 * One turn of the gate: the state as far as it has come, and the effects so far. Lives for one call of
 * `step`; what goes in and what comes out are plain values.
 */
export class Turn {
  gate: Gate
  readonly effects: GateEffect[] = []
  readonly nowMs: number
  /** The loop over held lines runs once in a turn, however often a prompt begins in it. */
  isReadingLines = false
  #hasRung = false

  constructor(gate: Gate, nowMs: number) {
    this.gate = gate
    this.nowMs = nowMs
  }

  set(change: Partial<Gate>): void {
    this.gate = { ...this.gate, ...change }
  }

  enter(phase: Phase): void {
    this.set({ phase })
  }

  do(effect: GateEffect): void {
    const last = this.effects.at(-1)
    // One write to the record and one to the agent for all that is shown at once.
    if (effect.do === 'show' && last?.do === 'show') {
      this.effects[this.effects.length - 1] = {
        do: 'show',
        bytes: joined(last.bytes, effect.bytes),
      }
    } else this.effects.push(effect)
  }

  /** Before everything else of this turn: the judge can read a line while its echo is drawn. */
  doFirst(effect: GateEffect): void {
    this.effects.unshift(effect)
  }

  /** A number for a question, so that a late answer finds nobody. */
  ask(): number {
    this.set({ asked: this.gate.asked + 1 })
    return this.gate.asked
  }

  /** Shows what stays on the screen. */
  show(output: string | Uint8Array): void {
    const bytes = typeof output === 'string' ? new TextEncoder().encode(output) : output
    if (bytes.length === 0) return
    this.set({ row: follow(this.gate.row, bytes) })
    this.do({ do: 'show', bytes })
  }

  /** Lets what was drawn stay; `output` is what of it is not on the screen yet. */
  keep(drawn: string, output = ''): void {
    this.set({ row: follow(this.gate.row, new TextEncoder().encode(drawn)) })
    this.draw(output)
  }

  /** Shows what is not there to stay: an editor knows itself where it has put things. */
  draw(output: string): void {
    if (output !== '') this.do({ do: 'show', bytes: new TextEncoder().encode(output) })
  }

  /** Once in a turn: a paste of what may not be typed is no concert. */
  ring(): void {
    if (!this.#hasRung) this.draw('\x07')
    this.#hasRung = true
  }

  /** Keeps typed bytes for later, in their order. What does not fit is dropped up to the next prompt, whole lines at least. */
  hold(bytes: Uint8Array): void {
    if (this.gate.isSpilling) return
    const { typeAhead } = this.gate
    const room = TYPE_AHEAD_LIMIT_BYTES - typeAhead.length
    if (bytes.length <= room) return this.set({ typeAhead: joined(typeAhead, bytes) })
    const kept = joined(typeAhead, bytes.subarray(0, room))
    const end = Math.max(kept.lastIndexOf(CR), kept.lastIndexOf(LF)) + 1
    this.set({ typeAhead: kept.slice(0, end), isSpilling: true })
    this.ring()
  }

  /** Puts bytes before everything that is held. */
  holdFirst(bytes: Uint8Array): void {
    const { typeAhead } = this.gate
    this.set({ typeAhead: new Uint8Array() })
    this.hold(bytes)
    this.hold(typeAhead)
  }

  takeHeld(): Uint8Array {
    const { typeAhead } = this.gate
    this.set({ typeAhead: new Uint8Array() })
    return typeAhead
  }
}

/** Linux keeps 4 KB for a program that does not read; an agent's script of commands may be longer. */
export const TYPE_AHEAD_LIMIT_BYTES = 65_536

const CR = 0x0d
const LF = 0x0a

export function joined(one: Uint8Array, other: Uint8Array): Uint8Array {
  if (one.length === 0) return other.slice()
  const both = new Uint8Array(one.length + other.length)
  both.set(one)
  both.set(other, one.length)
  return both
}
