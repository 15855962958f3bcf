/**
 * Where a typed byte may go. The target's shell never reads the agent's terminal, so the only way to a
 * command is through `judging`, and the only way to a program through what its decision granted.
 *
 *   booting ──▶ prompting ──Enter──▶ judging ──run──▶ starting ──▶ running ──▶ (draining) ──▶ prompting
 *                ▲  │ Tab              │ refused          (raw: opening ──▶ raw ──▶ prompting)
 *                │  └──▶ completing    ▼
 *                └──────────────── (told why)
 *
 * Invariant: every `send` is one of five control characters, an end of input in class line, or a line that
 * was judged and passed; every `run` and `open` carries the text of a decision. Input that comes while
 * nobody may have it is held, bounded, and replayed through the editor, never past it.
 */
import type { CommandEnd } from './driver-protocol/run-command.ts'
import type { Decision, Gate, GateEffect, GateEvent } from './gate-types.ts'
import { abandon } from './line-editor/screen.ts'
import { FRESH } from './line-editor/editor-state.ts'
import type { Size } from './line-editor/frame.ts'
import { completed, printed, prompt, readLines, resized, typedAtPrompt } from './prompting.ts'
import { leftOver } from './input-line.ts'
import {
  answeredModes,
  beginRunning,
  decidedInput,
  dropHidden,
  printedWhileRunning,
  showsInput,
  typedWhileRunning,
  wokenWhileRunning,
} from './running-input.ts'
import { EMPTY_ROW, standingText } from './standing-text.ts'
import { Turn } from './turn.ts'

export interface Step {
  readonly gate: Gate
  /** To be carried out in this order. */
  readonly effects: readonly GateEffect[]
}

export function openGate(size: Size, host: Gate['host']): Gate {
  return {
    phase: { is: 'booting' },
    memory: FRESH,
    size,
    typeAhead: new Uint8Array(),
    isSpilling: false,
    lastStatus: 0,
    prompt: '',
    place: { logicalDirectory: null, homeDirectory: null },
    host,
    commandNumber: 0,
    row: EMPTY_ROW,
    asked: 0,
  }
}

/** A gate for one program that was granted whole lines and runs already: there is no prompt, before or after. */
export function openGateForProgram(size: Size, nowMs: number): Gate {
  const turn = new Turn(openGate(size, { userName: '', hostName: '', isRoot: false }), nowMs)
  beginRunning(turn, 'line')
  return turn.gate
}

/** Takes one event. `nowMs` is milliseconds since 1970 UTC. */
export function step(gate: Gate, event: GateEvent, nowMs: number): Step {
  const turn = new Turn(gate, nowMs)
  take(turn, event)
  return { gate: turn.gate, effects: turn.effects }
}

function take(turn: Turn, event: GateEvent): void {
  const { phase } = turn.gate
  switch (event.is) {
    case 'typed':
      return typed(turn, event.bytes)
    case 'resized':
      return resized(turn, event.columns, event.rows)
    case 'printed':
      return phase.is === 'running'
        ? printedWhileRunning(turn, event.bytes)
        : printed(turn, event.bytes)
    case 'ready':
      if (phase.is !== 'booting') return
      learn(turn, event.end)
      turn.set({ lastStatus: 0 })
      return prompt(turn)
    case 'decided':
      if (phase.is === 'judging' && phase.question === event.question) {
        return decided(turn, event.decision)
      }
      return decidedInput(turn, event.question, event.decision)
    case 'begun':
      if (phase.is === 'starting') beginRunning(turn, phase.input)
      return
    case 'finished':
      return finished(turn, event.end)
    case 'modes':
      return answeredModes(turn, event.question, event.modes)
    case 'drained':
      if (phase.is !== 'draining' || phase.question !== event.question) return
      if (!phase.isSecret) turn.holdFirst(event.bytes)
      return prompt(turn)
    case 'names':
      if (phase.is !== 'completing' || phase.question !== event.question) return
      return completed(turn, event.names)
    case 'opened':
      if (phase.is !== 'opening') return
      turn.enter({ is: 'raw' })
      return typed(turn, turn.takeHeld())
    case 'closed':
      if (phase.is !== 'raw' && phase.is !== 'opening') return
      turn.set({ lastStatus: event.status, commandNumber: turn.gate.commandNumber + 1 })
      return prompt(turn)
    case 'woken':
      return phase.is === 'prompting' ? readLines(turn) : wokenWhileRunning(turn)
    case 'over':
      return over(turn, event.sentence)
  }
}

/** The last thing that is said begins a row of its own, wherever the cursor stands. */
function over(turn: Turn, sentence: string): void {
  const { phase, row } = turn.gate
  if (phase.is === 'prompting' || phase.is === 'completing') turn.draw(abandon(phase.editor))
  else if (standingText(row) !== '' || showsInput(phase)) turn.draw('\r\n')
  turn.show(`${sentence}\r\n`)
  turn.enter({ is: 'leaving' })
}

function typed(turn: Turn, bytes: Uint8Array): void {
  if (bytes.length === 0) return
  switch (turn.gate.phase.is) {
    case 'prompting':
      return typedAtPrompt(turn, bytes)
    case 'running':
      return typedWhileRunning(turn, bytes)
    case 'raw':
      return turn.do({ do: 'send-keys', bytes })
    case 'leaving':
      return
    case 'booting':
    case 'completing':
    case 'judging':
    case 'starting':
    case 'draining':
    case 'opening':
      return turn.hold(bytes)
  }
}

function decided(turn: Turn, decision: Decision): void {
  switch (decision.is) {
    case 'run':
      if (decision.input === 'raw') {
        turn.enter({ is: 'opening' })
        return turn.do({ do: 'open', text: decision.text })
      }
      turn.enter({ is: 'starting', input: decision.input })
      return turn.do({
        do: 'run',
        text: decision.text,
        previousStatus: turn.gate.lastStatus,
      })
    case 'prompt':
      turn.set({ prompt: decision.text, lastStatus: 0 })
      return prompt(turn)
    case 'refused':
      turn.show(`${decision.sentence}\r\n`)
      turn.set({ lastStatus: REFUSED_STATUS })
      return prompt(turn)
    case 'pass':
      // Only an input line can pass; a command is run or refused.
      return prompt(turn)
  }
}

/** POSIX: found but not executable (core/verdict.ts has the same). */
const REFUSED_STATUS = 126

function finished(turn: Turn, end: CommandEnd): void {
  const { phase } = turn.gate
  if (phase.is !== 'running' && phase.is !== 'starting') return
  dropHidden(turn)
  learn(turn, end)
  turn.set({ lastStatus: end.status, commandNumber: turn.gate.commandNumber + 1 })
  if (phase.is === 'running' && phase.input.is === 'line') {
    leftOver(turn, phase.input)
    if (phase.input.hasSent) {
      const question = turn.ask()
      turn.enter({ is: 'draining', question, isSecret: phase.input.hasSentHidden })
      return turn.do({ do: 'drain', question })
    }
  }
  prompt(turn)
}

/** What the shell says of itself at the end of each command. */
function learn(turn: Turn, { prompt: ps1, logicalDirectory, homeDirectory }: CommandEnd): void {
  turn.set({
    prompt: ps1 === '' ? turn.gate.prompt : ps1,
    place: { logicalDirectory, homeDirectory },
  })
}
