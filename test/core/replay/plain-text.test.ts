import assert from 'node:assert/strict'
import fc from 'fast-check'
import { PlainText } from '../../../server/core/replay/plain-text.ts'

const ESC = '\u001b'

function plain(...pieces: string[]): string {
  const text = new PlainText()
  const finished = pieces.map(piece => text.push(piece)).join('')
  return text.isLineStart ? finished : finished + text.rest()
}

describe('PlainText', () => {
  for (const [what, output, shown] of [
    ['lines as they are', 'one\ntwo\n', 'one\ntwo\n'],
    ['a last line without an end', 'one', 'one\n'],
    ['carriage return and line feed', 'one\r\ntwo\r\n', 'one\ntwo\n'],
    ['a progress bar as its last state', '10%\r50%\r100%\n', '100%\n'],
    ['what is left under a shorter line', 'abcdef\rXY\n', 'XYcdef\n'],
    ['an erased line', `abcdef\r${ESC}[Kxy\n`, 'xy\n'],
    ['backspaces', 'lx\bs\n', 'ls\n'],
    ['a backspace at the edge', '\b\bls\n', 'ls\n'],
    ['tabs', 'a\tb\n', 'a\tb\n'],
    ['colours as nothing', `${ESC}[1;31mred${ESC}[0m\n`, 'red\n'],
    ['a title as nothing', `${ESC}]0;title${'\u0007'}text\n`, 'text\n'],
    ['a title ended by ST', `${ESC}]2;title${ESC}\\text\n`, 'text\n'],
    ['a link as its text', `${ESC}]8;;http://x${ESC}\\text${ESC}]8;;${ESC}\\\n`, 'text\n'],
    ['eight-bit controls as nothing', '\u009b31mred\u009d0;t\u009cx\n', 'redx\n'],
    ['a device string as nothing', `${ESC}P1$r0m${ESC}\\x\n`, 'x\n'],
    ['a string broken off by another escape', `${ESC}]0;title${ESC}[31mred\n`, 'red\n'],
    ['a character set', `${ESC}(Bx\n`, 'x\n'],
    ['direction marks spelled out', 'a\u202etxt\n', 'a\\u{202e}txt\n'],
    ['a bell as nothing', 'a\u0007b\n', 'ab\n'],
    ['a lone surrogate spelled out', 'a\ud800b\n', 'a\\u{d800}b\n'],
  ] as const) {
    it(`shows ${what}`, () => assert.equal(plain(output), shown))
  }

  it('does not depend on where the output was cut', () => {
    const output = `one${ESC}[1;31mtwo${ESC}]0;t${ESC}\\three\rX\n${ESC}P..${ESC}\\four\n`
    for (let at = 0; at <= output.length; at += 1) {
      assert.equal(plain(output.slice(0, at), output.slice(at)), plain(output), `cut at ${at}`)
    }
  })

  it('gives out a line that never ends, and takes text again after a string that never ends', () => {
    const line = plain('x'.repeat(100_000))
    assert.ok(line.split('\n').every(piece => piece.length <= 8192))
    assert.equal(line.replaceAll('\n', '').length, 100_000)
    assert.match(plain(`${ESC}]0;${'t'.repeat(100_000)}\nafter\n`), /after\n$/)
  })

  it('never shows a control character, whatever comes', () => {
    const odd = fc.constantFrom(ESC, '\u009b', '\u0007', '\r', '\b', '\n', '[', ']', '2J', '\u202e')
    fc.assert(
      fc.property(fc.array(fc.oneof(odd, fc.string({ unit: 'binary' }))), pieces => {
        assert.doesNotMatch(plain(...pieces), /(?![\t\n])[\p{Cc}\p{Cf}]/u)
      }),
    )
  })
})
