import assert from 'node:assert/strict'
import fc from 'fast-check'
import {
  JSON_BYTES_PER_BYTE,
  textToBytes,
  unfinishedTail,
  writeJsonText,
} from '../../../server/core/recording/byte-text.ts'

/** Bytes that look like UTF-8 more often than chance would have them. */
const bytes = fc.oneof(
  fc.uint8Array({ maxLength: 60 }),
  fc.string({ unit: 'binary' }).map(text => new TextEncoder().encode(text)),
  fc
    .array(
      fc.constantFrom(0xc2, 0xe0, 0xed, 0xf0, 0xf4, 0x80, 0x8f, 0x90, 0x9e, 0x9f, 0xa0, 0xbf, 0x41),
    )
    .map(list => Uint8Array.from(list)),
)

/** The text of these bytes, through the JSON that a recording has. */
function bytesToText(input: Uint8Array): string {
  return JSON.parse(`"${jsonOf(input)}"`) as string
}

function jsonOf(input: Uint8Array): string {
  const out = new Uint8Array(input.length * JSON_BYTES_PER_BYTE)
  return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(
    out.subarray(0, writeJsonText(input, out, 0)),
  )
}

describe('writeJsonText', () => {
  for (const [what, input, expected] of [
    ['plain text', [0x68, 0x69], 'hi'],
    ['what is UTF-8', [0xc3, 0xbc, 0xf0, 0x9f, 0x9a, 0xaa], 'ü🚪'],
    ['NUL and escapes', [0x00, 0x1b], '\0\u{1b}'],
    ['a byte order mark', [0xef, 0xbb, 0xbf], '\ufeff'],
    ['a replacement character', [0xef, 0xbf, 0xbd], '\ufffd'],
    ['a stray byte', [0x61, 0xff, 0x62], 'a\u{10f7ff}b'],
    ['a lonely continuation', [0x80], '\u{10f780}'],
    ['a character cut short', [0xe2, 0x82, 0x41], '\u{10f7e2}\u{10f782}A'],
    ['an overlong slash', [0xc0, 0xaf], '\u{10f7c0}\u{10f7af}'],
    ['half a surrogate pair', [0xed, 0xa0, 0x80], '\u{10f7ed}\u{10f7a0}\u{10f780}'],
    [
      'what is beyond Unicode',
      [0xf4, 0x90, 0x80, 0x80],
      '\u{10f7f4}\u{10f790}\u{10f780}\u{10f780}',
    ],
    ['our own mark, printed', [0xf4, 0x8f, 0x9e, 0x80], '\u{10f7f4}\u{10f78f}\u{10f79e}\u{10f780}'],
    ['the character after our marks', [0xf4, 0x8f, 0xa0, 0x80], '\u{10f800}'],
  ] as const) {
    it(`keeps ${what}`, () => {
      const text = bytesToText(Uint8Array.from(input))
      assert.equal(text, expected)
      assert.deepEqual([...textToBytes(text)], [...input])
    })
  }

  it('loses no byte of anything', () => {
    fc.assert(
      fc.property(bytes, input => {
        assert.deepEqual([...textToBytes(bytesToText(input))], [...input])
      }),
      { numRuns: 2000 },
    )
  })

  it('writes well-formed UTF-8 as JSON.stringify does', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), text => {
        fc.pre(!text.includes('\udbfd'))
        assert.equal(`"${jsonOf(new TextEncoder().encode(text))}"`, JSON.stringify(text))
      }),
    )
  })
})

describe('unfinishedTail', () => {
  it('holds back exactly the bytes that more bytes could make a character of', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1 }), fc.nat(), (text, place) => {
        const whole = new TextEncoder().encode(text)
        const cut = whole.subarray(0, place % (whole.length + 1))
        const rest = cut.subarray(0, cut.length - unfinishedTail(cut))
        // What is let through is whole characters, and what is held back is less than one.
        new TextDecoder('utf-8', { fatal: true }).decode(rest)
        assert.ok(cut.length - rest.length <= 3)
      }),
      { numRuns: 2000 },
    )
  })

  it('holds back nothing of what can never become a character', () => {
    for (const input of [[0xff], [0x80, 0x80], [0xc0], [0xed, 0xa0], [0xf5], [0xe2, 0x41]]) {
      assert.equal(unfinishedTail(Uint8Array.from(input)), 0, String(input))
    }
  })
})
