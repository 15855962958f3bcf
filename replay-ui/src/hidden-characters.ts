export interface Piece {
  readonly text: string
  /** True where `text` stands for a character that could not be seen or would have been obeyed. */
  readonly hidden: boolean
}

/** Controls, format characters (direction marks among them), separators, lone surrogates, tags. */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}\u115f\u1160\u3164\uffa0]/gu

/** Cuts text into what can be read and what has to be named. `lines` lets line feeds break the line. */
export function splitHidden(text: string, lines: boolean): Piece[] {
  const pieces: Piece[] = []
  let from = 0
  for (const match of text.matchAll(HIDDEN)) {
    const [character] = match
    if (lines && character === '\n') continue
    if (match.index > from) pieces.push({ text: text.slice(from, match.index), hidden: false })
    pieces.push({ text: nameOf(character), hidden: true })
    from = match.index + character.length
  }
  if (from < text.length) pieces.push({ text: text.slice(from), hidden: false })
  return pieces
}

function nameOf(character: string): string {
  if (character === '\n') return '\\n'
  if (character === '\t') return '\\t'
  if (character === '\r') return '\\r'
  if (character === '\u001b') return 'ESC'
  const code = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')
  return `U+${code}`
}
