/**
 * What keys do to a line, under the names of the readline manual ("Bindable Readline Commands"). Each
 * is a function from one editor to the next; `previous` is what the key before did.
 */
import { change, type Editor, insert, move, type Previous, ring } from './editor-state.ts'
import { findBackwards, recall } from './history.ts'
import {
  atEnd,
  clusterAfter,
  clusterBefore,
  type Line,
  stepBack,
  stepForward,
  textOf,
  withCursor,
} from './line.ts'
import { blankWordStart, lastArgument, wordEnd, wordStart } from './words.ts'

export type Edit = (editor: Editor, previous: Previous) => Editor

/** Kills that ^Y and Alt-y can bring back; readline keeps ten. */
const KILL_RING = 10

export const beginningOfLine: Edit = editor => ({ ...editor, line: withCursor(editor.line, 0) })

export const endOfLine: Edit = editor => ({ ...editor, line: atEnd(textOf(editor.line)) })

export const backwardChar: Edit = editor =>
  move(editor, stepBack(editor.line, clusterBefore(editor.line)))

export const forwardChar: Edit = editor =>
  move(editor, stepForward(editor.line, clusterAfter(editor.line)))

export const backwardWord: Edit = editor =>
  move(editor, withCursor(editor.line, wordStart(editor.line.before)))

export const forwardWord: Edit = editor => {
  const { before, after } = editor.line
  return move(editor, withCursor(editor.line, before.length + wordEnd(after)))
}

export const backwardDeleteChar: Edit = editor => {
  const { before, after } = editor.line
  if (before === '') return ring(editor)
  return change(editor, { before: before.slice(0, -clusterBefore(editor.line).length), after })
}

export const deleteChar: Edit = editor => {
  const { before, after } = editor.line
  if (after === '') return ring(editor)
  return change(editor, { before, after: after.slice(clusterAfter(editor.line).length) })
}

export const killLine: Edit = (editor, previous) =>
  killForward(editor, editor.line.after.length, previous)

export const unixLineDiscard: Edit = (editor, previous) => killBackward(editor, 0, previous)

export const unixWordRubout: Edit = (editor, previous) =>
  killBackward(editor, blankWordStart(editor.line.before), previous)

export const backwardKillWord: Edit = (editor, previous) =>
  killBackward(editor, wordStart(editor.line.before), previous)

export const killWord: Edit = (editor, previous) =>
  killForward(editor, wordEnd(editor.line.after), previous)

export const yank: Edit = editor => {
  const text = editor.memory.kills[0]
  if (text === undefined) return ring(editor)
  return { ...insert(editor, text), previous: { is: 'yank', kill: 0, length: text.length } }
}

/** Alt-y after ^Y: the kill before, in its place. */
export const yankPop: Edit = (editor, previous) => {
  const { kills } = editor.memory
  if (previous.is !== 'yank') return ring(editor)
  const kill = (previous.kill + 1) % kills.length
  const text = kills[kill] ?? ''
  const without = withoutLast(editor, previous.length)
  return { ...insert(without, text), previous: { is: 'yank', kill, length: text.length } }
}

/** Alt-. again and again: the last word of older and older lines. */
export const yankLastArg: Edit = (editor, previous) => {
  const { history } = editor.memory
  const isAgain = previous.is === 'argument'
  const entry = (isAgain ? previous.entry : history.length) - 1
  const line = history[entry]
  if (line === undefined) {
    return isAgain ? { ...ring(editor), previous } : ring(editor)
  }
  const text = lastArgument(line)
  const without = isAgain ? withoutLast(editor, previous.length) : editor
  return { ...insert(without, text), previous: { is: 'argument', entry, length: text.length } }
}

/** Drags the character before the cursor over the one under it; at the end, swaps the last two. */
export const transposeChars: Edit = editor => {
  const isAtEnd = editor.line.after === ''
  const line = isAtEnd ? stepBack(editor.line, clusterBefore(editor.line)) : editor.line
  const first = clusterBefore(line)
  const second = clusterAfter(line)
  if (first === '' || second === '') return ring(editor)
  return change(editor, {
    before: line.before.slice(0, line.before.length - first.length) + second + first,
    after: line.after.slice(second.length),
  })
}

