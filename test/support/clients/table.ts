import { DEEDS, type Deed, KEY_NAMES, type KeyName } from './real-client.ts'

/** What came of one client: a word for each thing it was tried with, and what it says where it cannot. */
export interface ClientRow {
  readonly client: string
  readonly version: string
  readonly knowsHostBy: string
  readonly cells: Map<KeyName | Deed, Cell>
}

export type Cell = { readonly is: 'works' } | { readonly is: 'cannot'; readonly says: string }

/** Sets the rows under each other; what clients say stands below, each sentence once. */
export function formatTable(rows: readonly ClientRow[]): string {
  const notes: string[] = []
  const noteOf = (says: string): number => {
    if (!notes.includes(says)) notes.push(says)
    return notes.indexOf(says) + 1
  }
  const columns = [...KEY_NAMES, ...DEEDS]
  const lines = [
    ['client', 'version', 'knows it by', ...columns],
    ...rows.map(({ client, version, knowsHostBy, cells }) => [
      client,
      version,
      knowsHostBy,
      ...columns.map(column => {
        const cell = cells.get(column)
        if (cell === undefined) return '?'
        return cell.is === 'works' ? 'yes' : `no (${noteOf(cell.says)})`
      }),
    ]),
  ]
  const widths = (lines[0] ?? []).map((_, at) =>
    Math.max(...lines.map(line => line[at]?.length ?? 0)),
  )
  const table = lines.map(line => line.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join('  '))
  const below = notes.map((says, at) => `(${at + 1}) ${says}`)
  return [...table, ...below].map(line => line.trimEnd()).join('\n')
}
