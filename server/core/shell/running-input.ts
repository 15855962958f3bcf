/**
 * What is typed while a program runs in the agent's terminal.
 *
 * Class none: five control characters pass, everything else is held for the prompt, unless it was typed where
 * nothing shows it: that may be a secret, which must not stand at a prompt. Class line: the line is written
 * here, judged whole, and then handed to the program, provided that its terminal takes lines as they are.
 */
import { CONTROL_BYTES, END_OF_INPUT, FLUSHING, INTERRUPT } from './control-characters.ts'
import type { TerminalModes } from './driver-protocol/attendant.ts'
import type { Decision, LineInput, NoInput, Phase } from './gate-types.ts'
import { dropLine, shownAs, wipe, writeLine } from './input-line.ts'
import { GROUND } from './line-editor/keystrokes.ts'
import { change, lineOf, noneOf, phaseOf, setInput } from './running.ts'
import { joined, type Turn } from './turn.ts'

const LINE_FEED = 0x0a

/** ^C so often in a row hangs a program up that the agent has no other way to get rid of. */
const HANG_UP_INTERRUPTS = 3
/** Presses further apart than this are not "in a row". */
const IN_A_ROW_MS = 3000
/** A program that ends within this time gets no line: what was typed is for the next prompt. */
const PAUSE_MS = 100
export function beginRunning(turn: Turn, input: 'none' | 'line'): void {
  turn.enter({
    is: 'running',
    startedMs: turn.nowMs,
    interrupts: { count: 0, lastMs: turn.nowMs },
    input: input === 'none' ? FRESH_NONE : FRESH_LINE,
  })
  typedWhileRunning(turn, turn.takeHeld())
  // What was typed before the program began was not typed for it.
  const none = noneOf(turn)
  if (none !== null) setInput(turn, { ...none, openBytes: turn.gate.typeAhead.length })
}

const FRESH_NONE: NoInput = {
  is: 'none',
  openBytes: Number.POSITIVE_INFINITY,
  pending: { is: 'nothing' },
  askedBytes: 0,
  isHiding: false,
  isWarned: false,
}

const FRESH_LINE: LineInput = {
  is: 'line',
  text: '',
  decoding: GROUND,
  echoes: false,
  isOverfull: false,
  pending: { is: 'nothing' },
  expectedEcho: new Uint8Array(),
  hasSent: false,
  hasSentHidden: false,
  isWarned: false,
}

/** Nobody presses so many at once. The rest of them is not sent: a paste of ^C is no stream of signals. */
const CONTROLS_AT_ONCE = 64

export function typedWhileRunning(turn: Turn, bytes: Uint8Array): void {
  let from = 0
  let controls = 0
  for (const [at, byte] of bytes.entries()) {
    if (!CONTROL_BYTES.has(byte)) continue
    holdContent(turn, bytes.subarray(from, at))
    flush(turn, byte)
    controls += 1
    if (controls <= CONTROLS_AT_ONCE) control(turn, byte)
    from = at + 1
  }
  holdContent(turn, bytes.subarray(from))
  readInput(turn)
}

function holdContent(turn: Turn, bytes: Uint8Array): void {
  if (bytes.length === 0) return
  turn.hold(bytes)
  change(turn, { interrupts: { count: 0, lastMs: turn.nowMs } })
}

function flush(turn: Turn, byte: number): void {
  if (!FLUSHING.has(byte)) return
  turn.set({ typeAhead: new Uint8Array(), isSpilling: false })
  const input = lineOf(turn)
  if (input !== null) dropLine(turn, input)
  const none = noneOf(turn)
  if (none !== null) setInput(turn, { ...none, openBytes: 0, pending: { is: 'nothing' } })
}

/** Control characters overtake what is held: a terminal acts on them as they arrive. */
function control(turn: Turn, byte: number): void {
  const running = phaseOf(turn)
  if (running === null) return
  turn.do({ do: 'send', what: 'control', bytes: Uint8Array.of(byte) })
  if (byte !== INTERRUPT) return
  const { count, lastMs } = running.interrupts
  const inARow = turn.nowMs - lastMs <= IN_A_ROW_MS ? count + 1 : 1
  change(turn, { interrupts: { count: inARow % HANG_UP_INTERRUPTS, lastMs: turn.nowMs } })
  if (inARow < HANG_UP_INTERRUPTS) return
  // A program in class line that takes lines is sent ^C and nothing else; it may have its own use for it.
  if (running.input.is === 'line' && !running.input.isWarned) return
  turn.do({ do: 'hang-up' })
}

/** Asks how the terminal stands before any of what is held is taken for a line, or kept for the prompt. */
function readInput(turn: Turn): void {
  const running = phaseOf(turn)
  if (running === null || running.input.pending.is !== 'nothing') return
  const heldBytes = turn.gate.typeAhead.length
  if (heldBytes <= (running.input.is === 'none' ? running.input.openBytes : 0)) return
  const sinceMs = turn.nowMs - running.startedMs
  if (sinceMs < PAUSE_MS) {
    setInput(turn, { ...running.input, pending: { is: 'pause' } })
    return turn.do({ do: 'wake', afterMs: PAUSE_MS - sinceMs })
  }
  const question = turn.ask()
  const pending = { is: 'modes', question } as const
  if (running.input.is === 'line') setInput(turn, { ...running.input, pending })
  else setInput(turn, { ...running.input, pending, askedBytes: heldBytes })
  turn.do({ do: 'ask-modes', question })
}

