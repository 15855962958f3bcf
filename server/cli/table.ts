import { escapeControls } from '../core/verdict.ts'
import { cellsOf, cutToCells } from './cells.ts'
import type { Paint } from './screen.ts'

export interface Column<Row> {
  readonly title: string
  readonly cell: (row: Row) => string
  /** Numbers line up on the right. */
  readonly align?: 'right'
  /**
   * What may happen when the terminal is too narrow: `cut` shortens the text with an ellipsis, `drop`
   * leaves the whole column out (a later one first). Without it the column stays whole: an id that
   * cannot be copied is of no use.
   */
  readonly narrow?: 'cut' | 'drop'
  readonly paint?: (row: Row, paint: Paint) => (text: string) => string
}

const GAP = '  '
/** Below this a shortened word says nothing. */
const LEAST_CELLS = 6

/**
 * Lays rows out in columns. `width` is what the terminal has; null where nothing must fit (a pipe, a
 * file), and then nothing is shortened. All text is escaped here.
 */
export function formatTable<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  { width, paint }: { width: number | null; paint: Paint },
): string {
  const texts = rows.map(row => columns.map(({ cell }) => escapeControls(cell(row))))
  const natural = columns.map(({ title }, index) =>
    Math.max(cellsOf(title), ...texts.map(line => cellsOf(line[index] ?? ''))),
  )
  const widths = width === null ? natural : fit(natural, columns, width)

  const lineOf = (
    cells: readonly string[],
    style: (text: string, index: number) => string,
  ): string =>
    cells
      .map((text, index) => ({ text, index, room: widths[index] ?? 0 }))
      .filter(({ room }) => room > 0)
      .map(({ text, index, room }, place, shown) => {
        const cut = cutToCells(text, room)
        const space = ' '.repeat(room - cellsOf(cut))
        if (columns[index]?.align === 'right') return space + style(cut, index)
        return style(cut, index) + (place === shown.length - 1 ? '' : space)
      })
      .join(GAP)

  const header = lineOf(
    columns.map(({ title }) => title),
    text => paint.dim(text),
  )
  const body = rows.map((row, at) =>
    lineOf(texts[at] ?? [], (text, index) => columns[index]?.paint?.(row, paint)(text) ?? text),
  )
  return [header, ...body].map(line => line.trimEnd()).join('\n')
}

/** Names and values below each other, for one thing. */
export function formatFields(
  fields: readonly (readonly [name: string, value: string])[],
  paint: Paint,
): string {
  const width = Math.max(...fields.map(([name]) => name.length))
  return fields
    .map(([name, value]) => `${paint.dim(name.padEnd(width))}${GAP}${escapeControls(value)}`)
    .join('\n')
}

/** Cells for each column; 0 for one that is left out. */
function fit<Row>(
  natural: readonly number[],
  columns: readonly Column<Row>[],
  width: number,
): number[] {
  const widths = [...natural]
  const total = (): number => {
    const shown = widths.filter(cells => cells > 0)
    return shown.reduce((sum, cells) => sum + cells, 0) + GAP.length * (shown.length - 1)
  }
  const floor = (index: number): number => Math.min(natural[index] ?? 0, LEAST_CELLS)

  for (;;) {
    // The widest gives first, one cell at a time: short names stay whole as long as they can.
    while (total() > width) {
      const index = widestToCut(widths, columns, floor)
      if (index === -1) break
      widths[index] = (widths[index] ?? 0) - 1
    }
    const droppable = widths.findLastIndex(
      (cells, index) => cells > 0 && columns[index]?.narrow === 'drop',
    )
    if (total() <= width || droppable === -1) return widths
    widths.forEach((cells, index) => {
      if (cells > 0) widths[index] = natural[index] ?? 0
    })
    widths[droppable] = 0
  }
}

function widestToCut<Row>(
  widths: readonly number[],
  columns: readonly Column<Row>[],
  floor: (index: number) => number,
): number {
  let widest = -1
  widths.forEach((cells, index) => {
    if (columns[index]?.narrow !== 'cut' || cells <= floor(index)) return
    if (widest === -1 || cells > (widths[widest] ?? 0)) widest = index
  })
  return widest
}
