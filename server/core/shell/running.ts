import type { Input, LineInput, NoInput, Phase } from './gate-types.ts'
import type { Turn } from './turn.ts'

// The state of a turn in which a program runs; null, or nothing done, in any other.

type Running = Extract<Phase, { is: 'running' }>

export function phaseOf(turn: Turn): Running | null {
  const { phase } = turn.gate
  return phase.is === 'running' ? phase : null
}

export function noneOf(turn: Turn): NoInput | null {
  const input = phaseOf(turn)?.input
  return input?.is === 'none' ? input : null
}

export function lineOf(turn: Turn): LineInput | null {
  const input = phaseOf(turn)?.input
  return input?.is === 'line' ? input : null
}

export function setInput(turn: Turn, input: Input): void {
  change(turn, { input })
}

export function change(turn: Turn, changed: Partial<Running>): void {
  const running = phaseOf(turn)
  if (running !== null) turn.enter({ ...running, ...changed })
}
