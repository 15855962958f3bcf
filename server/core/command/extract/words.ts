import type { Word as WordNode } from 'unbash'
import type { Word } from '../reading.ts'
import { useAsNumber } from './arithmetic.ts'
import type { Extraction } from './extraction.ts'
import type { ExpansionNode, Piece, Place } from './pieces.ts'
import { readPieces } from './pieces.ts'

/** The words one node becomes in an argument list. What is wrong with it, the walk reports (node-guards.ts). */
export function readWords(
  node: WordNode,
  x: Extraction,
  place: Place = 'argument',
): readonly Word[] {
  return readPieces(node, place).flatMap(read => {
    const pieces = read.map(piece => believed(piece, x))
    return fromPositional(pieces, x) ?? [wordOf(pieces, node.text, place, x)]
  })
}

/** A node that stands for exactly one word: a value, a redirection's target, a pattern. */
export function readWord(node: WordNode, x: Extraction, place: Place = 'argument'): Word {
  const words = readWords(node, x, place)
  const [word] = words
  if (words.length === 1 && word !== undefined) return word
  return { is: 'dynamic', source: node.text, prefix: '', several: true }
}

function believed(piece: Piece, x: Extraction): Piece {
  if (piece.is !== 'fault' || !x.findings.ignores(piece.guard)) return piece
  return { is: 'text', text: piece.parsed, isQuoted: true }
}

export function reportFaults(pieces: readonly Piece[], x: Extraction): void {
  for (const piece of pieces) if (piece.is === 'fault') x.findings.refuse(piece.guard, piece.source)
}

function wordOf(pieces: readonly Piece[], source: string, place: Place, x: Extraction): Word {
  const firstDynamic = pieces.findIndex(piece => !isLiteral(piece, place))
  if (firstDynamic === -1) return { is: 'literal', text: pieces.map(textOf).join('') }
  const [first, second] = pieces
  const prefix = pieces.slice(0, firstDynamic).map(textOf).join('')
  const several = place === 'argument' && pieces.some(piece => maySplit(piece, x))
  const word = { is: 'dynamic' as const, source, prefix, several }
  const isHome = first?.is === 'tilde' && first.source === '~' && pieces.length === 2
  if (!isHome || second?.is !== 'text') return word
  return { ...word, home: second.text.replace(/^\//, '') }
}

/** Globs stay as they are in an assignment (Bash manual 3.4: no filename expansion). */
function isLiteral(piece: Piece, place: Place): boolean {
  return piece.is === 'text' || (piece.is === 'glob' && place === 'assignment')
}

function textOf(piece: Piece): string {
  if (piece.is === 'text') return piece.text
  return piece.is === 'glob' ? piece.source : ''
}

/** True when the piece may turn its word into several, or none. */
function maySplit(piece: Piece, x: Extraction): boolean {
  switch (piece.is) {
    case 'glob':
    case 'braces':
    case 'fault':
      return true
    case 'text':
    case 'tilde':
      return false
    case 'expansion':
      // One path, but bash makes nothing of `<()`.
      if (piece.node.type === 'ProcessSubstitution') return !piece.node.script?.commands.length
      return piece.isQuoted ? isList(piece.node) : !isNumber(piece.node, x)
  }
}

/** `"$@"`, `"${a[@]}"`, `"${!prefix@}"`, `"${@:2}"`: several words even when quoted. */
function isList(node: ExpansionNode): boolean {
  return /^\$@|^\$\{[^}]*@/.test(node.text)
}

/** What surely is a number is one word: no digit separates words unless IFS says so, which is refused. */
function isNumber(node: ExpansionNode, x: Extraction): boolean {
  if (node.type === 'ArithmeticExpansion' || /^\$[#?$]$|^\$\{[#?$]\}$/.test(node.text)) return true
  const name = /^\$\{?([A-Za-z_]\w*)\}?$/.exec(node.text)?.[1]
  if (name === undefined || !x.state.numbers.has(name)) return false
  // Believed for now; if the line later gives it another value, that is found out at its end.
  useAsNumber(name, x, node.text)
  return true
}

/** `$1` and `"$@"` where a wrapper has set them: the words it set; null when that is not what this is. */
function fromPositional(pieces: readonly Piece[], x: Extraction): readonly Word[] | null {
  const { positional } = x.frame
  if (positional === null || !pieces.some(piece => piece.is === 'expansion')) return null
  const [only] = pieces
  if (pieces.length === 1 && only?.is === 'expansion' && only.isQuoted && isAll(only.node)) {
    return positional.slice(1)
  }
  let text = ''
  for (const piece of pieces) {
    if (piece.is === 'text') {
      text += piece.text
      continue
    }
    const value = piece.is === 'expansion' ? positionalValue(piece.node, positional) : null
    if (piece.is !== 'expansion' || value?.is !== 'literal') {
      return pieces.length === 1 && value !== null && value !== undefined ? [value] : null
    }
    // Unquoted, a value is split and globbed; only the plainest come through as they are.
    if (!piece.isQuoted && !/^[A-Za-z0-9_/.,:@%+=-]+$/.test(value.text)) return null
    text += value.text
  }
  return [{ is: 'literal', text }]
}

function isAll(node: ExpansionNode): boolean {
  return node.text === '$@' || node.text === '${@}'
}

function positionalValue(node: ExpansionNode, positional: readonly Word[]): Word | null {
  const index = /^\$(\d)$|^\$\{(\d+)\}$/.exec(node.text)
  if (index === null) return null
  return positional[Number(index[1] ?? index[2])] ?? null
}
