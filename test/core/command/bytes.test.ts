import assert from 'node:assert/strict'
import { LINE_LIMIT_BYTES } from '../../../server/core/command/bytes.ts'
import { codesOf } from './reading-of.ts'

describe('readLine refuses bytes that cannot be read by everybody alike:', () => {
  for (const [name, line, code] of [
    ['a carriage return', 'echo a\rpwned', 'control-character'],
    ['an escape', 'echo \u001b[2J', 'control-character'],
    ['a NUL', 'ls\u0000x', 'control-character'],
    ['a delete', 'ls\u007f', 'control-character'],
    ['a next-line', 'ls\u0085x', 'control-character'],
    ['a no-break space', 'git log\u00a0--x', 'invisible-character'],
    ['a zero-width joiner', 'r\u200dm x', 'invisible-character'],
    ['a line separator', 'echo a\u2028id', 'invisible-character'],
    ['a byte-order mark', 'rm\ufeff x', 'invisible-character'],
    ['a right-to-left override', 'echo \u202ecod', 'invisible-character'],
    ['a variation selector', 'echo a\ufe0f', 'invisible-character'],
    ['a tag', 'echo a\u{e0041}', 'invisible-character'],
    ['a Hangul filler', 'echo \u3164', 'invisible-character'],
    ['a soft hyphen', 'echo a\u00adb', 'invisible-character'],
    ['half a surrogate pair', 'echo \ud800', 'not-utf8'],
    ['a replacement character', 'echo \ufffd', 'not-utf8'],
    ['a leading dash', '-c pwned', 'leading-dash'],
    ['a leading plus behind blanks', '  +x', 'leading-dash'],
  ] as const) {
    it(name, () => assert.ok(codesOf(line).includes(code), String(codesOf(line))))
  }

  it('bytes that are not UTF-8', () => {
    for (const bytes of [
      [0x6c, 0x73, 0xff],
      [0xc0, 0xaf],
      [0xed, 0xa0, 0x80],
      [0xe2, 0x82],
    ]) {
      assert.deepEqual(codesOf(new Uint8Array(bytes)), ['not-utf8'])
    }
  })

  it('a byte-order mark at the very beginning', () => {
    assert.deepEqual(codesOf(new Uint8Array([0xef, 0xbb, 0xbf, 0x6c, 0x73])), [
      'invisible-character',
    ])
  })

  it('one byte more than the limit', () => {
    const longest = `echo ${'a'.repeat(LINE_LIMIT_BYTES - 5)}`
    assert.deepEqual(codesOf(longest), [])
    assert.deepEqual(codesOf(`${longest}a`), ['too-long'])
    assert.deepEqual(codesOf(`echo ${'é'.repeat(LINE_LIMIT_BYTES / 2 - 2)}`), ['too-long'])
  })
})

describe('readLine takes', () => {
  it('tabs, newlines and visible characters of any script', () => {
    for (const line of ['echo\ta\nls', 'echo "größe" 日本 Привет 😀'])
      assert.deepEqual(codesOf(line), [])
  })
})
