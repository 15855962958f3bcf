/**
 * The word that Tab completes, and putting an answer into the line. The target only lists names that
 * begin with a word; nothing of what it answers is taken for more than a name.
 */
import type { Editor } from './editor-state.ts'
import { insert, ring } from './editor-state.ts'
import { paint } from './paint.ts'
import { BLANK, layOut } from './frame.ts'
import { textWidth } from './display-width.ts'

export interface CompletionQuery {
  /** The word up to the cursor, quoting removed. */
  readonly word: string
  readonly names: 'commands' | 'files'
  /** How the word was begun, so that what is added is quoted the same way. */
  readonly quote: 'none' | 'single' | 'double'
}

/** More names than this are counted, not shown; bash asks at 100. */
const LISTED = 100

/** What stands before the cursor as a query; null where there is nothing to complete (a variable, a pattern). */
export function completionAt(before: string): CompletionQuery | null {
  let word = ''
  let quote: CompletionQuery['quote'] = 'none'
  let isFirst = true
  let hasWord = false
  const characters = Array.from(before)
  for (let at = 0; at < characters.length; at += 1) {
    const character = characters[at] ?? ''
    if (quote === 'single') {
      if (character === "'") quote = 'none'
      else word += character
    } else if (character === '\\') {
      at += 1
      word += characters[at] ?? ''
      hasWord = true
    } else if (quote === 'double') {
      if (character === '"') quote = 'none'
      else word += character
    } else if (character === "'" || character === '"') {
      quote = character === "'" ? 'single' : 'double'
      hasWord = true
    } else if (/[\s|&;()<>]/.test(character)) {
      // A command is expected at the start and after an operator; a file after anything else.
      if (hasWord) isFirst = false
      if (/[|&;(\n]/.test(character)) isFirst = true
      else if (/[<>]/.test(character)) isFirst = false
      word = ''
      hasWord = false
    } else {
      word += character
      hasWord = true
    }
  }
  // Patterns and expansions are the shell's to resolve, once the line has been judged.
  if (/[$`*?[\]{}!]/.test(word)) return null
  return { word, names: isFirst && !word.includes('/') ? 'commands' : 'files', quote }
}

/** Puts the answer into the line: what all names share; or, asked twice, shows them. */
export function complete(
  editor: Editor,
  { word, quote }: CompletionQuery,
  names: readonly string[],
  isAskedAgain: boolean,
): { editor: Editor; output: string } {
  const usable = names.filter(name => name.startsWith(word) && !UNTYPEABLE.test(name))
  const shared = sharedPrefix(usable)
  const added = shared.slice(word.length)
  const only = usable.length === 1 ? closing(shared, quote) : ''
  if (added !== '' || only !== '') {
    const next = insert(editor, quoted(added, quote) + only)
    const shown = layOut(next.prompt, next.line, next.size)
    return {
      editor: { ...next, shown, rings: false },
      output: paint(editor.shown, shown, editor.size) + (usable.length > 1 ? '\x07' : ''),
    }
  }
  if (usable.length < 2 || !isAskedAgain) return { editor: ring(editor), output: '\x07' }
  const list = listing(usable, word, editor.size.columns)
  const wholeLine = { before: editor.line.before + editor.line.after, after: '' }
  const toEnd = paint(editor.shown, layOut(editor.prompt, wholeLine, editor.size), editor.size)
  const shown = layOut(editor.prompt, editor.line, editor.size)
  return {
    editor: { ...editor, shown },
    output: `${toEnd}\r\n${list}${paint(BLANK, shown, editor.size)}`,
  }
}

/** What follows a name that is the only one: a slash stays open, a word is closed. */
function closing(name: string, quote: CompletionQuery['quote']): string {
  if (name.endsWith('/')) return ''
  return { none: ' ', single: "' ", double: '" ' }[quote]
}

function quoted(text: string, quote: CompletionQuery['quote']): string {
  switch (quote) {
    case 'none':
      return text.replace(/[^\p{L}\p{N}\p{M}/._,:=@%+~-]/gu, '\\$&')
    case 'single':
      return text.replaceAll("'", "'\\''")
    case 'double':
      return text.replace(/["\\$`]/g, '\\$&')
  }
}

/** Names that could not stand in a line (line-editor/keystrokes.ts) or that would not be seen for what they are. */
const UNTYPEABLE = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]|(?! )\p{Zs}/u

function sharedPrefix(names: readonly string[]): string {
  let shared = Array.from(names[0] ?? '')
  for (const name of names) {
    const characters = Array.from(name)
    const differs = shared.findIndex((character, at) => character !== characters[at])
    if (differs !== -1) shared = shared.slice(0, differs)
  }
  return shared.join('')
}

/** The last part of each path, in columns read downwards, as ls and bash show them. */
function listing(names: readonly string[], word: string, columns: number): string {
  const directory = word.lastIndexOf('/') + 1
  const shown = names.slice(0, LISTED).map(name => name.slice(directory))
  const width = Math.max(...shown.map(textWidth)) + 2
  const across = Math.max(1, Math.floor(columns / width))
  const down = Math.ceil(shown.length / across)
  let text = ''
  for (let row = 0; row < down; row += 1) {
    const cells = shown.filter((_, at) => at % down === row)
    const padded = cells.map((cell, at) =>
      at === cells.length - 1 ? cell : cell + ' '.repeat(width - textWidth(cell)),
    )
    text += `${padded.join('')}\r\n`
  }
  return names.length > LISTED ? `${text}… ${names.length - LISTED} more\r\n` : text
}
