import assert from 'node:assert/strict'
import {
  readSize,
  readTape,
  toPlayableLine,
  toShownText,
  withCarriageReturns,
} from '../../../server/core/replay/tape-text.ts'

describe('readTape', () => {
  it('reads events and passes over the header', () => {
    const text = '{"version":2,"width":80,"height":24}\n[0.25, "o", "a\\r\\n"]\n[1, "r", "90x20"]\n'
    assert.deepEqual(readTape(text), [
      { atMs: 250, code: 'o', data: 'a\r\n' },
      { atMs: 1000, code: 'r', data: '90x20' },
    ])
  })

  for (const line of [
    '[',
    '[]',
    '[1,"o"]',
    '["1","o","x"]',
    '[1,2,"x"]',
    '[1,"o",{}]',
    'null',
    '',
  ]) {
    it(`passes over ${JSON.stringify(line)} and plays what follows`, () => {
      assert.equal(readTape(`${line}\n[1,"o","x"]\n`).length, 1)
    })
  }

  it('reads nothing from a recording cut inside a line', () => {
    const line = '[1,"o","x"]'
    for (let length = 0; length < line.length; length += 1) {
      assert.deepEqual(readTape(line.slice(0, length)), [], `cut at ${length}`)
    }
  })
})

describe('withCarriageReturns', () => {
  for (const [data, previous, expected] of [
    ['a\nb\n', '', 'a\r\nb\r\n'],
    ['\n\n', '', '\r\n\r\n'],
    ['a\r\nb', '', 'a\r\nb'],
    ['\n', '\r', '\n'],
    ['\n\n', '\r', '\n\r\n'],
    ['\n', 'a', '\r\n'],
    ['', '\r', ''],
  ] as const) {
    it(`${JSON.stringify(data)} after ${JSON.stringify(previous)} is ${JSON.stringify(expected)}`, () => {
      assert.equal(withCarriageReturns(data, previous), expected)
    })
  }
})

describe('toShownText', () => {
  it('shows kept bytes and lone surrogates as U+FFFD, and leaves characters alone', () => {
    assert.equal(
      toShownText('é \u{10f7ff}\u{10f780} \ud800 𝄞 日本'),
      'é \ufffd\ufffd \ufffd 𝄞 日本',
    )
  })
})

describe('toPlayableLine', () => {
  it('remembers between lines where the output stood', () => {
    const position = { previous: '' }
    const played = ['[1,"o","a\\r"]', '[2,"o","\\nb\\n"]'].map(line =>
      toPlayableLine(line, false, position),
    )
    assert.deepEqual(played, ['[1,"o","a\\r"]', '[2,"o","\\nb\\r\\n"]'])
  })

  it('leaves input and headers as they are', () => {
    const position = { previous: '' }
    for (const line of ['{"version":2}', '[1,"i","a\\n"]', '']) {
      assert.equal(toPlayableLine(line, false, position), line)
    }
  })
})

describe('readSize', () => {
  for (const [data, expected] of [
    ['80x24', { columns: 80, rows: 24 }],
    ['9999x9999', { columns: 1000, rows: 500 }],
    ['0x24', null],
    ['-1x24', null],
    ['1e9x2', null],
    ['80x24x1', null],
    ['', null],
  ] as const) {
    it(`of ${JSON.stringify(data)} is ${JSON.stringify(expected)}`, () => {
      assert.deepEqual(readSize(data), expected)
    })
  }
})
