/**
 * The bytes that turn one frame on a screen into the next: the cursor goes to the first glyph that
 * differs, what follows is written, what is left over is erased. Only ECMA-48 CUU, CUD, CUF, EL, ED are used
 * (and, for a dumb terminal, nothing but backspace and blanks).
 */
import type { Frame, Glyph, Place, Row, Size } from './frame.ts'

export function paint(shown: Frame, wanted: Frame, size: Size): string {
  if (size.isDumb) return paintDumb(shown.rows, wanted, shown.cursor)
  if (shown.hidden !== wanted.hidden) {
    // Another part of a line that is taller than the screen.
    return erase(shown) + write(wanted, { row: 0, index: 0 }, [], size.columns) + leaveAt(wanted)
  }
  const start = firstDifference(shown.rows, wanted.rows, size.columns)
  if (start === null) return moveTo(shown.cursor, wanted.cursor)
  const column = widthOf(wanted.rows[start.row]?.glyphs.slice(0, start.index) ?? [])
  return (
    moveTo(shown.cursor, { row: start.row, column }) +
    write(wanted, start, shown.rows, size.columns) +
    leaveAt(wanted)
  )
}

/** A glyph: the index within its row. */
interface GlyphPlace {
  readonly row: number
  readonly index: number
}

/** Takes the frame off the screen; the cursor ends where its first row began. */
export function erase(shown: Frame): string {
  return `${moveTo(shown.cursor, { row: 0, column: 0 })}\r\x1b[J`
}

/** Writes the rows of `frame` from `start` on, and erases what is left there of `old`. */
function write({ rows }: Frame, start: GlyphPlace, old: readonly Row[], columns: number): string {
  let text = ''
  for (const [at, row] of rows.entries()) {
    if (at < start.row) continue
    text += textOf(at === start.row ? row.glyphs.slice(start.index) : row.glyphs)
    const next = rows[at + 1]
    if (next === undefined) {
      const isMore = old.length > rows.length || (old[at]?.width ?? 0) > row.width
      return isMore ? text + CLEAR_BELOW : text
    }
    // Behind a full row the cursor still stands on its last column, which must not be erased.
    if (row.isBroken) text += `${row.width < columns ? CLEAR_RIGHT : ''}\r\n`
    // A blank pushed over the right margin marks the row as going on; "\r\n" would not.
    else if (next.glyphs.length === 0) text += ' \r'
    // A wide character that did not fit leaves the last column as it was.
    else if ((old[at]?.width ?? 0) > row.width) text += CLEAR_RIGHT
  }
  return text
}

const CLEAR_RIGHT = '\x1b[K'
const CLEAR_BELOW = '\x1b[J'

/** From the end of the frame, where writing leaves the cursor, to where it belongs. */
function leaveAt({ rows, cursor }: Frame): string {
  return moveTo({ row: rows.length - 1, column: rows.at(-1)?.width ?? 0 }, cursor)
}

function moveTo(from: Place, to: Place): string {
  const rows = to.row - from.row
  const vertical = rows === 0 ? '' : `\x1b[${Math.abs(rows)}${rows < 0 ? 'A' : 'B'}`
  const columns = to.column - from.column
  if (columns === 0) return vertical
  if (columns < 0 && columns >= -4) return vertical + '\b'.repeat(-columns)
  if (columns > 0) return `${vertical}\x1b[${columns}C`
  return `${vertical}\r${to.column === 0 ? '' : `\x1b[${to.column}C`}`
}

function firstDifference(
  old: readonly Row[],
  wanted: readonly Row[],
  columns: number,
): GlyphPlace | null {
  const height = Math.max(old.length, wanted.length)
  for (let row = 0; row < height; row += 1) {
    const before = old[row]
    const after = wanted[row]
    // Rows are gained or lost behind the last one that both have.
    if (before === undefined || after === undefined) return behind(wanted, row - 1, columns)
    const index = sharedGlyphs(before.glyphs, after.glyphs)
    const isSame = index === before.glyphs.length && index === after.glyphs.length
    if (isSame && before.isBroken === after.isBroken) continue
    return index < after.glyphs.length ? { row, index } : behind(wanted, row, columns)
  }
  return null
}

/** The end of a row. A row that goes on leaves no column to stand in, so its last glyph is written again. */
function behind(wanted: readonly Row[], row: number, columns: number): GlyphPlace {
  const { glyphs, width, isBroken } = wanted[row] ?? NO_ROW
  const goesOn = !isBroken && (width >= columns || row < wanted.length - 1)
  return { row, index: goesOn ? Math.max(0, glyphs.length - 1) : glyphs.length }
}

const NO_ROW: Row = { glyphs: [], width: 0, isBroken: false }

function sharedGlyphs(one: readonly Glyph[], other: readonly Glyph[]): number {
  const length = Math.min(one.length, other.length)
  let at = 0
  while (at < length && one[at]?.text === other[at]?.text) at += 1
  return at
}

/** A dumb terminal has one endless row; what is behind the cursor is gone over with backspaces. */
function paintDumb(old: readonly Row[], { rows, cursor }: Frame, shownCursor: Place): string {
  const before = flat(old)
  const after = flat(rows)
  const same = sharedGlyphs(before, after)
  const from = flatColumn(old, shownCursor)
  const to = flatColumn(rows, cursor)
  if (same === before.length && same === after.length) return dumbMove(after, from, to)
  const column = widthOf(after.slice(0, same))
  const rest = after.slice(same)
  const excess = Math.max(0, widthOf(before) - widthOf(after))
  return (
    dumbMove(before, from, column) +
    textOf(rest) +
    ' '.repeat(excess) +
    '\b'.repeat(excess) +
    dumbMove(after, widthOf(after), to)
  )
}

/** To the right by writing again what stands there, to the left by backspaces. */
function dumbMove(glyphs: readonly Glyph[], from: number, to: number): string {
  if (to <= from) return '\b'.repeat(from - to)
  let column = 0
  let text = ''
  for (const glyph of glyphs) {
    if (column >= from && column < to) text += glyph.text
    column += glyph.width
  }
  return text
}

const NEWLINE: Glyph = { text: '\u23ce', width: 1 }

function flat(rows: readonly Row[]): Glyph[] {
  return rows.flatMap(({ glyphs, isBroken }) => (isBroken ? [...glyphs, NEWLINE] : glyphs))
}

function flatColumn(rows: readonly Row[], { row, column }: Place): number {
  return widthOf(flat(rows.slice(0, row))) + column
}

function widthOf(glyphs: readonly Glyph[]): number {
  let width = 0
  for (const glyph of glyphs) width += glyph.width
  return width
}

function textOf(glyphs: readonly Glyph[]): string {
  let text = ''
  for (const glyph of glyphs) text += glyph.text
  return text
}
