/**
 * Where the characters of a prompt and a line stand on a screen of so many columns, row by row, as a
 * terminal with automatic margins places them.
 */
import { codePointWidth } from './display-width.ts'
import type { Line } from './line.ts'

/** What stands in one or two columns: a character with the marks combined with it. */
export interface Glyph {
  readonly text: string
  readonly width: number
}

export interface Row {
  readonly glyphs: readonly Glyph[]
  readonly width: number
  /** True when the text has a newline here; otherwise the next row goes on because this one was full. */
  readonly isBroken: boolean
}

export interface Place {
  readonly row: number
  readonly column: number
}

export interface Frame {
  readonly rows: readonly Row[]
  readonly cursor: Place
  /** Rows above `rows` that do not fit on the screen. */
  readonly hidden: number
}

export interface Size {
  readonly columns: number
  readonly rows: number
  /** A terminal that moves its cursor by nothing but backspace and return (`TERM=dumb`). */
  readonly isDumb: boolean
}

export const BLANK: Frame = {
  rows: [{ glyphs: [], width: 0, isBroken: false }],
  cursor: { row: 0, column: 0 },
  hidden: 0,
}

/** Lays out a prompt and a line; at most as many rows as the screen has, those around the cursor. */
export function layOut(prompt: readonly Glyph[], line: Line, size: Size): Frame {
  const layout = new Layout(size.isDumb ? Number.POSITIVE_INFINITY : Math.max(2, size.columns))
  for (const glyph of prompt) layout.add(glyph)
  layout.addText(line.before)
  const cursor = layout.place()
  layout.addText(line.after)
  const rows = layout.finish()
  // A cursor behind a full row stands at the start of the next one, which finish() has made.
  return windowOf(rows, cursor, Math.max(1, size.rows))
}

/** The text as glyphs, with SGR sequences (colours) attached to the character they precede. */
export function promptGlyphs(text: string): Glyph[] {
  const glyphs: Glyph[] = []
  let colours = ''
  // oxlint-disable-next-line no-control-regex -- escape sequences are what this looks for
  for (const [token] of text.matchAll(/\x1b\[[0-9;:]*m|[^]/gu)) {
    if (token.startsWith('\x1b')) {
      colours += token
      continue
    }
    for (const glyph of glyphsOf(token)) {
      // A mark is one with what it stands on, so that both are always written together.
      const base = glyph.width === 0 ? glyphs.pop() : undefined
      if (base === undefined) glyphs.push({ ...glyph, text: colours + glyph.text })
      else glyphs.push({ ...base, text: base.text + glyph.text })
    }
    colours = ''
  }
  const last = glyphs.pop()
  if (last === undefined) return colours === '' ? [] : [{ text: colours, width: 0 }]
  return [...glyphs, { ...last, text: last.text + colours }]
}

/** Collects glyphs into rows. */
class Layout {
  readonly #columns: number
  readonly #rows: Row[] = []
  #glyphs: Glyph[] = []
  #width = 0

  constructor(columns: number) {
    this.#columns = columns
  }

  addText(text: string): void {
    for (const character of text) {
      if (character === '\n') this.#endRow(true)
      else if (character === '\t') this.#addTab()
      else if (codePointWidth(character.codePointAt(0) ?? 0) === 0 && !isInvisible(character)) {
        this.#combine(character)
      } else for (const glyph of glyphsOf(character)) this.add(glyph)
    }
  }

  add(glyph: Glyph): void {
    if (this.#width + glyph.width > this.#columns) this.#endRow(false)
    this.#glyphs.push(glyph)
    this.#width += glyph.width
  }

  /** Where the next glyph goes. */
  place(): Place {
    const row = this.#rows.length
    return this.#width >= this.#columns ? { row: row + 1, column: 0 } : { row, column: this.#width }
  }

  finish(): readonly Row[] {
    if (this.#width >= this.#columns) this.#endRow(false)
    this.#endRow(false)
    return this.#rows
  }

  #addTab(): void {
    const width = 8 - (this.#width % 8)
    for (let at = 0; at < width; at += 1) this.add(SPACE)
  }

  #combine(mark: string): void {
    const base = this.#glyphs.pop()
    // A mark with nothing to stand on gets what Unicode gives it: a dotted circle.
    if (base === undefined) this.add({ text: `\u25cc${mark}`, width: 1 })
    else this.#glyphs.push({ ...base, text: base.text + mark })
  }

  #endRow(isBroken: boolean): void {
    this.#rows.push({ glyphs: this.#glyphs, width: this.#width, isBroken })
    this.#glyphs = []
    this.#width = 0
  }
}

function windowOf(rows: readonly Row[], cursor: Place, height: number): Frame {
  if (rows.length <= height) return { rows, cursor, hidden: 0 }
  const hidden = Math.max(0, Math.min(cursor.row - (height >> 1), rows.length - height))
  return {
    rows: rows.slice(hidden, hidden + height),
    cursor: { ...cursor, row: cursor.row - hidden },
    hidden,
  }
}

const SPACE: Glyph = { text: ' ', width: 1 }

const ASCII: readonly Glyph[] = Array.from({ length: 0x80 }, (_, code) => ({
  text: String.fromCharCode(code),
  width: 1,
}))

/** One character as it is shown: what cannot be seen, or turns the text around, is spelled out. */
function glyphsOf(character: string): readonly Glyph[] {
  const codePoint = character.codePointAt(0) ?? 0
  const ascii = ASCII[codePoint]
  if (ascii !== undefined) return codePoint < 0x20 || codePoint === 0x7f ? [] : [ascii]
  if (!isInvisible(character)) return [{ text: character, width: codePointWidth(codePoint) }]
  return Array.from(`<${codePoint.toString(16)}>`).map(shown => ({ text: shown, width: 1 }))
}

/** The characters for which the judge calls a line unreadable: they are shown, so that the refusal makes sense. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]|(?! )\p{Zs}/u

function isInvisible(character: string): boolean {
  return character > '~' && INVISIBLE.test(character)
}
