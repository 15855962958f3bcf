/** The lines of an asciicast v2 recording (https://docs.asciinema.org/manual/asciicast/v2/). */
import { JSON_BYTES_PER_BYTE, writeJsonText } from './byte-text.ts'
import type { TapeOpening } from './tape-record.ts'

/** What a program without a terminal is shown on; players need a size. */
const COLUMNS_WITHOUT_TERMINAL = 80
const ROWS_WITHOUT_TERMINAL = 24

/** Nothing reasonable is larger, and a player sets aside memory for what the header says. */
const LARGEST_SIDE = 1000

export function headerLine({ session, channel, startedAtMs, header }: TapeOpening): Uint8Array {
  const { terminal, title } = header
  const fields = {
    version: 2,
    width: side(terminal?.columns ?? COLUMNS_WITHOUT_TERMINAL),
    height: side(terminal?.rows ?? ROWS_WITHOUT_TERMINAL),
    timestamp: Math.floor(startedAtMs / 1000),
    title,
    ...(terminal === null ? {} : { env: { TERM: terminal.term } }),
    sallyport: { version: 1, session, channel, terminal: terminal !== null },
  }
  return utf8.encode(`${JSON.stringify(fields)}\n`)
}

/**
 * v2 stores the time since the start, so any slice of a recording stands alone: a chunk can be sent,
 * hashed and played without the lines before it.
 */
export function streamLine(atMs: number, code: 'o' | 'i', bytes: Uint8Array): Uint8Array {
  const begin = utf8.encode(`[${atMs / 1000}, "${code}", "`)
  const longest = begin.length + bytes.length * JSON_BYTES_PER_BYTE + END.length
  const line = longest <= scratch.length ? scratch : new Uint8Array(longest)
  line.set(begin)
  const end = writeJsonText(bytes, line, begin.length)
  line.set(END, end)
  return line.slice(0, end + END.length)
}

export function resizeLine(atMs: number, columns: number, rows: number): Uint8Array {
  return utf8.encode(`[${atMs / 1000}, "r", "${side(columns)}x${side(rows)}"]\n`)
}

const utf8 = new TextEncoder()
const END = utf8.encode('"]\n')

/** Room for a line of the usual lengths, used again and again; nothing is kept in it between calls. */
const scratch = new Uint8Array(256 * 1024)

function side(length: number): number {
  return Math.max(1, Math.min(LARGEST_SIDE, Math.trunc(length)))
}
