/** Which key does what: bash's emacs mode (readline manual, "Readline Bare Essentials" and "Bindable Readline Commands"). */
import * as edits from './edits.ts'

export type Command =
  | 'accept'
  | 'accept-and-offer-next'
  | 'cancel'
  | 'delete-or-end'
  | 'complete'
  | 'clear-screen'
  | 'nothing'

/** Keys that change the line. */
export const EDITS: Readonly<Record<string, edits.Edit>> = {
  'Ctrl-a': edits.beginningOfLine,
  Home: edits.beginningOfLine,
  'Ctrl-e': edits.endOfLine,
  End: edits.endOfLine,
  'Ctrl-b': edits.backwardChar,
  Left: edits.backwardChar,
  'Ctrl-f': edits.forwardChar,
  Right: edits.forwardChar,
  'Alt-b': edits.backwardWord,
  'Ctrl-Left': edits.backwardWord,
  'Alt-Left': edits.backwardWord,
  'Alt-f': edits.forwardWord,
  'Ctrl-Right': edits.forwardWord,
  'Alt-Right': edits.forwardWord,
  Backspace: edits.backwardDeleteChar,
  'Ctrl-h': edits.backwardDeleteChar,
  Delete: edits.deleteChar,
  'Ctrl-k': edits.killLine,
  'Ctrl-u': edits.unixLineDiscard,
  'Ctrl-w': edits.unixWordRubout,
  'Alt-d': edits.killWord,
  'Ctrl-Delete': edits.killWord,
  'Alt-Backspace': edits.backwardKillWord,
  'Alt-Ctrl-h': edits.backwardKillWord,
  'Ctrl-y': edits.yank,
  'Alt-y': edits.yankPop,
  'Alt-.': edits.yankLastArg,
  'Alt-_': edits.yankLastArg,
  'Ctrl-t': edits.transposeChars,
  'Alt-u': edits.upcaseWord,
  'Alt-l': edits.downcaseWord,
  'Alt-c': edits.capitalizeWord,
  'Ctrl-_': edits.undo,
  'Alt-r': edits.revertLine,
  'Ctrl-p': edits.previousHistory,
  Up: edits.previousHistory,
  'Ctrl-n': edits.nextHistory,
  Down: edits.nextHistory,
  'Alt-<': edits.beginningOfHistory,
  'Alt->': edits.endOfHistory,
  'Ctrl-r': edits.reverseSearchHistory,
}

/** Keys that concern more than the line. Every key in neither table rings the bell. */
export const COMMANDS: Readonly<Record<string, Command>> = {
  Enter: 'accept',
  'Ctrl-j': 'accept',
  'Ctrl-o': 'accept-and-offer-next',
  'Ctrl-c': 'cancel',
  'Ctrl-d': 'delete-or-end',
  Tab: 'complete',
  'Ctrl-l': 'clear-screen',
  // At bash's prompt these are the terminal driver's, and do nothing that a person would see.
  'Ctrl-z': 'nothing',
  'Ctrl-\\': 'nothing',
  'Ctrl-s': 'nothing',
  'Ctrl-q': 'nothing',
  PageUp: 'nothing',
  PageDown: 'nothing',
  Insert: 'nothing',
}
