/** The lines of an asciicast v2 recording (https://docs.asciinema.org/manual/asciicast/v2/). */
import type { TapeOpening } from './tape-record.ts'

/** What a program without a terminal is shown on; players need a size. */
const COLUMNS_WITHOUT_TERMINAL = 80
const ROWS_WITHOUT_TERMINAL = 24

/** Nothing reasonable is larger, and a player sets aside memory for what the header says. */
const LARGEST_SIDE = 1000

export function headerLine({ session, channel, startedAtMs, header }: TapeOpening): string {
  const { terminal, title } = header
  return `${JSON.stringify({
    version: 2,
    width: side(terminal?.columns ?? COLUMNS_WITHOUT_TERMINAL),
    height: side(terminal?.rows ?? ROWS_WITHOUT_TERMINAL),
    timestamp: Math.floor(startedAtMs / 1000),
    title,
    ...(terminal === null ? {} : { env: { TERM: terminal.term } }),
    sallyport: { version: 1, session, channel, terminal: terminal !== null },
  })}\n`
}

/**
 * v2 stores the time since the start, so any slice of a recording stands alone: a chunk can be sent,
 * hashed and played without the lines before it.
 */
export function eventLine(atMs: number, code: 'o' | 'i' | 'r', text: string): string {
  return `[${atMs / 1000}, "${code}", ${JSON.stringify(text)}]\n`
}

export function sizeText(columns: number, rows: number): string {
  return `${side(columns)}x${side(rows)}`
}

function side(length: number): number {
  return Math.max(1, Math.min(LARGEST_SIDE, Math.trunc(length)))
}
