/**
 * A word taken apart. This is the one place where the parser's idea of a word is believed, and each
 * leaf of it is read a second time from its raw text: where the two readings differ, or the text holds
 * something the parser should have seen, the word is not understood. What comes out feeds both the
 * reading (words.ts) and the canonical form (canonical/), so that the two cannot drift apart.
 */
import type {
  ArithmeticExpansionPart,
  CommandExpansionPart,
  DoubleQuotedChild,
  HereDocBody,
  ParameterExpansionPart,
  ProcessSubstitutionPart,
  SimpleExpansionPart,
  Word as WordNode,
  WordPart,
} from 'unbash'
import type { GuardName } from '../guards.ts'
import { isPlainAnsiString } from './ansi-string.ts'
import { expandBraces } from './braces.ts'

export type ExpansionNode =
  | SimpleExpansionPart
  | ParameterExpansionPart
  | CommandExpansionPart
  | ArithmeticExpansionPart
  | ProcessSubstitutionPart

export type Piece =
  | { readonly is: 'text'; readonly text: string; readonly isQuoted: boolean }
  /** `*`, `?` or `[…]`, unquoted. */
  | { readonly is: 'glob'; readonly source: string }
  | { readonly is: 'expansion'; readonly node: ExpansionNode; readonly isQuoted: boolean }
  /** `~`, `~+`, `~user` up to the slash. */
  | { readonly is: 'tilde'; readonly source: string }
  /** A brace expansion whose words are not listed. */
  | { readonly is: 'braces'; readonly source: string }
  | {
      readonly is: 'fault'
      readonly guard: GuardName
      readonly source: string
      /** What the parser takes it for; believed only where a test has taken the guard away. */
      readonly parsed: string
    }

/** Where a word stands; it decides which expansions the shell performs. */
export type Place = 'argument' | 'assignment' | 'pattern'

/** The pieces of each word this one becomes: one, or as many as its braces spell out. */
export function readPieces(word: WordNode, place: Place): readonly (readonly Piece[])[] {
  const parts = word.parts ?? [literalOf(word)]
  if (place === 'argument' && parts.some(part => part.type === 'BraceExpansion')) {
    const listed = parts.every(part => part.type === 'BraceExpansion' || part.type === 'Literal')
      ? expandBraces(word.text)
      : null
    // An empty alternative is no word at all when nothing stands around it.
    if (listed !== null && !/^~|[=:]~/.test(word.text)) {
      return listed.filter(text => text !== '').map(text => [{ is: 'text', text, isQuoted: false }])
    }
  }
  const untiled = findUntiled(word.text, word.pos, parts)
  if (untiled !== null) return [[fault('unaccounted-text', untiled, word.value)]]
  return [
    withTildes(
      parts.flatMap(part => piecesOf(part, word)),
      word.text,
      place,
    ),
  ]
}

/** The pieces of a here-document's body, which expands like text in double quotes (Bash manual 3.6.6). */
export function readBody(body: HereDocBody): readonly Piece[] {
  if (body.parts === undefined) return [quotedText(body.text, /[$`\\]/, null)]
  return body.parts.map(part => {
    if (part.type === 'Literal') return quotedText(part.text, /[$`\\]/, part.value)
    if (isExpansion(part)) return { is: 'expansion', node: part, isQuoted: true }
    return fault('unknown-syntax', part.text)
  })
}

/** The first stretch of `text` that no part covers, or that two parts cover; null when they tile it. */
function findUntiled(text: string, start: number, parts: readonly WordPart[]): string | null {
  let at = start
  for (const part of parts) {
    if (part.pos !== at || part.end < at) return text.slice(at - start) || text
    at = part.end
  }
  return at === start + text.length ? null : text.slice(at - start) || text
}

function literalOf(word: WordNode): WordPart {
  return { type: 'Literal', pos: word.pos, end: word.end, value: word.value, text: word.text }
}

function piecesOf(part: WordPart, word: WordNode): readonly Piece[] {
  switch (part.type) {
    case 'Literal':
      return [unquotedText(part.text, part.value, word.text[part.end - word.pos] ?? '')]
    case 'SingleQuoted': {
      const isSame = part.text === `'${part.value}'` && !part.value.includes("'")
      return [isSame ? quoted(part.value) : fault('second-reading', part.text, part.value)]
    }
    case 'AnsiCQuoted':
      // `read -d $'\0'`: a NUL ends the word, so this is the empty one.
      if (/^\$'\\(0{1,3}|x00?)'$/.test(part.text) && word.text === part.text) return [quoted('')]
      return [
        isPlainAnsiString(part.text)
          ? quoted(part.value)
          : fault('ansi-string', part.text, part.value),
      ]
    case 'DoubleQuoted':
      return doubleQuoted(part.text, part.pos, part.parts)
    case 'Glob':
      return [{ is: 'glob', source: part.text }]
    case 'BraceExpansion':
      return [{ is: 'braces', source: part.text }]
    case 'ExtendedGlob':
      // Where the option is off, the shell takes the whole line for an error.
      return [{ is: 'glob', source: part.text }]
    case 'LocaleString':
      // Read and written out as "…", so that no catalogue of translations can change it.
      return doubleQuoted(part.text.slice(1), part.pos + 1, part.parts)
    case 'SimpleExpansion':
    case 'ParameterExpansion':
    case 'CommandExpansion':
    case 'ArithmeticExpansion':
    case 'ProcessSubstitution':
      return [{ is: 'expansion', node: part, isQuoted: false }]
    default:
      // A part that a later version of the parser may add.
      return [fault('unknown-syntax', word.text)]
  }
}

