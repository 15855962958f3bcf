/**
 * Bytes as text and back, without loss (FORMAT.md): well-formed UTF-8 is its text; a byte that is not
 * part of any is the private-use character U+10F700 + byte. Those 128 characters themselves, should a
 * program print them, are written byte by byte the same way, so reading back is never ambiguous.
 */
const FIRST_STRAY = 0x10f780
const LAST_STRAY = 0x10f7ff
const STRAY_BASE = 0x10f700
/** The first half of every one of these characters in a JavaScript string: a quick way to see that there is none. */
const STRAY_SURROGATE = '\udbfd'

/** The bytes that this text stands for. */
export function textToBytes(text: string): Uint8Array {
  const utf8 = new TextEncoder()
  if (!text.includes(STRAY_SURROGATE)) return utf8.encode(text)
  const pieces: Uint8Array[] = []
  for (const part of text.split(/([\u{10f780}-\u{10f7ff}]+)/u)) {
    pieces.push(
      isStrayCode(part.codePointAt(0))
        ? Uint8Array.from(part, character => (character.codePointAt(0) ?? 0) - STRAY_BASE)
        : utf8.encode(part),
    )
  }
  return concatenate(pieces)
}

/** How many bytes at the end of `bytes` are the beginning of a character that may yet be finished. */
export function unfinishedTail(bytes: Uint8Array): number {
  for (let length = 1; length <= Math.min(3, bytes.length); length += 1) {
    const at = bytes.length - length
    const byte = bytes[at] ?? 0
    if (byte < 0x80) return 0
    if (byte >= 0xc0) return characterLength(bytes, at) === UNFINISHED ? length : 0
  }
  return 0
}

/** The most bytes that one byte can become in `writeJsonText`: a control character is `\u0000`. */
export const JSON_BYTES_PER_BYTE = 6

/**
 * Writes the text of `bytes` as the inside of a JSON string (RFC 8259 §7), in UTF-8, to `out` from `at`
 * on; returns where it ends. Byte by byte and without strings in between: this is done for everything
 * that is recorded, and several times as fast as TextDecoder and JSON.stringify, even for text.
 */
export function writeJsonText(bytes: Uint8Array, out: Uint8Array, at: number): number {
  let to = at
  let from = 0
  while (from < bytes.length) {
    const byte = bytes[from] ?? 0
    const escape = byte < 0x80 ? (ESCAPES[byte] ?? PLAIN) : NOT_ASCII
    if (escape === PLAIN) {
      out[to] = byte
      to += 1
      from += 1
    } else if (escape === NOT_ASCII) {
      const length = characterLength(bytes, from)
      const end = from + Math.max(1, length)
      const isKept = length > 0 && !isStrayCharacter(bytes, from, length)
      for (; from < end; from += 1) {
        if (isKept) out[to] = bytes[from] ?? 0
        else writeStray(bytes[from] ?? 0, out, to)
        to += isKept ? 1 : 4
      }
    } else if (escape === CONTROL) {
      writeControl(byte, out, to)
      to += 6
      from += 1
    } else {
      out[to] = BACKSLASH
      out[to + 1] = escape
      to += 2
      from += 1
    }
  }
  return to
}

/** U+10F700 + byte in UTF-8: F4 8F 9E 80 is U+10F780. */
function writeStray(byte: number, out: Uint8Array, at: number): void {
  out[at] = 0xf4
  out[at + 1] = 0x8f
  out[at + 2] = 0x9e | ((byte >> 6) & 1)
  out[at + 3] = 0x80 | (byte & 0x3f)
}

/** A control character has no short escape: six bytes, such as `\u001b`. */
function writeControl(byte: number, out: Uint8Array, at: number): void {
  out[at] = BACKSLASH
  out[at + 1] = 0x75
  out[at + 2] = 0x30
  out[at + 3] = 0x30
  out[at + 4] = 0x30 + (byte >> 4)
  out[at + 5] = HEX[byte & 0xf] ?? 0
}

export function concatenate(pieces: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0))
  let at = 0
  for (const piece of pieces) {
    whole.set(piece, at)
    at += piece.length
  }
  return whole
}

const BACKSLASH = 0x5c
const HEX = new TextEncoder().encode('0123456789abcdef')

const PLAIN = 0
const CONTROL = 1
const NOT_ASCII = 2

/** For each ASCII character: `PLAIN`, `CONTROL`, or what follows the backslash, as JSON.stringify has it. */
const ESCAPES = Uint8Array.from({ length: 0x80 }, (_, code) => {
  const written = JSON.stringify(String.fromCharCode(code)).slice(1, -1)
  if (written.length === 1) return PLAIN
  return written.length === 2 ? written.charCodeAt(1) : CONTROL
})

/** One of the characters that stand for stray bytes, in UTF-8: F4 8F, 9E or 9F, any. */
function isStrayCharacter(bytes: Uint8Array, at: number, length: number): boolean {
  return (
    length === 4 &&
    bytes[at] === 0xf4 &&
    bytes[at + 1] === 0x8f &&
    (bytes[at + 2] === 0x9e || bytes[at + 2] === 0x9f)
  )
}

function isStrayCode(code: number | undefined): boolean {
  return code !== undefined && code >= FIRST_STRAY && code <= LAST_STRAY
}

const STRAY = 0
const UNFINISHED = -1

/**
 * Bytes of the well-formed character at `at` (Unicode 15, table 3-7): 2 to 4, the first byte being no
 * ASCII; `UNFINISHED` when the bytes end inside it, `STRAY` when it is none.
 */
function characterLength(bytes: Uint8Array, at: number): number {
  const first = bytes[at] ?? 0
  if (first < 0xc2 || first > 0xf4) return STRAY
  const length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2
  for (let index = 1; index < length; index += 1) {
    const next = bytes[at + index]
    if (next === undefined) return UNFINISHED
    const isSecond = index === 1
    // No overlong forms, no surrogates, nothing beyond U+10FFFF.
    const low = isSecond && first === 0xe0 ? 0xa0 : isSecond && first === 0xf0 ? 0x90 : 0x80
    const high = isSecond && first === 0xed ? 0x9f : isSecond && first === 0xf4 ? 0x8f : 0xbf
    if (next < low || next > high) return STRAY
  }
  return length
}
