import assert from 'node:assert/strict'
import fc from 'fast-check'
import {
  NOTHING,
  type Piece,
  takeMarks,
} from '../../../../server/core/shell/driver-protocol/cut-marks.ts'

const ONE = '0123456789abcdef01234567'
const TWO = 'fedcba9876543210fedcba98'
const mark = (nonce: string): string => `\x1b]8877;${nonce}\x07`

function take(
  chunks: readonly string[],
  nonces: readonly string[],
): { output: string; marks: string[]; held: string } {
  let held: Uint8Array = NOTHING
  let output = ''
  const marks: string[] = []
  for (const chunk of chunks) {
    const taken = takeMarks(
      held,
      Uint8Array.from(chunk, character => character.charCodeAt(0)),
      nonces,
    )
    held = taken.held
    for (const piece of taken.pieces as Piece[]) {
      if (piece.is === 'mark') marks.push(piece.nonce)
      else output += String.fromCharCode(...piece.bytes)
    }
  }
  return { output, marks, held: String.fromCharCode(...held) }
}

describe('takeMarks', () => {
  it('takes the marks it knows out of the output, and no others', () => {
    const text = `a${mark(ONE)}b${mark('0'.repeat(24))}c${mark(TWO)}${mark(ONE)}`
    assert.deepEqual(take([text], [ONE, TWO]), {
      output: `ab${mark('0'.repeat(24))}c`,
      marks: [ONE, TWO, ONE],
      held: '',
    })
  })

  it('finds a mark wherever it is cut', () => {
    const text = `before${mark(ONE)}after`
    for (let cut = 0; cut <= text.length; cut += 1) {
      assert.deepEqual(take([text.slice(0, cut), text.slice(cut)], [ONE]), {
        output: 'beforeafter',
        marks: [ONE],
        held: '',
      })
    }
  })

  it('holds no more than what may become a mark', () => {
    assert.equal(take(['text\x1b'], [ONE]).held, '\x1b')
    assert.equal(take(['text\x1b]8'], [ONE]).held, '\x1b]8')
    assert.equal(take(['text\x1b]8', '8x'], [ONE]).held, '')
    assert.equal(take(['text\x1b['], [ONE]).held, '')
    assert.equal(take([`${mark(ONE).slice(0, -1)}`], [ONE]).held.length, mark(ONE).length - 1)
  })

  it('loses and adds nothing, whatever the chunks', () => {
    const piece = fc.oneof(
      fc.constantFrom(
        '\x1b',
        '\x1b]',
        '\x1b]8877;',
        mark(ONE),
        mark(TWO),
        mark(ONE).slice(0, 20),
        '\x07',
        'text\r\n',
      ),
      fc.string({ maxLength: 5 }).map(text => text.replace(/[^\0-\xff]/g, '?')),
    )
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 20 }),
        fc.array(fc.nat({ max: 30 })),
        (pieces, cuts) => {
          const text = pieces.join('')
          const chunks: string[] = []
          let from = 0
          for (const cut of cuts) {
            chunks.push(text.slice(from, from + cut))
            from += cut
          }
          chunks.push(text.slice(from))
          const { output, held } = take(chunks, [ONE])
          assert.equal(output + held, text.replaceAll(mark(ONE), ''))
        },
      ),
    )
  })
})
