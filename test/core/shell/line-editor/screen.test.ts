import assert from 'node:assert/strict'
import fc from 'fast-check'
import { Screen } from '../../../support/terminal.ts'
import { Typist } from './typist.ts'

const PROMPT = '\x1b[32muser@web\x1b[0m:~$ '

/** Keys that stay within the line, weighted as hands and programs press them. */
const keys = fc.oneof(
  { weight: 6, arbitrary: fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 12 }) },
  {
    weight: 2,
    arbitrary: fc.constantFrom('é', 'e\u0301', '漢', '字漢字', 'ｗ', 'a\u0308\u0323', '\u0301'),
  },
  { weight: 1, arbitrary: fc.constantFrom('\x1b[200~one\ntwo\x1b[201~', '\x1b[200~\n\x1b[201~') },
  {
    weight: 8,
    arbitrary: fc.constantFrom(
      '\x7f',
      '\x1b[3~',
      '\x1b[D',
      '\x1b[C',
      '\x1b[D\x1b[D\x1b[D',
      '\x01',
      '\x05',
      '\x0b',
      '\x15',
      '\x17',
      '\x19',
      '\x14',
      '\x1bb',
      '\x1bf',
      '\x1bd',
      '\x1b\x7f',
      '\x1bu',
      '\x1f',
      '\x1b[A',
      '\x1b[B',
      '\x1b.',
      '\x12x',
      '\x07',
    ),
  },
)

const history = ['ls -l', 'for i in 1 2 3\ndo echo $i\ndone', '漢字 '.repeat(9), 'x'.repeat(50)]

describe('the line editor’s screen', () => {
  it('is always what the terminal would show of prompt and line, and the cursor is in its place', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 4, max: 60 }),
        fc.array(keys, { maxLength: 25 }),
        async (columns, presses) => {
          const somebody = new Typist({ columns, rows: 60, prompt: PROMPT, history })
          for (const press of presses) await somebody.type(press)
          if (somebody.editor.search !== null) await somebody.type('\x07')
          const { before, after } = somebody.editor.line
          const wanted = await drawn(columns, before, after)
          assert.deepEqual(await somebody.looksLike(), wanted)
        },
      ),
      { numRuns: 250 },
    )
  })

  it('means the same key by key as in one chunk', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(keys, { maxLength: 15 }), async presses => {
        const bytes = new TextEncoder().encode(presses.join(''))
        const together = await new Typist({ history }).type(bytes)
        const apart = new Typist({ history })
        for (const byte of bytes) await apart.type(Uint8Array.of(byte))
        assert.equal(apart.line, together.line)
        assert.deepEqual(await apart.looksLike(), await together.looksLike())
      }),
      { numRuns: 80 },
    )
  })

  it('never holds a control character but tab and newline, whatever bytes come', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 6 }),
        async chunks => {
          const somebody = new Typist({ history })
          for (const chunk of chunks) {
            await somebody.type(chunk)
            // oxlint-disable-next-line no-control-regex -- control characters are what this looks for
            assert.doesNotMatch(somebody.line, /[\0-\x08\x0b-\x1f\x7f-\x9f\ufffd]/)
            assert.doesNotMatch(somebody.line, /\p{Cs}/u)
          }
        },
      ),
      { numRuns: 200 },
    )
  })

  it('keeps a line that is taller than the screen within the screen', async () => {
    const somebody = new Typist({ columns: 20, rows: 5, prompt: '$ ' })
    await somebody.type(Array.from({ length: 40 }, (_, at) => `word${at}`).join(' '))
    assert.equal(somebody.screen.rows.length, 5)
    assert.match(somebody.screen.rows.join(''), /word39$/)
    await somebody.type('\x01X')
    assert.deepEqual(await somebody.looksLike(), {
      rows: [
        '$ Xword0 word1 word2',
        ' word3 word4 word5 w',
        'ord6 word7 word8 wor',
        'd9 word10 word11 wor',
        'd12 word13 word14 wo',
      ],
      cursor: [0, 3],
    })
  })

  it('shows a tab as blanks to the next stop', async () => {
    const somebody = await new Typist({ prompt: '$ ' }).type('\x1b[200~a\tb\x1b[201~\x02X')
    assert.deepEqual(await somebody.looksLike(), { rows: ['$ a     Xb'], cursor: [0, 9] })
  })

  for (const [from, to] of [
    [80, 40],
    [40, 80],
    [30, 25],
    [20, 60],
  ] as const) {
    it(`is in order again after the terminal went from ${from} to ${to} columns`, async () => {
      const somebody = new Typist({ columns: from, rows: 20, prompt: '$ ' })
      const line = 'tail -n 100 /var/log/nginx/error.log | grep upstream | sort | uniq -c'
      await somebody.type(`${line}\x1bb\x1bb`)
      await somebody.resize(to, 20)
      await somebody.type('X')
      const shown = (await somebody.looksLike()).rows
      const wanted = await drawn(to, somebody.editor.line.before, somebody.editor.line.after, '$ ')
      assert.deepEqual(shown.slice(-wanted.rows.length), wanted.rows)
    })
  }
})

/** What the reference terminal itself makes of it. */
async function drawn(
  columns: number,
  before: string,
  after: string,
  prompt = PROMPT,
): Promise<{ rows: string[]; cursor: [number, number] }> {
  const whole = new Screen(columns, 60)
  await whole.write(prompt + shown(before + after))
  const half = new Screen(columns, 60)
  await half.write(prompt + shown(before))
  const [row, column] = half.cursor
  return { rows: whole.rows, cursor: column >= columns ? [row + 1, 0] : [row, column] }
}

/** A mark that stands on nothing is shown on a dotted circle. */
function shown(text: string): string {
  return text.replace(/(?<=\n)\p{M}/gu, '\u25cc$&').replaceAll('\n', '\r\n')
}
