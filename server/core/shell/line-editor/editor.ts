/**
 * The bastion's own line editor. Bytes of the agent's terminal go in; what to show and what became of
 * the line come out. Nothing typed here goes anywhere else, and the text that is accepted is exactly
 * the text that is shown.
 */
import { INTERRUPT } from '../control-characters.ts'
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
import { BLANK, layOut, promptGlyphs, type Size } from './frame.ts'
import { type Keystroke, readKeystroke } from './keystrokes.ts'
import { EMPTY, textOf } from './line.ts'
import { paint } from './paint.ts'
import { BELL, CLEAR_SCREEN, frameOf, leaveRow, PASTE_ON, redraw } from './screen.ts'

export type Outcome =
  | { readonly is: 'editing' }
  /** `rest` is more than one turn should take: others come first. */
  | { readonly is: 'busy'; readonly rest: Uint8Array }
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

/** Characters that are gone over in one turn: about two milliseconds. */
const WORK_AT_ONCE = 400_000
/** With so much behind it in one write, a Tab was not pressed: it is part of what somebody pastes. */
const PASTED_BYTES = 256
/** What a keystroke costs besides the line's length, in characters. */
const KEYSTROKE_WORK = 200
/** What one costs that is only looked at. */
const SKIPPED_WORK = 20
/**
 * Whoever has pressed so many keys for one line is no person: a program has mistaken the prompt for
 * something else. From then on keys are only looked through for the one that ends the line.
 */
const KEYSTROKES_MOST = 16_384

/** Reads keystrokes up to the end of the bytes or of the line, or of what one turn may take; redraws once, at the end. */
export function feed(editor: Editor, bytes: Uint8Array): Edited {
  let now = editor
  let { decoding } = editor.memory
  let { keystrokes } = editor
  let cleared = ''
  let at = 0
  let work = 0
  while (at < bytes.length && work < WORK_AT_ONCE) {
    const read = readKeystroke(decoding, bytes, at)
    at = read.at
    decoding = read.decoding
    if (read.keystroke === null) break
    keystrokes += 1
    const keystroke = bytes.length - at < PASTED_BYTES ? read.keystroke : asPasted(read.keystroke)
    const command = keystroke.is === 'key' ? commandOf(now, keystroke.name) : null
    if (keystrokes > KEYSTROKES_MOST && !(command !== null && ENDS_LINE.has(command))) {
      if (!now.isOverfull) now = ring({ ...settleSearch(now), isOverfull: true })
      work += SKIPPED_WORK
      continue
    }
    work += KEYSTROKE_WORK + workOf(now)
    if (command === null) {
      now = press(now, keystroke)
      continue
    }
    if (command === 'clear-screen') {
      cleared = now.size.isDumb ? '' : CLEAR_SCREEN
      now = { ...now, shown: now.size.isDumb ? now.shown : BLANK }
      continue
    }
    const ending = obey(asRead(now), command, bytes.subarray(at))
    if (ending.outcome.is !== 'editing') {
      return { ...ending, output: cleared + ending.output }
    }
    now = ending.editor
  }
  const isSame =
    !now.isStale &&
    now.line === editor.line &&
    now.search === editor.search &&
    now.isOverfull === editor.isOverfull &&
    cleared === ''
  // The rest follows at once: drawing what is between would take longer than typing it.
  if (at < bytes.length) {
    const waiting = asRead({ ...now, isStale: !isSame })
    return { editor: waiting, output: cleared, outcome: { is: 'busy', rest: bytes.subarray(at) } }
  }
  // Laying a long line out takes longer than refusing a key.
  if (isSame) {
    const output = now.rings ? BELL : ''
    return { editor: asRead({ ...now, rings: false }), output, outcome: { is: 'editing' } }
  }
  const { editor: drawn, output } = redraw(now)
  return { editor: asRead(drawn), output: cleared + output, outcome: { is: 'editing' } }

  /** Written back once, not for each key. */
  function asRead(edited: Editor): Editor {
    return { ...edited, keystrokes, memory: { ...edited.memory, decoding } }
  }
}

function asPasted(keystroke: Keystroke): Keystroke {
  return keystroke.is === 'key' && keystroke.name === 'Tab' ? TAB : keystroke
}

const TAB: Keystroke = { is: 'text', text: '\t' }

const ENDS_LINE: ReadonlySet<Command> = new Set(['accept', 'accept-and-offer-next', 'cancel'])

/** A key goes over the line at most; one that searches, over the history. */
function workOf({ line, search: looking, memory }: Editor): number {
  const length = line.before.length + line.after.length
  return looking === null ? length : length + memory.history.length * HISTORY_WORK
}

/** Finding a text in an entry is quicker than going over it in our own words. */
const HISTORY_WORK = 50

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
    case 'cancel': {
      // Whoever holds the key down means it once.
      const next = rest.findIndex(byte => byte !== INTERRUPT)
      const behind = next === -1 ? new Uint8Array() : rest.subarray(next)
      return leave(settled, '^C', { is: 'cancelled', rest: behind })
    }
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

function leave(editor: Editor, mark: string, outcome: Outcome): Edited {
  return { ...leaveRow(editor, mark), outcome }
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
  if (query.length > QUERY_UNITS) return ring(editor)
  const old = editor.search?.query ?? ''
  // What holds none of the text holds none of a longer one.
  if (editor.search?.hasFailed === true && query.startsWith(old)) {
    return ring({ ...editor, search: { ...editor.search, query } })
  }
  const from = query.startsWith(old) ? (editor.search?.at ?? 0) + 1 : Infinity
  return search(editor, query, from)
}

/** More than anybody remembers of a line. */
const QUERY_UNITS = 256

/** Readline takes back up to twenty typed characters at once. */
const UNDO_TOGETHER = 20

function typed(editor: Editor, text: string): Editor {
  // What does not fit is refused whole; taking it apart first would cost a long paste dear.
  if (text.length > LINE_LIMIT_BYTES) return ring({ ...forget(editor), isOverfull: true })
  const count = editor.previous.is === 'insert' ? editor.previous.count % UNDO_TOGETHER : 0
  const now = firstOf(text, UNDO_TOGETHER - count)
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

/** The first so many units, and the other half of a character that they would cut in two. */
function firstOf(text: string, units: number): string {
  const last = text.charCodeAt(units - 1)
  return text.slice(0, last >= 0xd800 && last < 0xdc00 ? units + 1 : units)
}

function forget(editor: Editor): Editor {
  return { ...editor, previous: { is: 'nothing' } }
}
