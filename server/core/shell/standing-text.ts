/**
 * What stands in the cursor's row when a program is done. A prompt goes behind it, as it would in any
 * terminal; but to redraw the row the editor must know what is in it.
 */

/** The bytes written to the screen since the last newline; null when there were too many to follow. */
export type OpenRow = Uint8Array | null

export const EMPTY_ROW: OpenRow = new Uint8Array()
const ROW_LIMIT_BYTES = 2048
const NEWLINE = 0x0a

export function follow(row: OpenRow, written: Uint8Array): OpenRow {
  const newline = written.lastIndexOf(NEWLINE)
  const tail = written.subarray(newline + 1)
  if (newline !== -1) return tail.length > ROW_LIMIT_BYTES ? null : tail.slice()
  if (row === null || row.length + tail.length > ROW_LIMIT_BYTES) return null
  const joined = new Uint8Array(row.length + tail.length)
  joined.set(row)
  joined.set(tail, row.length)
  return joined
}

/** The row's text with its colours; null when the cursor may be anywhere, and a new row must be begun. */
export function standingText(row: OpenRow): string | null {
  if (row === null) return null
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(row)
  } catch {
    return null // not UTF-8: nobody knows how a terminal shows it
  }
  let standing = ''
  for (const [token] of text.matchAll(TOKENS)) {
    if (token === '\r') standing = ''
    else if (COLOUR.test(token)) standing += token
    else if (HARMLESS.test(token)) continue
    else if (CONTROL.test(token)) return null
    else standing += token
  }
  return standing
}

/* oxlint-disable no-control-regex -- control sequences are what these look for */
const TOKENS = /\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[ -/]*[0-~]|[^]/gu
const COLOUR = /^\x1b\[[0-9;:]*m$/
/** Modes, titles, erasing and the bell do not move the cursor (ECMA-48, XTerm Control Sequences). */
const HARMLESS = /^(?:\x1b\[[?>=]?[0-9;]*[hlJKq]|\x1b\].*|\x1b[()=>78].?|\x07)$/
const CONTROL = /^[\x00-\x1f\x7f-\x9f]/