export const upcaseWord: Edit = editor => recase(editor, word => word.toUpperCase())

export const downcaseWord: Edit = editor => recase(editor, word => word.toLowerCase())

export const capitalizeWord: Edit = editor =>
  recase(editor, word => word.toLowerCase().replace(/[\p{L}\p{N}]/u, first => first.toUpperCase()))

export const undo: Edit = editor => {
  const line = editor.undo.at(-1)
  if (line === undefined) return ring(editor)
  return { ...editor, line, undo: editor.undo.slice(0, -1) }
}

/** Alt-r: every change to this line. */
export const revertLine: Edit = editor => {
  const line = editor.undo[0]
  return line === undefined ? ring(editor) : { ...editor, line, undo: [] }
}

export const previousHistory: Edit = editor => visit(editor, editor.recall.at - 1)

export const nextHistory: Edit = editor => visit(editor, editor.recall.at + 1)

export const beginningOfHistory: Edit = editor => visit(editor, 0)

export const endOfHistory: Edit = editor => visit(editor, editor.memory.history.length)

export const reverseSearchHistory: Edit = editor => ({
  ...editor,
  search: { query: '', at: editor.recall.at, hasFailed: false, saved: editor.line },
})

/** Goes to a history entry; what was changed in the line stays behind as a draft. */
export function visit(editor: Editor, to: number): Editor {
  const found = recall(editor.memory.history, editor.recall, to, textOf(editor.line))
  if (found === null) return ring(editor)
  return { ...editor, recall: found.recall, line: atEnd(found.text), undo: [] }
}

/** Shows the newest line before entry `before` that holds `query`. */
export function search(editor: Editor, query: string, before: number): Editor {
  const saved = editor.search?.saved ?? editor.line
  const found = findBackwards(editor.memory.history, query, before)
  if (query === '' || found === null) {
    const at = editor.search?.at ?? editor.memory.history.length
    const hasFailed = query !== ''
    return { ...editor, search: { query, at, hasFailed, saved }, rings: hasFailed }
  }
  const line = withCursor(atEnd(editor.memory.history[found.at] ?? ''), found.offset)
  return { ...editor, line, search: { query, at: found.at, hasFailed: false, saved } }
}

/** Ends a search with the line it found, ready to be edited. */
export function settleSearch(editor: Editor): Editor {
  if (editor.search === null) return editor
  const drafts = new Map(editor.recall.drafts).set(editor.recall.at, textOf(editor.search.saved))
  return { ...editor, search: null, recall: { at: editor.search.at, drafts }, undo: [] }
}

function killBackward(editor: Editor, from: number, previous: Previous): Editor {
  const { before, after } = editor.line
  if (from === before.length) return ring(editor)
  const killed = before.slice(from)
  return keepKill(
    change(editor, { before: before.slice(0, from), after }),
    killed,
    'front',
    previous,
  )
}

function killForward(editor: Editor, length: number, previous: Previous): Editor {
  const { before, after } = editor.line
  if (length === 0) return ring(editor)
  const killed = after.slice(0, length)
  return keepKill(change(editor, { before, after: after.slice(length) }), killed, 'back', previous)
}

/** Kills one after the other make one text. */
function keepKill(
  editor: Editor,
  killed: string,
  at: 'front' | 'back',
  previous: Previous,
): Editor {
  const { kills } = editor.memory
  const [newest = '', ...older] = kills
  const joined = at === 'front' ? killed + newest : newest + killed
  const kept = previous.is === 'kill' ? [joined, ...older] : [killed, ...kills]
  return {
    ...editor,
    memory: { ...editor.memory, kills: kept.slice(0, KILL_RING) },
    previous: { is: 'kill' },
  }
}

function withoutLast(editor: Editor, length: number): Editor {
  const { before, after } = editor.line
  return { ...editor, line: { before: before.slice(0, before.length - length), after } }
}

function recase(editor: Editor, recased: (word: string) => string): Editor {
  const { before, after } = editor.line
  const length = wordEnd(after)
  if (length === 0) return ring(editor)
  const line: Line = {
    before: before + recased(after.slice(0, length)),
    after: after.slice(length),
  }
  return change(editor, line)
}
