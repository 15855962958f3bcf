import type {
  ArithmeticExpression,
  HereDocBody,
  ParameterExpansionPart,
  Script,
  TestExpression,
  Word,
} from 'unbash'
import type { ExpansionNode, Piece, Place } from '../extract/pieces.ts'
import { readBody, readPieces } from '../extract/pieces.ts'
import { isPlainRegex } from '../extract/regex.ts'
import { doubleQuotedText, quote } from './quote.ts'

/** Thrown for what has no canonical form; caught where the emission began. */
export class NotEmitted extends Error {}

/** What writing one statement needs. */
export interface Emitter {
  /** Keeps a here-document's body, to stand below the statement. */
  readonly addBody: (body: string) => void
  /** A closing word that is not in use in this statement. */
  readonly delimiter: () => string
  readonly emitScript: (script: Script) => string
}

export function emitWord(node: Word, place: Place, e: Emitter): string {
  return readPieces(node, place)
    .map(pieces => emitPieces(pieces, place, e))
    .join(' ')
}

/**
 * A here-document's body as it was understood: expansions spelled out, everything else escaped. `hasTabs`
 * takes away the tabs at the beginning of each line, as `<<-` does before anything is expanded.
 */
export function emitBody(body: HereDocBody, hasTabs: boolean, e: Emitter): string {
  const pieces = readBody(body)
  return pieces
    .map((piece, index) => {
      if (piece.is === 'expansion') {
        // Where a line begins inside the expansion, tabs would go there as well.
        if (hasTabs && piece.node.text.includes('\n')) throw new NotEmitted('tabs')
        return emitExpansion(piece.node, e)
      }
      if (piece.is !== 'text') throw new NotEmitted(piece.is)
      const text = hasTabs ? withoutTabs(piece.text, index === 0) : piece.text
      return text.replace(/[\\$`]/g, '\\$&')
    })
    .join('')
}

function withoutTabs(text: string, isFirst: boolean): string {
  const inside = text.replace(/\n\t+/g, '\n')
  return isFirst ? inside.replace(/^\t+/, '') : inside
}

export function emitTest(node: TestExpression, e: Emitter): string {
  switch (node.type) {
    case 'TestUnary':
      return `${node.operator} ${emitWord(node.operand, 'pattern', e)}`
    case 'TestBinary': {
      const left = emitWord(node.left, 'pattern', e)
      const right =
        node.operator === '=~' ? emitRegex(node.right, e) : emitWord(node.right, 'pattern', e)
      return `${left} ${node.operator} ${right}`
    }
    case 'TestLogical':
      return node.operands.map(operand => emitTest(operand, e)).join(` ${node.operator} `)
    case 'TestNot':
      return `${'! '.repeat(node.negations.length)}${emitTest(node.operand, e)}`
    case 'TestGroup':
      return `( ${emitTest(node.expression, e)} )`
  }
}

/** Of an expression only what is quoted throughout, or holds nothing to quote, means the same again. */
function emitRegex(node: Word, e: Emitter): string {
  if (isPlainRegex(node.text)) return node.text
  const isSafe = readPieces(node, 'pattern')
    .flat()
    .every(piece => piece.is === 'expansion' || (piece.is === 'text' && isQuotedOrName(piece)))
  if (!isSafe) throw new NotEmitted('expression')
  return emitWord(node, 'pattern', e)
}

function isQuotedOrName({ text, isQuoted }: { text: string; isQuoted: boolean }): boolean {
  return isQuoted || /^\w*$/.test(text)
}

/** Arithmetic that readArithmetic accepts holds no quotes and no substitutions: it can stand as it is. */
export function emitArithmetic(text: string): string {
  if (/[`'"\\]|\$\(/.test(text)) throw new NotEmitted('arithmetic')
  return text.replaceAll('\n', ' ')
}

/** The same from the parsed expression, where its text is not at hand. */
export function emitExpression(node: ArithmeticExpression): string {
  switch (node.type) {
    case 'ArithmeticWord':
      return emitArithmetic(node.value)
    case 'ArithmeticGroup':
      return `(${emitExpression(node.expression)})`
    case 'ArithmeticBinary':
      return `${emitExpression(node.left)} ${node.operator} ${emitExpression(node.right)}`
    case 'ArithmeticUnary': {
      const operand = emitExpression(node.operand)
      return node.prefix ? `${node.operator} ${operand}` : `${operand} ${node.operator}`
    }
    case 'ArithmeticTernary': {
      const { test, consequent, alternate } = node
      return `${emitExpression(test)} ? ${emitExpression(consequent)} : ${emitExpression(alternate)}`
    }
    case 'ArithmeticCommandExpansion':
      throw new NotEmitted('arithmetic')
  }
}

function emitPieces(pieces: readonly Piece[], place: Place, e: Emitter): string {
  let written = ''
  let quotedRun = ''
  const endQuotes = (): void => {
    if (quotedRun !== '') written += `"${quotedRun}"`
    quotedRun = ''
  }
  for (const piece of mergedText(pieces)) {
    if (piece.is === 'expansion' && piece.isQuoted) {
      quotedRun += emitExpansion(piece.node, e)
      continue
    }
    if (piece.is === 'text' && quotedRun !== '') {
      quotedRun += doubleQuotedText(piece.text)
      continue
    }
    endQuotes()
    written += emitPiece(piece, place, e)
  }
  endQuotes()
  return written === '' ? "''" : written
}

function emitPiece(piece: Piece, place: Place, e: Emitter): string {
  switch (piece.is) {
    case 'text':
      return piece.text === '' ? '' : quote(piece.text)
    case 'glob':
      if (place === 'assignment') return quote(piece.source)
      if (/[$`'"\\\s]/.test(piece.source)) throw new NotEmitted('glob')
      return piece.source
    case 'braces':
      if (!/^[A-Za-z0-9_/.,:@%+={}-]+$/.test(piece.source)) throw new NotEmitted('braces')
      return piece.source
    case 'tilde':
      return piece.source
    case 'expansion':
      return emitExpansion(piece.node, e)
    case 'fault':
      throw new NotEmitted(piece.guard)
  }
}

function emitExpansion(node: ExpansionNode, e: Emitter): string {
  switch (node.type) {
    case 'SimpleExpansion':
      // In braces, so that what follows cannot join the name.
      return /^\$[A-Za-z_0-9]/.test(node.text) ? `\${${node.text.slice(1)}}` : node.text
    case 'ParameterExpansion':
      return emitParameter(node, e)
    case 'CommandExpansion':
      if (node.script === undefined) throw new NotEmitted('substitution')
      return `$( ${e.emitScript(node.script)}\n)`
    case 'ArithmeticExpansion':
      return `$((${emitArithmetic(arithmeticText(node.text))}))`
    case 'ProcessSubstitution':
      if (node.script === undefined) throw new NotEmitted('substitution')
      return `${node.operator}( ${e.emitScript(node.script)}\n)`
  }
}

/** As it stands, but for the substitutions in its word: those are written out again. */
function emitParameter(node: ParameterExpansionPart, e: Emitter): string {
  if (!hasSubstitution(node.text)) return node.text
  const { operation } = node
  if (operation?.type !== 'Default' && operation?.type !== 'Remove')
    throw new NotEmitted('parameter')
  const { operand } = operation
  const start = node.text.slice(0, operand.pos - node.pos)
  const parts = operand.parts ?? []
  const written = parts.map(part => {
    if (part.type === 'CommandExpansion') return emitExpansion(part, e)
    if (hasSubstitution(part.text)) throw new NotEmitted('parameter')
    return part.text
  })
  const isWhole = parts.map(part => part.text).join('') === operand.text
  if (!isWhole || hasSubstitution(start)) throw new NotEmitted('parameter')
  return `${start}${written.join('')}}`
}

function hasSubstitution(text: string): boolean {
  return /`|\$\(|\\\n/.test(text)
}

function arithmeticText(text: string): string {
  return text.startsWith('$[') ? text.slice(2, -1) : text.slice(3, -2)
}

/** Neighbouring texts as one, so that a word quoted in three places is quoted once. */
function mergedText(pieces: readonly Piece[]): readonly Piece[] {
  const merged: Piece[] = []
  for (const piece of pieces) {
    const last = merged.at(-1)
    if (piece.is === 'text' && last?.is === 'text') {
      merged[merged.length - 1] = { is: 'text', text: last.text + piece.text, isQuoted: true }
    } else {
      merged.push(piece)
    }
  }
  return merged
}
