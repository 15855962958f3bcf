import assert from 'node:assert/strict'
import { asOnTerminal } from '../../../server/core/shell/as-on-terminal.ts'

const shown = (text: string, before = ''): string =>
  Buffer.from(asOnTerminal(Buffer.from(text), before.charCodeAt(0))).toString()

describe('output without a terminal', () => {
  it('returns at each newline, as a terminal makes it', () => {
    assert.equal(shown('one\ntwo\n\n'), 'one\r\ntwo\r\n\r\n')
  })

  it('does not return twice', () => {
    assert.equal(shown('one\r\ntwo\n'), 'one\r\ntwo\r\n')
    assert.equal(shown('\ntwo', '\r'), '\ntwo')
    assert.equal(shown('\ntwo', 'x'), '\r\ntwo')
  })

  it('is handed on as it is where there is nothing to do', () => {
    const bytes = Uint8Array.of(0xff, 0x00, 0x41)
    assert.equal(asOnTerminal(bytes, 0), bytes)
  })
})
