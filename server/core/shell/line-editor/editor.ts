/**
 * The bastion's own line editor. Bytes of the agent's terminal go in; what to show and what became of
 * the line come out. Nothing typed here goes anywhere else, and the text that is accepted is exactly
 * the text that is shown.
 */
import { type Command, COMMANDS, EDITS } from './bindings.ts'
import { completionAt, type CompletionQuery } from './completion.ts'
import {
  type Editor,
  freshEditor,
  insert,
  LINE_LIMIT_BYTES,
  type Memory,
  ring,
} from './editor-state.ts'
import { deleteChar, search, settleSearch, visit } from './edits.ts'
import { BLANK, type Frame, layOut, promptGlyphs, type Size } from './frame.ts'
import { type Keystroke, readKeystroke } from './keystrokes.ts'
import { EMPTY, textOf } from './line.ts'
import { erase, paint } from './paint.ts'

export type Outcome =
  | { readonly is: 'editing' }
  /** `rest` are the bytes behind the key that ended the line: whoever comes next gets them. */
  | { readonly is: 'accepted'; readonly text: string; readonly rest: Uint8Array }
  /** Enter was pressed on a line that lost something for want of room. */
  | { readonly is: 'overfull'; readonly text: string; readonly rest: Uint8Array }
  | { readonly is: 'cancelled'; readonly rest: Uint8Array }
  /** ^D on an empty line. */
  | { readonly is: 'ended'; readonly rest: Uint8Array }
  | {
      readonly is: 'completion'
      readonly query: CompletionQuery
      readonly isAskedAgain: boolean
      readonly rest: Uint8Array
    }

export interface Edited {
  readonly editor: Editor
  /** For the agent's terminal. */
  readonly output: string
  readonly outcome: Outcome
}

/**
 * Shows a prompt and begins a line.
 *
 * @param tail what already stands in the row because a program's output did not end in a newline.
 */
export function beginLine(
  memory: Memory,
  prompt: string,
  tail: string,
  size: Size,
): { editor: Editor; output: string } {
  const lines = prompt.split('\n')
  const last = lines.pop() ?? ''
  const standing = lines.length === 0 ? promptGlyphs(tail) : []
  const fresh = freshEditor(memory, [...standing, ...promptGlyphs(last)], size)
  const offered = memory.offer === null ? fresh : visit(fresh, memory.offer)
  const editor = { ...offered, memory: { ...memory, offer: null }, rings: false }
  const before = layOut(standing, EMPTY, size)
  // Behind a full row the cursor has not moved on yet; a blank over the margin takes it there.
  const margin = before.rows.length > 1 && before.cursor.column === 0 ? ' \r' : ''
  const shown = frameOf(editor)
  return {
    editor: { ...editor, shown },
    output:
      (size.isDumb ? '' : PASTE_ON) +
      lines.map(line => `${line}\r\n`).join('') +
      margin +
      paint(before, shown, size),
  }
}

/** Reads keystrokes up to the end of the bytes or of the line; redraws once. */
export function feed(editor: Editor, bytes: Uint8Array): Edited {
  let now = editor
  let cleared = ''
  let at = 0
  while (at < bytes.length) {
    const read = readKeystroke(now.memory.decoding, bytes, at)
    at = read.at
    now = { ...now, memory: { ...now.memory, decoding: read.decoding } }
    if (read.keystroke === null) break
    const command = read.keystroke.is === 'key' ? commandOf(now, read.keystroke.name) : null
    if (command === null) {
      now = press(now, read.keystroke)
      continue
    }
    if (command === 'clear-screen') {
      cleared = now.size.isDumb ? '' : CLEAR_SCREEN
      now = { ...now, shown: now.size.isDumb ? now.shown : BLANK }
      continue
    }
    const ending = obey(now, command, bytes.subarray(at))
    if (ending.outcome.is !== 'editing') {
      return { ...ending, output: cleared + ending.output }
    }
    now = ending.editor
  }
  const isSame = now.line === editor.line && now.search === editor.search && cleared === ''
  // Laying a long line out takes longer than refusing a key.
  if (isSame) {
    const output = now.rings ? BELL : ''
    return { editor: { ...now, rings: false }, output, outcome: { is: 'editing' } }
  }
  const { editor: drawn, output } = redraw(now)
  return { editor: drawn, output: cleared + output, outcome: { is: 'editing' } }
}

/** Takes prompt and line off the screen, for output that comes while a line is being written. */
export function hide(editor: Editor): { editor: Editor; output: string } {
  if (editor.size.isDumb) return { editor: { ...editor, shown: BLANK }, output: '\r\n' }
  return { editor: { ...editor, shown: BLANK }, output: erase(editor.shown) }
}

/** What lets the line stay on the screen as it is, for what is said when the session ends under it. */
export function abandon(editor: Editor): string {
  return leave(settleSearch(editor), '', { is: 'editing' }).output
}

