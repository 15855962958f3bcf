import assert from 'node:assert/strict'
import {
  codePointWidth,
  textWidth,
} from '../../../../server/core/shell/line-editor/display-width.ts'

describe('codePointWidth', () => {
  for (const [character, width] of [
    ['a', 1],
    ['~', 1],
    ['\u007f', 0],
    ['\u0085', 0],
    ['\u00a0', 1],
    ['\u00ad', 1],
    ['é', 1],
    ['\u0301', 0],
    ['\u1161', 0],
    ['\u115f', 2],
    ['\u200d', 0],
    ['\u2329', 2],
    ['\u303f', 1],
    ['漢', 2],
    ['ｗ', 2],
    ['\uac00', 2],
    ['\u{1f600}', 2],
    ['\u{20000}', 2],
    ['\u{e0100}', 0],
  ] as const) {
    it(`gives ${JSON.stringify(character)} (U+${character.codePointAt(0)?.toString(16)}) ${width}`, () => {
      assert.equal(codePointWidth(character.codePointAt(0) ?? 0), width)
    })
  }
})

describe('textWidth', () => {
  it('sums what stands beside each other', () => {
    assert.equal(textWidth('e\u0301漢x'), 4)
  })
})
