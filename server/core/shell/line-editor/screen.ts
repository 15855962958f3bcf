/** What stands on the agent's screen of a prompt and the line behind it. */
import type { Editor } from './editor-state.ts'
import { settleSearch } from './edits.ts'
import { BLANK, type Frame, layOut, promptGlyphs, type Size } from './frame.ts'
import { atEnd, type Line, textOf } from './line.ts'
import { erase, paint } from './paint.ts'

export const BELL = '\x07'
export const CLEAR_SCREEN = '\x1b[H\x1b[2J'
/** Bracketed paste (XTerm Control Sequences, DECSET 2004), on and off in the places where bash does it. */
export const PASTE_ON = '\x1b[?2004h'
const PASTE_OFF = '\x1b[?2004l\r'

/** Brings the screen up to date. */
export function redraw(editor: Editor): { editor: Editor; output: string } {
  const shown = frameOf(editor)
  const bell = editor.rings ? BELL : ''
  return {
    editor: { ...editor, shown, isStale: false, rings: false },
    output: bell + paint(editor.shown, shown, editor.size),
  }
}

/**
 * Redraws for another size. Some terminals have wrapped the line anew by now and some have not; the
 * cursor goes up by the smaller count, so that nothing above the prompt is lost.
 */
export function resize(editor: Editor, size: Size): { editor: Editor; output: string } {
  const resized = { ...editor, size }
  if (size.isDumb) return redraw(resized)
  const rowIfWrappedAnew = layOut(shownPrompt(editor), editor.line, size).cursor.row
  const cursor = {
    row: Math.min(editor.shown.cursor.row, rowIfWrappedAnew),
    column: editor.shown.cursor.column,
  }
  const cleared = erase({ ...editor.shown, cursor })
  const drawn = redraw({ ...resized, shown: BLANK })
  return { editor: drawn.editor, output: cleared + drawn.output }
}

/** Takes prompt and line off the screen, for output that comes while a line is being written. */
export function hide(editor: Editor): { editor: Editor; output: string } {
  if (editor.size.isDumb) return { editor: { ...editor, shown: BLANK }, output: '\r\n' }
  return { editor: { ...editor, shown: BLANK }, output: erase(editor.shown) }
}

/** What lets the line stay on the screen as it is, for what is said when the session ends under it. */
export function abandon(editor: Editor): string {
  return leaveRow(settleSearch(editor), '').output
}

/** Shows the whole line as it stands and goes to the next row. */
export function leaveRow(editor: Editor, mark: string): { editor: Editor; output: string } {
  const line = { before: textOf(editor.line), after: '' }
  const { editor: drawn, output } = redraw({ ...editor, line, rings: false })
  const end = `${mark}\r\n${editor.size.isDumb ? '' : PASTE_OFF}`
  return { editor: drawn, output: output + end }
}

export function frameOf(editor: Editor): Frame {
  return layOut(shownPrompt(editor), editor.isOverfull ? OVERFULL : editor.line, editor.size)
}

/** In the place of a line that cannot run: it is longer than most screens, and a word above it would not be seen. */
const OVERFULL: Line = atEnd(
  '(sallyport: this is more than a line may hold, 16 KB or as many keys; it will not run, and ^C begins another)',
)

function shownPrompt({ search: looking, prompt }: Editor): Editor['prompt'] {
  if (looking === null) return prompt
  const failed = looking.hasFailed ? 'failed ' : ''
  return promptGlyphs(`(${failed}reverse-i-search)\`${looking.query}': `)
}
