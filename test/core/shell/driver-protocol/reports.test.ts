import assert from 'node:assert/strict'
import fc from 'fast-check'
import {
  fieldBytes,
  fieldText,
  fromLatin1,
  latin1,
  readReports,
  REPORT_LIMIT_BYTES,
} from '../../../../server/core/shell/driver-protocol/reports.ts'
import { readCommandEnd } from '../../../../server/core/shell/driver-protocol/run-command.ts'

const NONCE = '0123456789abcdef01234567'
const OTHER = 'fedcba9876543210fedcba98'
const question = { kind: 'E', nonce: NONCE }
const frame = (nonce: string, ...fields: string[]): string =>
  `\x1eE${nonce}${['', ...fields, nonce].join('\x1f')}\x1e`

describe('readReports', () => {
  it('finds the answer among whatever else comes', () => {
    const { reports } = readReports(
      '',
      fromLatin1(`junk\x1e\x1f${frame(OTHER, 'spoof')}${frame(NONCE, '0', '/')}x`),
      [question],
    )
    assert.deepEqual(reports, [{ kind: 'E', nonce: NONCE, fields: ['0', '/'] }])
  })

  it('reads an answer without fields', () => {
    const { reports } = readReports('', fromLatin1(frame(NONCE)), [question])
    assert.deepEqual(reports, [{ kind: 'E', nonce: NONCE, fields: [] }])
  })

  it('reads an answer that comes in pieces, wherever it is cut', () => {
    const text = `junk${frame(NONCE, 'a', 'b\x1e\x1fc')}`
    for (let cut = 0; cut <= text.length; cut += 1) {
      const first = readReports('', fromLatin1(text.slice(0, cut)), [question])
      const second = readReports(first.unread, fromLatin1(text.slice(cut)), [question])
      assert.deepEqual(
        [...first.reports, ...second.reports].map(({ fields }) => fields),
        [['a', 'b\x1e', 'c']],
        `cut at ${cut}`,
      )
    }
  })

  it('reads several answers in one piece', () => {
    const both = [question, { kind: 'X', nonce: OTHER }]
    const text = `\x1eX${OTHER}\x1fff\x1f${OTHER}\x1e${frame(NONCE, '0')}`
    assert.deepEqual(
      readReports('', fromLatin1(text), both)
        .reports.map(({ kind }) => kind)
        .toSorted(),
      ['E', 'X'],
    )
  })

  it('takes nothing for an answer that nobody asked for', () => {
    assert.deepEqual(readReports('', fromLatin1(frame(NONCE, '0')), []).reports, [])
  })

  it('keeps next to nothing of a flood, and gives up on an answer without end', () => {
    const flood = new Uint8Array(100_000).fill(0x1e)
    let unread = ''
    for (let at = 0; at < 30; at += 1) unread = readReports(unread, flood, [question]).unread
    assert.ok(unread.length <= 64)
    unread = readReports('', fromLatin1(`\x1eE${NONCE}\x1f`), [question]).unread
    for (let at = 0; at < 30; at += 1) {
      unread = readReports(unread, flood, [question]).unread
      assert.ok(unread.length <= REPORT_LIMIT_BYTES)
    }
    assert.ok(unread.length <= 64)
  })

  it('never throws', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 200 }),
        fc.uint8Array({ maxLength: 200 }),
        (one, other) => {
          const { unread } = readReports('', one, [question])
          readReports(unread, other, [question])
        },
      ),
    )
  })
})

describe('a field', () => {
  it('is text only where it is UTF-8 without control characters', () => {
    assert.equal(fieldText(latin1(new TextEncoder().encode('é漢'))), 'é漢')
    assert.equal(fieldText('\xff'), null)
    assert.equal(fieldText('a\nb'), null)
    assert.equal(fieldText(latin1(new TextEncoder().encode('\u0085'))), null)
    assert.equal(fieldText(undefined), null)
  })

  it('is bytes only where it is hexadecimal', () => {
    assert.deepEqual(fieldBytes('00ff'), Uint8Array.of(0, 255))
    for (const bad of ['0', '0g', 'FF', ' 00']) assert.equal(fieldBytes(bad), null)
  })
})

describe('readCommandEnd', () => {
  const end = (...fields: string[]): ReturnType<typeof readCommandEnd> =>
    readCommandEnd({ kind: 'E', nonce: NONCE, fields })

  it('knows where the shell stands', () => {
    assert.deepEqual(end('3', '/real', '/home/x', '/link', '$ '), {
      status: 3,
      homeDirectory: '/home/x',
      logicalDirectory: '/link',
      workingDirectory: '/real',
      prompt: '$ ',
    })
  })

  it('does not guess', () => {
    assert.equal(end('0', '', '/', '/', '').workingDirectory, null)
    assert.equal(end('0', 'relative', '/', '/', '').workingDirectory, null)
    assert.equal(end('0', '/a\nb', '/', '/', '').workingDirectory, null)
    assert.equal(end('0', '/a', 'b', '/', '/', '').workingDirectory, null)
    assert.equal(end('0', '/', 'here', '/', '').homeDirectory, null)
    assert.equal(end('zero').status, 255)
    assert.equal(end().workingDirectory, null)
  })
})
