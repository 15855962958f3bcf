import type { Exit } from '../../../server/core/audit/events.ts'
import {
  hasEnd,
  wasStopped,
  type CommandStep,
  type Step,
} from '../../../server/core/replay/steps.ts'

/** What became of a step, in a word, and how it is coloured. */
export interface Outcome {
  readonly tone: 'good' | 'bad' | 'warn' | 'failed' | 'quiet'
  readonly word: string
}

export function outcomeOf(step: Step, sessionIsLive: boolean): Outcome {
  if (step.is === 'request') return { tone: 'bad', word: 'refused' }
  if (wasStopped(step)) {
    return step.verdict === 'ask'
      ? { tone: 'warn', word: 'unapproved' }
      : { tone: 'bad', word: 'denied' }
  }
  const { end } = step
  if (!hasEnd(step)) return { tone: 'quiet', word: ENDLESS[step.form] }
  if (end === null) {
    return sessionIsLive ? { tone: 'quiet', word: 'running' } : { tone: 'warn', word: 'no end' }
  }
  if (end.exit === null) return { tone: 'warn', word: 'no exit' }
  if ('signal' in end.exit) return { tone: 'failed', word: `SIG${end.exit.signal}` }
  return end.exit.status === 0
    ? { tone: 'good', word: 'exit 0' }
    : { tone: 'failed', word: `exit ${end.exit.status}` }
}

/** What has no end of its own: a line for the program that runs, Tab, and what the bastion did by itself. */
const ENDLESS: Record<CommandStep['form'], string> = {
  exec: 'not sent',
  interactive: 'not sent',
  'input-line': 'typed',
  completion: 'Tab',
}

export function exitSentence(exit: Exit | null, fault: string | null): string {
  if (exit === null) return fault ?? 'the target never said'
  if ('status' in exit) return `status ${exit.status}`
  const core = exit.coreDumped ? ', core dumped' : ''
  return `signal ${exit.signal}${core}${exit.message === '' ? '' : `: ${exit.message}`}`
}

/** When a step's result is there to be seen. */
export function settledMs(step: Step): number {
  return step.is === 'command' && step.end !== null ? Math.max(step.atMs, step.end.toMs) : step.atMs
}

/** The last thing asked for at a moment of the recording. */
export function stepAt(steps: readonly Step[], atMs: number): Step | null {
  return steps.findLast(step => step.atMs <= atMs) ?? null
}

/** What a session is opened at: the first thing that was stopped, else the last that was asked for. */
export function tellingStep(steps: readonly Step[]): Step | null {
  return steps.find(wasStopped) ?? steps.at(-1) ?? null
}

/** The moment of the last thing that is known to have happened. */
export function lastMomentMs(steps: readonly Step[], chunkEnds: readonly number[]): number {
  return Math.max(0, ...steps.map(settledMs).slice(-50), ...chunkEnds.slice(-50))
}
