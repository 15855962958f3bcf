import type { Result } from '../result.ts'
import type { GuardName } from './guards.ts'

/**
 * Parsers are quadratic in the worst case (0.4 s at 16 KB, measured), and no ordinary line is this long:
 * the longest of 39,000 collected ones has 2 KB.
 */
export const LINE_LIMIT_BYTES = 16_384

/** The line as text, or every reason why its bytes are not fit to be read. */
export function readBytes(line: string | Uint8Array): Result<string, readonly GuardName[]> {
  const bytes = typeof line === 'string' ? null : line
  if (bytes !== null && bytes.length > LINE_LIMIT_BYTES) return { ok: false, fault: ['too-long'] }
  const text = bytes === null ? (line as string) : decode(bytes)
  if (text === null) return { ok: false, fault: ['not-utf8'] }
  const faults: GuardName[] = []
  // A character takes at most three bytes for each UTF-16 unit, so short strings need no counting.
  if (
    text.length * 3 > LINE_LIMIT_BYTES &&
    new TextEncoder().encode(text).length > LINE_LIMIT_BYTES
  ) {
    return { ok: false, fault: ['too-long'] }
  }
  // U+FFFD is what a decoder leaves where bytes were damaged; half a surrogate pair cannot be encoded.
  if (/\p{Surrogate}|\ufffd/u.test(text)) faults.push('not-utf8')
  if (CONTROL.test(text)) faults.push('control-character')
  if (INVISIBLE.test(text)) faults.push('invisible-character')
  // sshd runs `$SHELL -c LINE`, and bash takes a LINE that begins with - or + as an option of its own.
  if (/^[ \t\n]*[-+]/.test(text)) faults.push('leading-dash')
  return faults.length === 0 ? { ok: true, value: text } : { ok: false, fault: faults }
}

/** C0 but tab and newline, DEL, C1 (NEL, U+0085, breaks lines for some readers). */
// oxlint-disable-next-line no-control-regex -- control characters are what this looks for
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/

/**
 * Format characters (directions, joiners, tags), line and paragraph separators, every blank but the
 * ASCII one, and the rest of what Unicode says to show as nothing (variation selectors, fillers).
 */
const INVISIBLE = /[\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]|(?! )\p{Zs}/u

function decode(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return null // not UTF-8: the answer, not a failure
  }
}