function doubleQuoted(
  text: string,
  pos: number,
  parts: readonly DoubleQuotedChild[],
): readonly Piece[] {
  if (!/^"[^]*"$/.test(text)) return [fault('second-reading', text)]
  const untiled = findUntiled(text.slice(1, -1), pos + 1, parts)
  if (untiled !== null) return [fault('unaccounted-text', untiled)]
  if (parts.length === 0) return [quoted('')]
  return parts.map(part => {
    if (part.type === 'Literal') return quotedText(part.text, /[$`"\\]/, part.value)
    return { is: 'expansion', node: part, isQuoted: true }
  })
}

/** Between double quotes a backslash quotes only what `escapable` matches, and a newline. */
function quotedText(source: string, escapable: RegExp, value: string | null): Piece {
  let text = ''
  for (let at = 0; at < source.length; at += 1) {
    const character = source[at] ?? ''
    const next = source[at + 1] ?? ''
    if (character === '\\' && next === '\n') {
      // Removed by the shell before it looks for `$`: what was two words to one reader may join for another.
      if (/[$`\\]/.test(source[at - 1] ?? '')) return fault('continuation', source, value ?? source)
      at += 1
    } else if (character === '\\' && escapable.test(next)) {
      text += next
      at += 1
    } else if (character === '`' || (character === '"' && escapable.test('"'))) {
      return fault('second-reading', source, value ?? source)
    } else if (character === '$' && /[A-Za-z0-9_({[@*#?$!-]/.test(next)) {
      return fault('second-reading', source, value ?? source)
    } else {
      text += character
    }
  }
  return value === null || text === value
    ? quoted(text)
    : fault('second-reading', source, value ?? source)
}

/** Outside quotes. `next` is the character after this text, which decides whether a last `$` stands alone. */
function unquotedText(source: string, value: string, next: string): Piece {
  let text = ''
  for (let at = 0; at < source.length; at += 1) {
    const character = source[at] ?? ''
    const following = source[at + 1] ?? next
    if (character === '\\') {
      if (following === '\n' || following === '') return fault('continuation', source, value)
      text += source[at + 1] ?? ''
      at += 1
    } else if (/[ \t\n'"`<>|&;()*?]/.test(character)) {
      return fault('second-reading', source, value)
    } else if (character === '$' && /[A-Za-z0-9_({['"@*#?$!-]/.test(following)) {
      return fault('second-reading', source, value ?? source)
    } else {
      text += character
    }
  }
  if (text !== value) return fault('second-reading', source, value ?? source)
  // Brackets and braces the parser took for text, but which may be more to the shell: left to the shell.
  const unescaped = source.replace(/\\[^]/g, '')
  if (between(unescaped, '[', ']') !== null) return { is: 'glob', source }
  if (/,|\.\./.test(between(unescaped, '{', '}') ?? '')) return { is: 'braces', source }
  return { is: 'text', text, isQuoted: source.includes('\\') }
}

/** What stands between the first `open` and the last `close`; no expression, which would be slow on many of them. */
function between(text: string, open: string, close: string): string | null {
  const from = text.indexOf(open)
  const to = text.lastIndexOf(close)
  return from === -1 || to < from ? null : text.slice(from + 1, to)
}

/**
 * Finds the tildes the shell expands: at the start of a word, and after `=` and each `:` of anything
 * that looks like an assignment (Bash manual 3.5.2; bash does so in arguments, too).
 */
function withTildes(pieces: readonly Piece[], source: string, place: Place): readonly Piece[] {
  const looksAssigned = place === 'assignment' || /^[A-Za-z_]\w*\+?=/.test(source)
  if (looksAssigned && /[=:]~/.test(source)) return [wholeTilde(source)]
  if (!source.startsWith('~')) return pieces
  const name = /^~[A-Za-z0-9_.+-]*(?=\/|$)/.exec(source)?.[0]
  const [first, ...rest] = pieces
  // A quoted character in the name (`~"root"`) turns the expansion off; an expansion in it is not expanded.
  if (name === undefined || first?.is !== 'text') return [wholeTilde(source)]
  if (looksAssigned && source.includes(':')) return [wholeTilde(source)]
  return [
    { is: 'tilde', source: name },
    { is: 'text', text: first.text.slice(name.length), isQuoted: first.isQuoted },
    ...rest,
  ]
}

/** A word with tildes in places that are left to the shell; only the plainest of them can be written out again. */
function wholeTilde(source: string): Piece {
  const isPlain = /^[~A-Za-z0-9_/.,=:+-]+$/.test(source)
  return isPlain ? { is: 'tilde', source } : fault('not-re-emitted', source)
}

function isExpansion(part: WordPart): part is ExpansionNode {
  return (
    part.type === 'SimpleExpansion' ||
    part.type === 'ParameterExpansion' ||
    part.type === 'CommandExpansion' ||
    part.type === 'ArithmeticExpansion' ||
    part.type === 'ProcessSubstitution'
  )
}

function quoted(text: string): Piece {
  return { is: 'text', text, isQuoted: true }
}

function fault(guard: GuardName, source: string, parsed = source): Piece {
  return { is: 'fault', guard, source, parsed }
}