/** Brings the screen up to date. */
export function redraw(editor: Editor): { editor: Editor; output: string } {
  const shown = frameOf(editor)
  const bell = editor.rings ? BELL : ''
  return {
    editor: { ...editor, shown, rings: false },
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

const BELL = '\x07'
const CLEAR_SCREEN = '\x1b[H\x1b[2J'
/** Bracketed paste (XTerm Control Sequences, DECSET 2004), on and off in the places where bash does it. */
const PASTE_ON = '\x1b[?2004h'
const PASTE_OFF = '\x1b[?2004l\r'

/** The command of a key, when it is one that leaves the line; null for keys that change it. */
function commandOf(editor: Editor, name: string): Command | null {
  if (!Object.hasOwn(COMMANDS, name)) return null
  const command = COMMANDS[name] ?? null
  if (command === 'delete-or-end' && textOf(editor.line) !== '') return null
  return command
}

function obey(editor: Editor, command: Command, rest: Uint8Array): Edited {
  const settled = settleSearch(editor)
  const text = textOf(settled.line)
  switch (command) {
    case 'accept':
    case 'accept-and-offer-next': {
      const { at } = settled.recall
      const isOld = command === 'accept-and-offer-next' && at < settled.memory.history.length
      const memory = { ...settled.memory, offer: isOld ? at + 1 : null }
      const is = settled.isOverfull ? 'overfull' : 'accepted'
      return leave({ ...settled, memory }, '', { is, text, rest })
    }
    case 'cancel':
      return leave(settled, '^C', { is: 'cancelled', rest })
    case 'delete-or-end':
      return leave(settled, '', { is: 'ended', rest })
    case 'complete': {
      const query = completionAt(settled.line.before)
      const isAskedAgain = settled.previous.is === 'completion'
      if (query === null) return { editor: ring(settled), output: '', outcome: { is: 'editing' } }
      const { editor: drawn, output } = redraw({ ...settled, previous: { is: 'completion' } })
      return { editor: drawn, output, outcome: { is: 'completion', query, isAskedAgain, rest } }
    }
    case 'clear-screen':
    case 'nothing':
      return { editor: settled, output: '', outcome: { is: 'editing' } }
  }
}

/** Shows the whole line as it stands and goes to the next row. */
function leave(editor: Editor, mark: string, outcome: Outcome): Edited {
  const line = { before: textOf(editor.line), after: '' }
  const { editor: drawn, output } = redraw({ ...editor, line, rings: false })
  const end = `${mark}\r\n${editor.size.isDumb ? '' : PASTE_OFF}`
  return { editor: drawn, output: output + end, outcome }
}

function press(editor: Editor, keystroke: Keystroke): Editor {
  switch (keystroke.is) {
    case 'text':
      return editor.search === null
        ? typed(editor, keystroke.text)
        : Array.from(keystroke.text).reduce(
            (now, character) => searched(now, `${now.search?.query ?? ''}${character}`),
            editor,
          )
    case 'paste': {
      const pasted = insert(settleSearch(editor), keystroke.text)
      return forget(keystroke.isDamaged ? ring(pasted) : pasted)
    }
    case 'paste-too-long':
      return ring({ ...forget(editor), isOverfull: true })
    case 'refused':
      return keystroke.isSilent ? editor : ring(editor)
    case 'key':
      return editor.search === null
        ? pressKey(editor, keystroke.name)
        : pressWhileSearching(editor, editor.search.query, keystroke.name)
  }
}

function pressKey(editor: Editor, name: string): Editor {
  const edit = name === 'Ctrl-d' ? deleteChar : Object.hasOwn(EDITS, name) ? EDITS[name] : undefined
  if (edit === undefined) return ring(forget(editor))
  const next = edit(forget(editor), editor.previous)
  return textOf(next.line) === '' ? { ...next, isOverfull: false } : next
}

function pressWhileSearching(editor: Editor, query: string, name: string): Editor {
  switch (name) {
    case 'Ctrl-r':
      return search(editor, query, editor.search?.at ?? 0)
    case 'Backspace':
    case 'Ctrl-h':
      return searched(editor, Array.from(query).slice(0, -1).join(''))
    case 'Ctrl-g':
      return { ...editor, line: editor.search?.saved ?? editor.line, search: null, rings: true }
    default:
      return pressKey(settleSearch(editor), name)
  }
}

/** Searches again from the newest line on: what was found may still be what is wanted. */
function searched(editor: Editor, query: string): Editor {
  const from = query.startsWith(editor.search?.query ?? '')
    ? (editor.search?.at ?? 0) + 1
    : Infinity
  return search(editor, query, from)
}

/** Readline takes back up to twenty typed characters at once. */
const UNDO_TOGETHER = 20

function typed(editor: Editor, text: string): Editor {
  // What does not fit is refused whole; taking it apart first would cost a long paste dear.
  if (text.length > LINE_LIMIT_BYTES) return ring({ ...forget(editor), isOverfull: true })
  const count = editor.previous.is === 'insert' ? editor.previous.count % UNDO_TOGETHER : 0
  const now = text.slice(0, UNDO_TOGETHER - count)
  const inserted = insert(editor, now)
  const next: Editor = {
    ...inserted,
    undo: count === 0 ? inserted.undo : editor.undo,
    previous: { is: 'insert', count: count + now.length },
  }
  // A full line takes no more of it: the rest is not tried piece by piece.
  if (now.length === text.length || next.isOverfull) return next
  return typed(next, text.slice(now.length))
}

function forget(editor: Editor): Editor {
  return { ...editor, previous: { is: 'nothing' } }
}

function frameOf(editor: Editor): Frame {
  return layOut(shownPrompt(editor), editor.line, editor.size)
}

function shownPrompt({ search: looking, prompt }: Editor): Editor['prompt'] {
  if (looking === null) return prompt
  const failed = looking.hasFailed ? 'failed ' : ''
  return promptGlyphs(`(${failed}reverse-i-search)\`${looking.query}': `)
}
