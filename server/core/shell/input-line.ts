import { END_OF_INPUT } from './control-characters.ts'
import type { LineInput } from './gate-types.ts'
import { textWidth } from './line-editor/display-width.ts'
import { GROUND, type Keystroke, readKeystroke } from './line-editor/keystrokes.ts'
import { atEnd, byteLength, clusterBefore } from './line-editor/line.ts'
import { blankWordStart } from './line-editor/words.ts'
import { lineOf, setInput } from './running.ts'
import type { Turn } from './turn.ts'

/** Linux keeps 4095 bytes of a line in canonical mode (termios(3)); the newline is one of them. */
export const INPUT_LINE_LIMIT_BYTES = 4000

/** Takes keystrokes from what is held, up to the end of a line. */
export function writeLine(turn: Turn): void {
  const bytes = turn.takeHeld()
  let at = 0
  while (at < bytes.length) {
    const input = lineOf(turn)
    if (input === null) break
    const read = readKeystroke(input.decoding, bytes, at)
    at = read.at
    setInput(turn, { ...input, decoding: read.decoding })
    if (read.keystroke !== null && press(turn, read.keystroke)) break
  }
  turn.hold(bytes.subarray(at))
}

/** @returns true when the line is done and waits for its verdict. */
function press(turn: Turn, keystroke: Keystroke): boolean {
  switch (keystroke.is) {
    case 'text':
      write(turn, keystroke.text)
      return false
    case 'paste':
      if (keystroke.text.includes('\n')) turn.ring()
      else write(turn, keystroke.text)
      return false
    case 'paste-too-long':
    case 'refused':
      turn.ring()
      return false
    case 'key':
      return pressKey(turn, keystroke.name)
  }
}

function pressKey(turn: Turn, name: string): boolean {
  const input = lineOf(turn)
  if (input === null) return false
  switch (name) {
    case 'Enter':
    case 'Ctrl-j':
      if (input.echoes) turn.keep(`${shownAs(input.text)}\r\n`, '\r\n')
      ask(turn, input, 'newline')
      return true
    case 'Ctrl-d':
      if (input.text === '') {
        setInput(turn, { ...input, hasSent: true })
        turn.do({ do: 'send', what: 'end-of-input', bytes: Uint8Array.of(END_OF_INPUT) })
        return false
      }
      if (input.echoes) turn.keep(shownAs(input.text), '')
      ask(turn, input, 'end-of-input')
      return true
    case 'Backspace':
    case 'Ctrl-h':
      erase(turn, input, input.text.length - clusterBefore(atEnd(input.text)).length)
      return false
    case 'Ctrl-w':
      erase(turn, input, blankWordStart(input.text))
      return false
    case 'Ctrl-u':
      erase(turn, input, 0)
      return false
    case 'Tab':
      write(turn, '\t')
      return false
    default:
      turn.ring()
      return false
  }
}

function write(turn: Turn, text: string): void {
  const input = lineOf(turn)
  if (input === null) return
  if (byteLength(input.text) + byteLength(text) > INPUT_LINE_LIMIT_BYTES) {
    turn.ring()
    return setInput(turn, { ...input, isOverfull: true })
  }
  if (input.echoes) turn.draw(shownAs(text))
  setInput(turn, { ...input, text: input.text + text })
}

function erase(turn: Turn, input: LineInput, length: number): void {
  const gone = input.text.slice(length)
  if (input.echoes) turn.draw(wipe(gone))
  const text = input.text.slice(0, length)
  setInput(turn, { ...input, text, isOverfull: input.isOverfull && text !== '' })
}

function ask(turn: Turn, input: LineInput, ending: 'newline' | 'end-of-input'): void {
  const question = turn.ask()
  setInput(turn, { ...input, pending: { is: 'verdict', question, ending } })
  const { text: line, echoes, isOverfull } = input
  turn.do({ do: 'judge', question, line, form: 'input-line', isHidden: !echoes, isOverfull })
}

/** The line so far stays on the screen, as a terminal leaves it. */
export function dropLine(turn: Turn, input: LineInput): void {
  if (input.text !== '' && input.echoes) turn.keep(shownAs(input.text))
  setInput(turn, {
    ...input,
    text: '',
    decoding: GROUND,
    isOverfull: false,
    pending: { is: 'nothing' },
  })
}

/** The program has ended: a line that it never got goes back to be typed at the prompt, unless it was a secret. */
export function leftOver(turn: Turn, { text, echoes, pending }: LineInput): void {
  if (text === '' || !echoes) return
  // A line at its end has been shown for good; one being written is taken off, for the editor shows it again.
  const isDone = pending.is === 'verdict'
  if (!isDone) turn.draw(wipe(text))
  const end = isDone && pending.ending === 'newline' ? '\r' : ''
  turn.holdFirst(new TextEncoder().encode(text + end))
}

/** A tab is shown as one blank: where its stop is depends on what the program has written. */
export function shownAs(text: string): string {
  return text.replaceAll('\t', ' ').replace(/[\p{Cf}\p{Zl}\p{Zp}]/gu, '?')
}

export function wipe(text: string): string {
  return '\b \b'.repeat(textWidth(shownAs(text)))
}
