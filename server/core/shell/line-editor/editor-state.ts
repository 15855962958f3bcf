import { BLANK, type Frame, type Glyph, type Size } from './frame.ts'
import { atNewest, type Recall, remember } from './history.ts'
import { GROUND, type Decoding } from './keystrokes.ts'
import { byteLength, EMPTY, type Line } from './line.ts'

/** What outlives a line: lines entered before, text cut out, and the keystroke that the last chunk broke off in. */
export interface Memory {
  readonly history: readonly string[]
  /** Newest first. */
  readonly kills: readonly string[]
  /** The history entry to offer next (^O), or null. */
  readonly offer: number | null
  readonly decoding: Decoding
}

export const FRESH: Memory = { history: [], kills: [], offer: null, decoding: GROUND }

/** A memory that begins with lines of earlier sessions. What could not have been typed is left out. */
export function withHistory(memory: Memory, lines: readonly string[]): Memory {
  const typeable = lines.filter(line => !UNTYPEABLE.test(line))
  return { ...memory, history: typeable.reduce<readonly string[]>(remember, memory.history) }
}

/** Control characters but tab and newline, as in keystrokes.ts. */
// oxlint-disable-next-line no-control-regex -- control characters are what this looks for
const UNTYPEABLE = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\ufffd]/

/** Looking for a line entered before (^R). */
export interface Search {
  readonly query: string
  /** The history entry that is shown; the history's length before anything was found. */
  readonly at: number
  readonly hasFailed: boolean
  /** What ^G goes back to. */
  readonly saved: Line
}

/** What the keystroke before did, where the next one goes on with it. */
export type Previous =
  | { readonly is: 'nothing' }
  | { readonly is: 'insert'; readonly count: number }
  | { readonly is: 'kill' }
  | { readonly is: 'yank'; readonly kill: number; readonly length: number }
  | { readonly is: 'argument'; readonly entry: number; readonly length: number }
  | { readonly is: 'completion' }

export interface Editor {
  readonly memory: Memory
  readonly size: Size
  readonly prompt: readonly Glyph[]
  readonly line: Line
  readonly search: Search | null
  readonly recall: Recall
  /** The line before each change, newest last. */
  readonly undo: readonly Line[]
  readonly previous: Previous
  /** Something did not fit: the line must not run, for it is not what was typed. */
  readonly isOverfull: boolean
  /** Keys pressed for this line. */
  readonly keystrokes: number
  /** What stands on the screen. */
  readonly shown: Frame
  /** The line has changed since; more keys are being read. */
  readonly isStale: boolean
  /** The bell is to be rung: the last keystroke did nothing. */
  readonly rings: boolean
}

/** As long as the judge reads (core/command/bytes.ts); what is longer could not run. */
export const LINE_LIMIT_BYTES = 16_384
const UNDO_LIMIT = 200

export function freshEditor(memory: Memory, prompt: readonly Glyph[], size: Size): Editor {
  return {
    memory,
    size,
    prompt,
    line: EMPTY,
    search: null,
    recall: atNewest(memory.history),
    undo: [],
    previous: { is: 'nothing' },
    isOverfull: false,
    keystrokes: 0,
    shown: BLANK,
    isStale: false,
    rings: false,
  }
}

/** The editor with another line, to which undo can go back. */
export function change(editor: Editor, line: Line): Editor {
  return { ...editor, line, undo: [...editor.undo.slice(1 - UNDO_LIMIT), editor.line] }
}

/** The editor with its cursor elsewhere, or a bell when it is there already. */
export function move(editor: Editor, line: Line): Editor {
  return line.before.length === editor.line.before.length ? ring(editor) : { ...editor, line }
}

export function ring(editor: Editor): Editor {
  return { ...editor, rings: true }
}

/** Puts text at the cursor, when the line has room for it. */
export function insert(editor: Editor, text: string): Editor {
  const { line } = editor
  // Once something did not fit, nothing more is taken: what follows would stand in the wrong place.
  if (editor.isOverfull) return ring(editor)
  if (!fits(line, text)) {
    return ring({ ...editor, isOverfull: true })
  }
  return change(editor, { ...line, before: line.before + text })
}

/** No unit of UTF-16 takes more than three bytes: only long lines are counted. */
function fits({ before, after }: Line, text: string): boolean {
  const units = before.length + after.length + text.length
  if (units * 3 <= LINE_LIMIT_BYTES) return true
  return byteLength(before) + byteLength(after) + byteLength(text) <= LINE_LIMIT_BYTES
}
