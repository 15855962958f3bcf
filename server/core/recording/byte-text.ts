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

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const utf8 = new TextEncoder()

/** How many bytes at the end of `bytes` are the beginning of a character that may yet be finished. */
export function unfinishedTail(bytes: Uint8Array): number {
  for (let length = 1; length <= Math.min(3, bytes.length); length += 1) {
    const at = bytes.length - length
    const byte = bytes[at] ?? 0
    if (byte < 0x80) return 0
    if (byte >= 0xc0) return characterLength(bytes, at) === 'unfinished' ? length : 0
  }
  return 0
}

export function bytesToText(bytes: Uint8Array): string {
  try {
    const text = strictUtf8.decode(bytes)
    if (!text.includes(STRAY_SURROGATE)) return text
  } catch {
    // Not UTF-8 throughout: an expected shape of output, read with care below.
  }
  return decodeWithStrays(bytes)
}

export function textToBytes(text: string): Uint8Array {
  if (!text.includes(STRAY_SURROGATE)) return utf8.encode(text)
  const pieces: Uint8Array[] = []
  for (const part of text.split(/([\u{10f780}-\u{10f7ff}]+)/u)) {
    const isStray = part.startsWith(STRAY_SURROGATE) && isStrayCode(part.codePointAt(0))
    pieces.push(
      isStray
        ? Uint8Array.from(part, character => (character.codePointAt(0) ?? 0) - STRAY_BASE)
        : utf8.encode(part),
    )
  }
  return concatenate(pieces)
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

function decodeWithStrays(bytes: Uint8Array): string {
  let text = ''
  let goodFrom = 0
  let at = 0
  while (at < bytes.length) {
    const length = characterLength(bytes, at)
    if (typeof length === 'number' && !isStrayCharacter(bytes, at, length)) {
      at += length
      continue
    }
    text += strictUtf8.decode(bytes.subarray(goodFrom, at))
    const strays = typeof length === 'number' ? length : 1
    for (let index = 0; index < strays; index += 1) {
      text += String.fromCodePoint(STRAY_BASE + (bytes[at + index] ?? 0))
    }
    at += strays
    goodFrom = at
  }
  return text + strictUtf8.decode(bytes.subarray(goodFrom))
}

function isStrayCharacter(bytes: Uint8Array, at: number, length: number): boolean {
  if (length !== 4 || bytes[at] !== 0xf4) return false
  return isStrayCode(new TextDecoder().decode(bytes.subarray(at, at + 4)).codePointAt(0))
}

function isStrayCode(code: number | undefined): boolean {
  return code !== undefined && code >= FIRST_STRAY && code <= LAST_STRAY
}

/**
 * Bytes of the well-formed character at `at` (Unicode 15, table 3-7): 1 to 4; `unfinished` when the
 * bytes end inside it, `stray` when it is none.
 */
function characterLength(bytes: Uint8Array, at: number): number | 'unfinished' | 'stray' {
  const first = bytes[at] ?? 0
  if (first < 0x80) return 1
  const length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2
  if (first < 0xc2 || first > 0xf4) return 'stray'
  for (let index = 1; index < length; index += 1) {
    const next = bytes[at + index]
    if (next === undefined) return 'unfinished'
    const [low, high] = index === 1 ? secondByteRange(first) : [0x80, 0xbf]
    if (next < low || next > high) return 'stray'
  }
  return length
}

/** No overlong forms, no surrogates, nothing beyond U+10FFFF. */
function secondByteRange(first: number): readonly [number, number] {
  switch (first) {
    case 0xe0:
      return [0xa0, 0xbf]
    case 0xed:
      return [0x80, 0x9f]
    case 0xf0:
      return [0x90, 0xbf]
    case 0xf4:
      return [0x80, 0x8f]
    default:
      return [0x80, 0xbf]
  }
}
