/**
 * Bytes from a terminal → keystrokes. Nothing becomes text that is not printable: control characters
 * are keys, control sequences are looked up or swallowed, bad UTF-8 is refused.
 *
 * Sources: ECMA-48 §5 (control functions), XTerm Control Sequences (keys, bracketed paste), RFC 3629 (UTF-8).
 */
import { controlKey, escapedKey, sequenceKey, shiftedKey } from './key-names.ts'

export type Keystroke =
  /** Printable characters, one or a run of them. */
  | { readonly is: 'text'; readonly text: string }
  /** A named key: `Enter`, `Ctrl-a`, `Alt-b`, `Ctrl-Left` (key-names.ts). */
  | { readonly is: 'key'; readonly name: string }
  /** Everything between the marks of a bracketed paste; tabs and newlines are its only control characters. */
  | { readonly is: 'paste'; readonly text: string; readonly isDamaged: boolean }
  | { readonly is: 'paste-too-long' }
  /** Bytes that are no keystroke: NUL, C1, bad UTF-8, unknown control sequences. They never enter a line. */
  | { readonly is: 'refused'; readonly isSilent: boolean }

/** What has been read of a keystroke that is not complete yet. */
export type Decoding =
  | { readonly is: 'ground' }
  | { readonly is: 'character'; readonly bytes: readonly number[]; readonly length: number }
  | { readonly is: 'escape'; readonly isMeta: boolean }
  /** After CSI (ESC [): parameters and intermediates. */
  | { readonly is: 'sequence'; readonly text: string; readonly isMeta: boolean }
  /** After SS3 (ESC O). */
  | { readonly is: 'single-shift'; readonly isMeta: boolean }
  /** In a control string (DCS, OSC, …), such as a terminal's answer to a query: swallowed to its end. */
  | { readonly is: 'string'; readonly length: number; readonly sawEscape: boolean }
  /** `matched` counts the bytes of the end mark that have been seen. */
  | {
      readonly is: 'paste'
      readonly bytes: string
      readonly matched: number
      readonly isTooLong: boolean
    }

export const GROUND: Decoding = { is: 'ground' }

/** A line holds 16 KB; whatever is longer cannot run, so no more of it is kept. */
export const PASTE_LIMIT_BYTES = 65_536
/** The longest sequence any terminal sends for a key has about ten bytes. */
const SEQUENCE_LIMIT = 32
/** Terminals' answers are short; a longer string is somebody's mistake, and typing goes on. */
const STRING_LIMIT = 4096
const PASTE_END = '\x1b[201~'

const ESC = 0x1b

export interface Read {
  readonly decoding: Decoding
  /** Index of the first byte that was not consumed. */
  readonly at: number
  /** Null when the bytes ended before a keystroke did. */
  readonly keystroke: Keystroke | null
}

/** Reads one keystroke of `bytes` from `at` on. */
export function readKeystroke(decoding: Decoding, bytes: Uint8Array, at: number): Read {
  let state = decoding
  let next = at
  while (next < bytes.length) {
    const step = state.is === 'ground' ? readRun(bytes, next) : readByte(state, bytes, next)
    state = step.decoding
    next = step.at
    if (step.keystroke !== null) return { decoding: state, at: next, keystroke: step.keystroke }
  }
  return { decoding: state, at: next, keystroke: null }
}

/** From the ground state: a run of printable characters at once, or the first byte of something else. */
function readRun(bytes: Uint8Array, at: number): Read {
  const run = readText(bytes, at)
  if (run !== null) return run
  const byte = bytes[at] ?? 0
  if (byte === ESC) return more({ is: 'escape', isMeta: false }, at + 1)
  if (byte < 0x20 || byte === 0x7f) return named(controlKey(byte), at + 1)
  const length = sequenceLength(byte)
  if (length === null) return done(REFUSED, at + 1)
  return more({ is: 'character', bytes: [byte], length }, at + 1)
}

/** Longer runs are read in parts, so that one bad character in them costs little. */
const RUN_BYTES = 1024

/** Whole characters up to the first byte that is none of a text; null when there are none, or one of them is bad. */
function readText(bytes: Uint8Array, at: number): Read | null {
  let end = at
  while (end - at < RUN_BYTES && isPrintable(bytes[end] ?? 0)) end += 1
  const ascii = end
  while (end - at < RUN_BYTES) {
    const length = isPrintable(bytes[end] ?? 0) ? 1 : sequenceLength(bytes[end] ?? 0)
    if (length === null || end + length > bytes.length) break
    end += length
  }
  const text = end > ascii ? decodeStrictly(bytes.subarray(at, end)) : null
  if (text !== null && !isRefused(text)) return done({ is: 'text', text }, end)
  if (ascii === at) return null
  return done({ is: 'text', text: String.fromCharCode(...bytes.subarray(at, ascii)) }, ascii)
}

function readByte(state: Exclude<Decoding, { is: 'ground' }>, bytes: Uint8Array, at: number): Read {
  const byte = bytes[at] ?? 0
  switch (state.is) {
    case 'character':
      return readContinuation(state, byte, at)
    case 'escape':
      return readEscaped(state.isMeta, byte, at)
    case 'sequence':
      return readSequence(state, byte, at)
    case 'single-shift':
      return named(shiftedKey(byte, state.isMeta), at + 1)
    case 'string':
      return readString(state, byte, at)
    case 'paste':
      return readPaste(state, bytes, at)
  }
}

function readContinuation(
  { bytes, length }: Extract<Decoding, { is: 'character' }>,
  byte: number,
  at: number,
): Read {
  // The byte that breaks a character off is read again: an Enter after half a character is an Enter.
  if ((byte & 0xc0) !== 0x80) return done(REFUSED, at)
  const all = [...bytes, byte]
  if (all.length < length) return more({ is: 'character', bytes: all, length }, at + 1)
  const text = decodeStrictly(Uint8Array.from(all))
  return done(text === null || isRefused(text) ? REFUSED : { is: 'text', text }, at + 1)
}

