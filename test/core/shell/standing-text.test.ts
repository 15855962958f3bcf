import assert from 'node:assert/strict'
import { EMPTY_ROW, follow, standingText } from '../../../server/core/shell/standing-text.ts'

const standing = (...writes: string[]): string | null =>
  standingText(writes.reduce((row, text) => follow(row, new TextEncoder().encode(text)), EMPTY_ROW))

describe('standingText', () => {
  for (const [writes, text] of [
    [[''], ''],
    [['line\r\n'], ''],
    [['no newline'], 'no newline'],
    [['a\r\nb', 'c'], 'bc'],
    [['50%\r100%'], '100%'],
    [['100%\r'], ''],
    [['\x1b[31mred\x1b[0m'], '\x1b[31mred\x1b[0m'],
    [['\x1b[?1049l\x1b[?25h\x1b]0;title\x07'], ''],
    [['text\x1b[K'], 'text'],
    [['a\x1b[3Cb'], null],
    [['a\bb'], null],
    [['a\tb'], null],
    [['x'.repeat(3000)], null],
    [['x'.repeat(1500), 'y'.repeat(1500)], null],
    [['x'.repeat(3000), '\n'], ''],
    [['half é'.slice(0, 6), ''], 'half é'],
  ] as const) {
    it(`of ${JSON.stringify(writes).slice(0, 60)} is ${JSON.stringify(text)}`, () => {
      assert.equal(standing(...writes), text)
    })
  }

  it('is not known of bytes that are no text', () => {
    assert.equal(standingText(follow(EMPTY_ROW, Uint8Array.of(0x61, 0xff))), null)
  })
})
