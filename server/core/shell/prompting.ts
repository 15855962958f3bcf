/**
 * At the prompt: lines are edited here, and a whole one goes to the judge. Nothing is forwarded.
 */
import { wantsMore } from './continuation.ts'
import { complete } from './line-editor/completion.ts'
import { LINE_LIMIT_BYTES } from './line-editor/editor-state.ts'
import { beginLine, feed } from './line-editor/editor.ts'
import { hide, redraw, resize } from './line-editor/screen.ts'
import { remember } from './line-editor/history.ts'
import { byteLength } from './line-editor/line.ts'
import { renderPrompt } from './prompt.ts'
import { EMPTY_ROW, follow, standingText } from './standing-text.ts'
import type { Turn } from './turn.ts'

/** Begins a line at the prompt, or the next line of a command that goes on. */
export function prompt(turn: Turn, above: readonly string[] = []): void {
  const standing = standingText(turn.gate.row)
  if (standing === null) turn.show('\r\n')
  if (turn.gate.isSpilling) {
    turn.show(`${standing === '' ? '' : '\r\n'}${SPILLED}\r\n`)
    turn.set({ isSpilling: false })
  }
  const { gate } = turn
  const { userName, hostName, isRoot } = gate.host
  const text =
    above.length > 0
      ? '> '
      : renderPrompt(gate.prompt, {
          userName,
          hostName,
          isRoot,
          directory: gate.place.logicalDirectory,
          homeDirectory: gate.place.homeDirectory,
          commandNumber: gate.commandNumber,
          nowMs: turn.nowMs,
        })
  const begun = beginLine(gate.memory, text, standingText(gate.row) ?? '', gate.size)
  turn.draw(begun.output)
  turn.set({ row: EMPTY_ROW })
  turn.enter({ is: 'prompting', editor: begun.editor, above })
  readLines(turn)
}

const SPILLED = 'sallyport: more was typed ahead than can be kept (64 KB); the rest was dropped'

/** Some two milliseconds of work; then other sessions have their turn. */
const LINES_AT_ONCE = 50

/** What is typed at the prompt: the editor has its own bounds, and only what it leaves is held. */
export function typedAtPrompt(turn: Turn, bytes: Uint8Array): void {
  if (turn.gate.typeAhead.length > 0) turn.hold(bytes)
  else turn.set({ typeAhead: bytes })
  readLines(turn)
}

/** Feeds what is held to the editor, for as long as it is its turn. */
export function readLines(turn: Turn): void {
  // A loop and no recursion, and not for long: held input may be thousands of empty lines.
  if (turn.isReadingLines) return
  turn.isReadingLines = true
  let lines = 0
  while (turn.gate.phase.is === 'prompting' && turn.gate.typeAhead.length > 0) {
    lines += 1
    if (lines > LINES_AT_ONCE) {
      turn.hold(turn.takeHeld())
      turn.do({ do: 'wake', afterMs: 0 })
      break
    }
    const { editor, above } = turn.gate.phase
    const edited = feed(editor, turn.takeHeld())
    turn.draw(edited.output)
    turn.set({ memory: edited.editor.memory })
    const { outcome } = edited
    if (outcome.is !== 'editing') turn.hold(outcome.rest)
    if (outcome.is === 'busy') lines = LINES_AT_ONCE
    switch (outcome.is) {
      case 'editing':
      case 'busy':
        turn.enter({ is: 'prompting', editor: edited.editor, above })
        break
      case 'accepted':
        entered(turn, [...above, outcome.text].join('\n'))
        break
      case 'overfull':
        judge(turn, [...above, outcome.text].join('\n'), true)
        break
      case 'cancelled':
        turn.set({ lastStatus: 130 })
        prompt(turn)
        break
      case 'ended':
        ended(turn, above)
        break
      case 'completion': {
        const { query, isAskedAgain } = outcome
        const question = turn.ask()
        turn.enter({
          is: 'completing',
          question,
          query,
          isAskedAgain,
          editor: edited.editor,
          above,
        })
        turn.do({ do: 'complete', question, query })
        break
      }
    }
  }
  turn.isReadingLines = false
}

function entered(turn: Turn, text: string): void {
  if (text.trim() === '') return prompt(turn)
  if (byteLength(text) <= LINE_LIMIT_BYTES && wantsMore(text)) return prompt(turn, text.split('\n'))
  const { memory } = turn.gate
  turn.set({ memory: { ...memory, history: remember(memory.history, text) } })
  const leaving = /^\s*(?:exit|logout)(?:\s+(\d{1,3}))?\s*;?\s*$/.exec(text)
  if (leaving === null) return judge(turn, text, false)
  const status = leaving[1] === undefined ? turn.gate.lastStatus : Number(leaving[1]) & 0xff
  leave(turn, status)
}

/** ^D: the end of the session, or of a command that was never finished. */
function ended(turn: Turn, above: readonly string[]): void {
  if (above.length === 0) return leave(turn, turn.gate.lastStatus)
  turn.show('sallyport: the command is not finished; it was dropped\r\n')
  turn.set({ lastStatus: 2 })
  prompt(turn)
}

/** Leaving needs nobody's leave. The shell says "logout" itself, if it is one that does. */
function leave(turn: Turn, status: number): void {
  turn.enter({ is: 'leaving' })
  turn.do({ do: 'leave', status })
}

function judge(turn: Turn, line: string, isOverfull: boolean): void {
  const question = turn.ask()
  turn.enter({ is: 'judging', question })
  turn.doFirst({ do: 'judge', question, line, form: 'command', isHidden: false, isOverfull })
}

export function completed(turn: Turn, names: readonly string[]): void {
  const { phase } = turn.gate
  if (phase.is !== 'completing') return
  const { editor, output } = complete(phase.editor, phase.query, names, phase.isAskedAgain)
  turn.draw(output)
  turn.enter({ is: 'prompting', editor, above: phase.above })
  readLines(turn)
}

/** Output of the agent's terminal while no program is in front. */
export function printed(turn: Turn, bytes: Uint8Array): void {
  const { phase } = turn.gate
  if (phase.is !== 'prompting' && phase.is !== 'completing') return turn.show(bytes)
  // Output while a line is being written: it goes above the prompt, which is drawn again below.
  const hidden = hide(phase.editor)
  turn.draw(hidden.output)
  turn.do({ do: 'show', bytes })
  if (standingText(follow(EMPTY_ROW, bytes)) !== '') turn.draw('\r\n')
  const { editor, output } = redraw(hidden.editor)
  turn.draw(output)
  turn.enter({ ...phase, editor })
}

export function resized(turn: Turn, columns: number, rows: number): void {
  const size = { ...turn.gate.size, columns, rows }
  turn.set({ size })
  const { phase } = turn.gate
  if (phase.is !== 'prompting' && phase.is !== 'completing') return
  const { editor, output } = resize(phase.editor, size)
  turn.draw(output)
  turn.enter({ ...phase, editor })
}