function readEscaped(isMeta: boolean, byte: number, at: number): Read {
  switch (byte) {
    // ESC ESC [ C: Alt with a cursor key, as rxvt and PuTTY send it.
    case ESC:
      return more({ is: 'escape', isMeta: true }, at + 1)
    case 0x5b: // [
      return more({ is: 'sequence', text: '', isMeta }, at + 1)
    case 0x4f: // O
      return more({ is: 'single-shift', isMeta }, at + 1)
    case 0x50: // P (DCS)
    case 0x58: // X (SOS)
    case 0x5d: // ] (OSC)
    case 0x5e: // ^ (PM)
    case 0x5f: // _ (APC)
      return more({ is: 'string', length: 0, sawEscape: false }, at + 1)
    default:
      return byte < 0x80 ? named(escapedKey(byte), at + 1) : done(REFUSED, at)
  }
}

/** ECMA-48 §5.4: parameter bytes 30–3F, intermediate bytes 20–2F, a final byte 40–7E. */
function readSequence(
  { text, isMeta }: Extract<Decoding, { is: 'sequence' }>,
  byte: number,
  at: number,
): Read {
  if (byte >= 0x20 && byte <= 0x3f && text.length < SEQUENCE_LIMIT) {
    return more({ is: 'sequence', text: text + String.fromCharCode(byte), isMeta }, at + 1)
  }
  // A control character inside a sequence breaks it off and counts by itself: ^C is never swallowed.
  if (byte < 0x20 || byte > 0x7e) return done(SWALLOWED, at)
  if (byte <= 0x3f) return done(SWALLOWED, at + 1)
  const sequence = text + String.fromCharCode(byte)
  if (sequence === '200~') {
    return more({ is: 'paste', bytes: '', matched: 0, isTooLong: false }, at + 1)
  }
  return named(sequenceKey(sequence, isMeta), at + 1)
}

/** To ST (ESC \) or BEL. Enter and ^C end it too: no terminal's answer holds them, and a person is stuck otherwise. */
function readString(
  { length, sawEscape }: Extract<Decoding, { is: 'string' }>,
  byte: number,
  at: number,
): Read {
  if (sawEscape)
    return byte === 0x5c ? done(SWALLOWED, at + 1) : more({ is: 'escape', isMeta: false }, at)
  if (byte === 0x07) return done(SWALLOWED, at + 1)
  if (byte === 0x03 || byte === 0x0a || byte === 0x0d || length >= STRING_LIMIT) {
    return done(SWALLOWED, at)
  }
  return more({ is: 'string', length: length + 1, sawEscape: byte === ESC }, at + 1)
}

function readPaste(
  state: Extract<Decoding, { is: 'paste' }>,
  bytes: Uint8Array,
  from: number,
): Read {
  let { matched, isTooLong } = state
  let collected = state.bytes
  for (let at = from; at < bytes.length; at += 1) {
    const byte = bytes[at] ?? 0
    if (byte === PASTE_END.charCodeAt(matched)) {
      matched += 1
      if (matched < PASTE_END.length) continue
      return done(isTooLong ? { is: 'paste-too-long' } : pasted(collected), at + 1)
    }
    const missed = matched === 0 ? '' : PASTE_END.slice(0, matched)
    matched = byte === ESC ? 1 : 0
    if (isTooLong) continue
    collected += missed + (matched === 1 ? '' : String.fromCharCode(byte))
    if (collected.length > PASTE_LIMIT_BYTES) {
      isTooLong = true
      collected = ''
    }
  }
  return more({ is: 'paste', bytes: collected, matched, isTooLong }, bytes.length)
}

/** Line ends become newlines, one at the very end is dropped: pasting a whole line does not run it. */
function pasted(binary: string): Keystroke {
  const bytes = Uint8Array.from(binary, character => character.charCodeAt(0))
  const decoded = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)
  const text = decoded.replace(/\r\n?/g, '\n').replace(/\n+$/, '')
  const clean = text.replace(NOT_IN_A_LINE, '')
  return { is: 'paste', text: clean, isDamaged: clean !== text }
}

/** C0 but tab and newline, DEL, C1, and what a decoder leaves where bytes were damaged. */
// oxlint-disable-next-line no-control-regex -- control characters are what this looks for
const NOT_IN_A_LINE = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\ufffd]/g

function isRefused(text: string): boolean {
  return text.search(NOT_IN_A_LINE) !== -1
}

/** How many bytes the character has that begins with this one (RFC 3629 §4); null when none does. */
function sequenceLength(lead: number): number | null {
  if (lead >= 0xc2 && lead <= 0xdf) return 2
  if (lead >= 0xe0 && lead <= 0xef) return 3
  if (lead >= 0xf0 && lead <= 0xf4) return 4
  return null
}

function decodeStrictly(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return null // overlong or a surrogate: an answer, not a failure
  }
}

const REFUSED: Keystroke = { is: 'refused', isSilent: false }
const SWALLOWED: Keystroke = { is: 'refused', isSilent: true }

function isPrintable(byte: number): boolean {
  return byte >= 0x20 && byte <= 0x7e
}

function named(name: string | null, at: number): Read {
  return done(name === null ? SWALLOWED : { is: 'key', name }, at)
}

function done(keystroke: Keystroke, at: number): Read {
  return { decoding: GROUND, at, keystroke }
}

function more(decoding: Decoding, at: number): Read {
  return { decoding, at, keystroke: null }
}