export function wokenWhileRunning(turn: Turn): void {
  const input = phaseOf(turn)?.input
  if (input === undefined || input.pending.is !== 'pause') return
  setInput(turn, { ...input, pending: { is: 'nothing' } })
  readInput(turn)
}

export function answeredModes(turn: Turn, question: number, modes: TerminalModes | null): void {
  const none = noneOf(turn)
  if (none !== null) return sortHeld(turn, none, question, modes)
  const input = lineOf(turn)
  if (input === null || input.pending.is !== 'modes' || input.pending.question !== question) return
  if (modes === null || !modes.isCanonical || !modes.isPlain) {
    turn.takeHeld()
    if (!input.isWarned) turn.show(`\r\n${NOT_LINES}\r\n`)
    return setInput(turn, { ...input, text: '', pending: { is: 'nothing' }, isWarned: true })
  }
  setInput(turn, { ...input, echoes: modes.echoes, pending: { is: 'nothing' } })
  writeLine(turn)
  readInput(turn)
}

/** Class none: keeps what was typed where it would show, drops what was typed where nothing shows it. */
function sortHeld(turn: Turn, input: NoInput, question: number, modes: TerminalModes | null): void {
  const { pending } = input
  if (pending.is !== 'modes' || pending.question !== question) return
  const isHiding = modes !== null && !modes.echoes
  const openBytes = isHiding ? input.openBytes : input.askedBytes
  setInput(turn, { ...input, openBytes, pending: { is: 'nothing' }, isHiding })
  if (isHiding) dropHidden(turn)
  readInput(turn)
}

/** What a program without input was typed while it read without echo goes nowhere: not to it, not to a prompt. */
export function dropHidden(turn: Turn): void {
  const input = noneOf(turn)
  if (input === null || !input.isHiding) return
  const { typeAhead } = turn.gate
  if (typeAhead.length <= input.openBytes) return
  turn.set({ typeAhead: typeAhead.slice(0, input.openBytes) })
  if (!input.isWarned) turn.show(`\r\n${NO_INPUT}\r\n`)
  setInput(turn, { ...input, isWarned: true })
}

const NO_INPUT =
  'sallyport: this program reads without showing what is typed, and was granted no input; what was typed is dropped'

const NOT_LINES =
  'sallyport: this program reads single keys, or lines otherwise than they are typed (sudo with use_pty does), and was granted whole lines only; press ^C three times to hang it up'

export function decidedInput(turn: Turn, question: number, decision: Decision): void {
  const input = lineOf(turn)
  if (input?.pending.is !== 'verdict' || input.pending.question !== question) return
  const { ending } = input.pending
  const fresh = { ...input, text: '', isOverfull: false, pending: { is: 'nothing' } } as const
  if (decision.is !== 'pass') {
    setInput(turn, fresh)
    const sentence = decision.is === 'refused' ? decision.sentence : NOT_A_LINE
    turn.show(`${input.echoes && ending === 'newline' ? '' : '\r\n'}${sentence}\r\n`)
    return readInput(turn)
  }
  const line = new TextEncoder().encode(input.text)
  const echo = new TextEncoder().encode(`${input.text}${ending === 'newline' ? '\r\n' : ''}`)
  setInput(turn, {
    ...fresh,
    hasSent: true,
    hasSentHidden: input.hasSentHidden || !input.echoes,
    expectedEcho: input.echoes ? echo : new Uint8Array(),
  })
  if (ending === 'newline') {
    turn.do({ do: 'send', what: 'line', bytes: joined(line, Uint8Array.of(LINE_FEED)) })
  } else {
    turn.do({ do: 'send', what: 'line', bytes: line })
    turn.do({ do: 'send', what: 'end-of-input', bytes: Uint8Array.of(END_OF_INPUT) })
  }
  readInput(turn)
}

const NOT_A_LINE = 'sallyport: the line was not sent'

/** Output of the program; a line that is being written is taken off the screen for it. */
export function printedWhileRunning(turn: Turn, bytes: Uint8Array): void {
  const input = lineOf(turn)
  if (input === null) return turn.show(bytes)
  const { rest, expectedEcho } = withoutEcho(bytes, input.expectedEcho)
  setInput(turn, { ...input, expectedEcho })
  if (rest.length === 0) return
  const line = input.echoes && input.pending.is !== 'verdict' ? input.text : ''
  if (line !== '') turn.draw(wipe(line))
  turn.show(rest)
  if (line !== '') turn.draw(shownAs(line))
}

/** True when part of a line for a program stands on the screen. */
export function showsInput(phase: Phase): boolean {
  return phase.is === 'running' && phase.input.is === 'line' && phase.input.text !== ''
}

function withoutEcho(
  bytes: Uint8Array,
  echo: Uint8Array,
): { rest: Uint8Array; expectedEcho: Uint8Array } {
  let at = 0
  while (at < echo.length && at < bytes.length && bytes[at] === echo[at]) at += 1
  const isOver = at < bytes.length
  return { rest: bytes.subarray(at), expectedEcho: isOver ? new Uint8Array() : echo.subarray(at) }
}
