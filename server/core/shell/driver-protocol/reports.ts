/**
 * What the driver shell reports over the control terminal.
 *
 *     RS kind nonce US field US … US nonce RS
 *
 * RS and US are the ASCII separators 30 and 31, kind is a capital letter, nonce stands for one question.
 * Anybody on the target may write to that terminal: what is not an answer to an open question is
 * skipped. The nonce at the end keeps a field that holds separators (a directory's name) from ending
 * the report early.
 */
export interface Report {
  readonly kind: string
  readonly nonce: string
  /** Latin-1: one character a byte. */
  readonly fields: readonly string[]
}

/** A question whose answer is awaited. */
export interface Question {
  readonly kind: string
  readonly nonce: string
}

/** Bytes that may yet become a report, as Latin-1. */
export type Unread = string

/** A full environment in hexadecimal has some 256 KB; beyond this the terminal is being flooded. */
export const REPORT_LIMIT_BYTES = 1_048_576
/** Longer than the beginning of any report. */
const BEGINNING_BYTES = 64

/** Finds the answers in what came; the first one to a question counts. */
export function readReports(
  unread: Unread,
  bytes: Uint8Array,
  questions: readonly Question[],
): { unread: Unread; reports: readonly Report[] } {
  let text = unread + latin1(bytes)
  const reports: Report[] = []
  let firstOpen = text.length
  for (const { kind, nonce } of questions) {
    const beginning = `\x1e${kind}${nonce}\x1f`
    const ending = `\x1f${nonce}\x1e`
    const start = text.indexOf(beginning)
    if (start === -1) continue
    // The separator before the first field may be the one before the nonce at the end.
    const end = text.indexOf(ending, start + beginning.length - 1)
    if (end === -1) {
      firstOpen = Math.min(firstOpen, start)
      continue
    }
    const inside = text.slice(start + beginning.length, end)
    const isEmpty = end < start + beginning.length
    reports.push({ kind, nonce, fields: isEmpty ? [] : inside.split('\x1f') })
    text = text.slice(0, start) + text.slice(end + ending.length)
    firstOpen = Math.min(firstOpen, text.length)
  }
  const from = Math.min(firstOpen, Math.max(0, text.length - BEGINNING_BYTES))
  const kept = text.slice(from)
  return { unread: kept.length > REPORT_LIMIT_BYTES ? '' : kept, reports }
}

/** A field as text; null when it is not UTF-8 or holds a control character: then it is not to be trusted as a name. */
export function fieldText(field: string | undefined): string | null {
  if (field === undefined) return null
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(
      fromLatin1(field),
    )
    return CONTROL.test(text) ? null : text
  } catch {
    return null // not UTF-8: an answer, not a failure
  }
}

// oxlint-disable-next-line no-control-regex -- control characters are what this looks for
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/

/** The bytes a field spells in hexadecimal; null when it does not. */
export function fieldBytes(field: string | undefined): Uint8Array | null {
  if (field === undefined || field.length % 2 !== 0 || !/^[0-9a-f]*$/.test(field)) return null
  const bytes = new Uint8Array(field.length / 2)
  for (let at = 0; at < bytes.length; at += 1) {
    bytes[at] = Number.parseInt(field.slice(at * 2, at * 2 + 2), 16)
  }
  return bytes
}

export function latin1(bytes: Uint8Array): string {
  let text = ''
  // apply() takes a bounded number of arguments.
  for (let at = 0; at < bytes.length; at += 8192) {
    text += String.fromCharCode(...bytes.subarray(at, at + 8192))
  }
  return text
}

export function fromLatin1(text: string): Uint8Array {
  return Uint8Array.from(text, character => character.charCodeAt(0))
}
