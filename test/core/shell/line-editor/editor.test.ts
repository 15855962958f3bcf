import assert from 'node:assert/strict'
import { FRESH } from '../../../../server/core/shell/line-editor/editor-state.ts'
import { beginLine, feed } from '../../../../server/core/shell/line-editor/editor.ts'
import { Typist } from './typist.ts'

const KEYS = {
  left: '\x1b[D',
  right: '\x1b[C',
  up: '\x1b[A',
  down: '\x1b[B',
  home: '\x1b[H',
  end: '\x1b[F',
  delete: '\x1b[3~',
  ctrlLeft: '\x1b[1;5D',
  ctrlRight: '\x1b[1;5C',
  altLeft: '\x1b[1;3D',
  altRight: '\x1b[1;3C',
  backspace: '\x7f',
}

describe('the line editor', () => {
  describe('at its prompt', () => {
    it('shows what is typed, and where', async () => {
      const somebody = await new Typist().type('ls -l')
      assert.deepEqual(await somebody.looksLike(), { rows: ['$ ls -l'], cursor: [0, 7] })
    })

    it('writes just the new characters when the line grows at its end', async () => {
      const somebody = await new Typist().type('ls')
      await somebody.type(' -l')
      assert.equal(somebody.output, ' -l')
    })

    it('accepts the text that is shown, and leaves what follows alone', async () => {
      const somebody = await new Typist().type('echo hi\recho next')
      assert.deepEqual(somebody.outcome, {
        is: 'accepted',
        text: 'echo hi',
        rest: new TextEncoder().encode('echo next'),
      })
      assert.deepEqual(await somebody.looksLike(), { rows: ['$ echo hi'], cursor: [1, 0] })
    })

    for (const [name, key] of [
      ['Enter', '\r'],
      ['LF', '\n'],
      ['^O', '\x0f'],
    ] as const) {
      it(`accepts the whole line at ${name}, wherever the cursor stands`, async () => {
        const somebody = await new Typist().type(`echo ab${KEYS.left}${KEYS.left}x${key}`)
        assert.equal(somebody.accepted, 'echo xab')
        assert.deepEqual(somebody.screen.rows, ['$ echo xab'])
      })
    }

    it('drops the line at ^C and says so', async () => {
      const somebody = await new Typist().type('rm -rf\x03ls')
      assert.equal(somebody.outcome.is, 'cancelled')
      assert.deepEqual(await somebody.looksLike(), { rows: ['$ rm -rf^C'], cursor: [1, 0] })
    })

    it('ends at ^D on an empty line, and deletes on any other', async () => {
      assert.equal((await new Typist().type('\x04')).outcome.is, 'ended')
      const somebody = await new Typist().type(`ab${KEYS.left}\x04`)
      assert.equal(somebody.outcome.is, 'editing')
      assert.equal(somebody.line, 'a')
    })

    it('switches bracketed paste on for the line, and off behind it', async () => {
      const somebody = new Typist()
      await somebody.looksLike()
      assert.equal(somebody.screen.bracketedPaste, true)
      await somebody.type('ls\r')
      assert.equal(somebody.screen.bracketedPaste, false)
    })

    it('shows the upper lines of a prompt once and the last one with the line', async () => {
      const somebody = await new Typist({ prompt: '~/src\n> ' }).type('ls\x01')
      assert.deepEqual(await somebody.looksLike(), { rows: ['~/src', '> ls'], cursor: [1, 2] })
    })

    it('counts no columns for colours', async () => {
      const somebody = await new Typist({ prompt: '\x1b[1;32mweb\x1b[0m:$ ' }).type('ls\x01x')
      assert.deepEqual(await somebody.looksLike(), { rows: ['web:$ xls'], cursor: [0, 7] })
    })

    it('stands behind output that did not end its line, and keeps it', async () => {
      const somebody = await new Typist({ tail: 'no newline' }).type('ls\x01x')
      assert.deepEqual(await somebody.looksLike(), { rows: ['no newline$ xls'], cursor: [0, 13] })
    })

    it('goes on below output that just filled its row', async () => {
      const somebody = await new Typist({ tail: 'x'.repeat(20), columns: 20 }).type('ls')
      assert.deepEqual(await somebody.looksLike(), {
        rows: ['x'.repeat(20), '$ ls'],
        cursor: [1, 4],
      })
    })

    it('clears the screen at ^L and keeps the line', async () => {
      const somebody = await new Typist({ prompt: 'a\nb\n$ ' }).type(`ls -l${KEYS.left}\x0c`)
      assert.deepEqual(await somebody.looksLike(), { rows: ['$ ls -l'], cursor: [0, 6] })
    })
  })

  describe('editing', () => {
    for (const [what, keys, line, column] of [
      ['Backspace', `abc${KEYS.backspace}`, 'ab', 2],
      ['^H', 'abc\x08', 'ab', 2],
      ['Delete', `abc${KEYS.left}${KEYS.delete}`, 'ab', 2],
      ['Left and Right', `abc${KEYS.left}${KEYS.left}x${KEYS.right}y`, 'axbyc', 4],
      ['^B and ^F', 'abc\x02\x02x\x06y', 'axbyc', 4],
      ['cursor keys in application mode', 'abc\x1bOD\x1bODx\x1bOCy', 'axbyc', 4],
      ['Home and End', `bc${KEYS.home}a${KEYS.end}d`, 'abcd', 4],
      [
        'Home and End of other terminals',
        'bc\x1b[1~a\x1b[4~d\x1b[7~0\x1b[8~e\x1bOH<\x1bOF>',
        '<0abcde>',
        8,
      ],
      ['^A and ^E', 'bc\x01a\x05d', 'abcd', 4],
      ['Alt-b and Alt-f', 'one two three\x1bb\x1bbX\x1bfY', 'one XtwoY three', 9],
      ['Ctrl-arrows', `one two${KEYS.ctrlLeft}x${KEYS.ctrlRight}y`, 'one xtwoy', 9],
      ['Alt-arrows', `one two${KEYS.altLeft}x${KEYS.altRight}y`, 'one xtwoy', 9],
      ['Alt-arrows of rxvt', 'one two\x1b\x1b[Dx', 'one xtwo', 5],
      ['Ctrl-arrows of rxvt', 'one two\x1bOdx', 'one xtwo', 5],
      ['^U', 'one two\x1bb\x15', 'two', 0],
      ['^K', 'one two\x1bb\x0b', 'one ', 4],
      ['^W goes by blanks', 'ls /usr/local \x17', 'ls ', 3],
      ['Alt-Backspace goes by words', 'ls /usr/local \x1b\x7f', 'ls /usr/', 8],
      ['Alt-d', 'one two three\x01\x1bd', ' two three', 0],
      ['^Y brings back what was cut', 'one two\x17\x01\x19 ', 'two one ', 4],
      ['cuts one after the other make one', 'one two three\x17\x17\x01\x19', 'two threeone ', 9],
      ['a cut after something else is another one', 'a b\x17c\x17\x19', 'a c', 3],
      ['Alt-y', 'one \x17two \x17\x19\x1by', 'one ', 4],
      ['^T at the end', 'sl\x14', 'ls', 2],
      ['^T in the middle', 'abc\x02\x14', 'acb', 3],
      ['Alt-u', 'make it loud\x1bb\x1bb\x1bu', 'make IT loud', 7],
      ['Alt-l', 'MAKE IT\x01\x1bl', 'make IT', 4],
      ['Alt-c', 'make IT\x01\x1bc\x1bc', 'Make It', 7],
      ['^_ takes back typing at once', 'ls -l\x1f', '', 0],
      ['^_ takes back one cut after another', 'one two\x17\x17\x1f\x1f', 'one two', 7],
      ['Alt-r takes back everything', 'one two\x17\x17\x1br', '', 0],
    ] as const) {
      it(`${what}: ${JSON.stringify(line)}`, async () => {
        const somebody = await new Typist().type(keys)
        assert.equal(somebody.line, line)
        assert.deepEqual(await somebody.looksLike(), {
          rows: [`$ ${line}`.trimEnd()],
          cursor: [0, 2 + column],
        })
      })
    }

    it('means the same key by key as in one chunk', async () => {
      const keys = `one two${KEYS.ctrlLeft}x\x1b\x7f${KEYS.home}\x0b\x19é漢\x02\x14`
      const together = await new Typist().type(keys)
      const apart = new Typist()
      for (const byte of new TextEncoder().encode(keys)) await apart.type(Uint8Array.of(byte))
      assert.equal(apart.line, together.line)
      assert.deepEqual(await apart.looksLike(), await together.looksLike())
    })

    it('redraws once for a chunk of many keys', async () => {
      const somebody = await new Typist().type('abc')
      await somebody.type(`${KEYS.left}x${KEYS.left}${KEYS.backspace}y`)
      assert.equal(somebody.output, '\b\byxc\b\b')
    })
  })

  describe('history', () => {
    const history = ['first', 'second --flag', 'third "two words"']

    for (const [what, keys, line] of [
      ['Up', KEYS.up, 'third "two words"'],
      ['^P twice', '\x10\x10', 'second --flag'],
      ['Up beyond the oldest', KEYS.up.repeat(9), 'first'],
      [
        'Down returns to the line that was begun',
        `begun${KEYS.up}${KEYS.up}${KEYS.down}\x0e`,
        'begun',
      ],
      [
        'an old line keeps its changes until the next is accepted',
        `${KEYS.up}${KEYS.up}!${KEYS.down}${KEYS.up}`,
        'second --flag!',
      ],
      ['Alt-< and Alt->', `x\x1b<\x1b>`, 'x'],
      ['Alt-.', 'ls \x1b.', 'ls "two words"'],
      ['Alt-. twice', 'ls \x1b.\x1b.', 'ls --flag'],
      ['^R', '\x12sec', 'second --flag'],
      ['^R again', '\x12i\x12\x12', 'first'],
      ['^R and an editing key', '\x12sec\x05!', 'second --flag!'],
      ['^R and ^G', 'begun\x12sec\x07', 'begun'],
      ['^R, Backspace', '\x12secx\x7f', 'second --flag'],
    ] as const) {
      it(`${what}: ${line}`, async () => {
        const somebody = await new Typist({ history }).type(keys)
        assert.equal(somebody.line, line)
      })
    }

    it('shows what is looked for, and accepts what is found', async () => {
      const somebody = await new Typist({ history }).type('\x12sec')
      assert.deepEqual(somebody.screen.rows, ["(reverse-i-search)`sec': second --flag"])
      await somebody.type('\r')
      assert.equal(somebody.accepted, 'second --flag')
      assert.deepEqual(somebody.screen.rows, ['$ second --flag'])
    })

    it('says when nothing is found', async () => {
      const somebody = await new Typist({ history }).type('\x12secz')
      assert.deepEqual(somebody.screen.rows, ["(failed reverse-i-search)`secz': second --flag"])
    })

    it('offers the line after the one that ^O ran', async () => {
      const somebody = await new Typist({ history }).type(`${KEYS.up}${KEYS.up}\x0f`)
      assert.equal(somebody.accepted, 'second --flag')
      const next = new Typist({ history, memory: somebody.editor.memory })
      assert.equal(next.line, 'third "two words"')
    })
  })

  describe('what never enters a line', () => {
    for (const [what, bytes] of [
      ['NUL', 'a\0b'],
      ['BEL', 'a\x07b'],
      ['^V, which would quote the next character', 'a\x16b'],
      ['DEL behind ESC [', 'a\x1b[\x7f\x7fab'],
      ['C1 characters', 'a\u0085\u009bb'],
      ['a C1 byte', Uint8Array.of(0x61, 0x9b, 0x62)],
      ['bad UTF-8', Uint8Array.of(0x61, 0xff, 0xc3, 0x28, 0xc0, 0x80, 0x62)],
      ['a surrogate in UTF-8', Uint8Array.of(0x61, 0xed, 0xa0, 0x80, 0x62)],
      ['the replacement character', 'a\ufffdb'],
      ['function keys', 'a\x1bOP\x1b[15~\x1b[24;5~b'],
      ["a terminal's answers", 'a\x1b[?1;2c\x1b[24;80R\x1b]10;rgb:ff/ff/ff\x07\x1bP1$r0m\x1b\\b'],
      ['mouse reports', 'a\x1b[<0;10;10Mb'],
    ] as const) {
      it(what, async () => {
        const somebody = await new Typist().type(bytes)
        assert.match(somebody.line, /^a\(?b$/)
        await somebody.type('\r')
        assert.equal(somebody.outcome.is, 'accepted')
      })
    }

    it('lets Enter and ^C out of a control string that never ends', async () => {
      const somebody = await new Typist().type('ls\x1b]0;title\r')
      assert.equal(somebody.accepted, 'ls')
    })

    it('shows invisible and direction-changing characters for what they are', async () => {
      const somebody = await new Typist().type('a\u202eb\u200bc\u00a0d')
      assert.deepEqual(somebody.screen.rows, ['$ a<202e>b<200b>c<a0>d'])
    })
  })

  describe('pasting', () => {
    const paste = (text: string): string => `\x1b[200~${text}\x1b[201~`

    it('takes several lines as one, shows them, and runs nothing', async () => {
      const somebody = await new Typist().type(paste('for i in 1 2\r\ndo echo $i\rdone\n'))
      assert.equal(somebody.outcome.is, 'editing')
      assert.equal(somebody.line, 'for i in 1 2\ndo echo $i\ndone')
      assert.deepEqual(await somebody.looksLike(), {
        rows: ['$ for i in 1 2', 'do echo $i', 'done'],
        cursor: [2, 4],
      })
      await somebody.type('\r')
      assert.equal(somebody.accepted, 'for i in 1 2\ndo echo $i\ndone')
    })

    it('takes keys inside for text or drops them', async () => {
      const somebody = await new Typist().type(paste('a\x03b\x1b[Ac\x15d\te'))
      assert.equal(somebody.line, 'ab[Acd\te')
      assert.ok(somebody.output.includes('\x07'))
    })

    it('takes a paste that comes in pieces', async () => {
      const somebody = new Typist()
      for (const byte of new TextEncoder().encode(paste('é漢\nx\x1b[201y'))) {
        await somebody.type(Uint8Array.of(byte))
      }
      assert.equal(somebody.line, 'é漢\nx[201y')
    })

    it('does not run a line that lost something for want of room', async () => {
      const somebody = await new Typist().type(`rm ${paste('x'.repeat(20_000))}\r`)
      assert.equal(somebody.outcome.is, 'overfull')
    })

    it('runs the next line after an overfull one was wiped out', async () => {
      const somebody = await new Typist().type(`rm ${paste('x'.repeat(20_000))}\x15ls\r`)
      assert.equal(somebody.accepted, 'ls')
    })

    it('keeps nothing of ten megabytes', async () => {
      const somebody = await new Typist().type('\x1b[200~')
      const megabyte = new Uint8Array(1_048_576).fill(0x78)
      for (let at = 0; at < 10; at += 1) await somebody.type(megabyte)
      assert.ok(JSON.stringify(somebody.editor.memory.decoding).length < 200)
      await somebody.type('\x1b[201~\r')
      assert.equal(somebody.outcome.is, 'overfull')
    })

    it('takes a Tab with so much behind it for text', async () => {
      const somebody = await new Typist().type(`if x\techo ${'y'.repeat(300)}`)
      assert.equal(somebody.line, `if x\techo ${'y'.repeat(300)}`)
      await somebody.type('\t')
      assert.equal(somebody.outcome.is, 'completion')
    })

    it('leaves the rest to another turn when it has worked for long', () => {
      const begun = beginLine(FRESH, '$ ', '', { columns: 80, rows: 24, isDumb: false })
      const first = feed(begun.editor, new TextEncoder().encode('x\x1b[D'.repeat(20_000)))
      assert.equal(first.outcome.is, 'busy')
      assert.ok(first.outcome.is === 'busy' && first.outcome.rest.length > 60_000)
    })

    it('stops editing a line that more keys were pressed for than a person presses', async () => {
      const somebody = await new Typist().type('x\x7f'.repeat(20_000))
      assert.equal(somebody.line, '')
      await somebody.type('rm it\x15ls\r')
      assert.equal(somebody.outcome.is, 'overfull')
    })

    it('takes a run of ^C for one', async () => {
      const somebody = await new Typist().type('x\x03\x03\x03ls')
      assert.deepEqual(somebody.outcome, { is: 'cancelled', rest: new TextEncoder().encode('ls') })
    })

    it('refuses characters beyond the limit and does not run what is left', async () => {
      const somebody = await new Typist().type('x'.repeat(16_380))
      await somebody.type('12345')
      assert.equal(somebody.line.length, 16_380)
      await somebody.type('\r')
      assert.equal(somebody.outcome.is, 'overfull')
    })
  })

  describe('on a dumb terminal', () => {
    it('uses nothing but backspaces and blanks', async () => {
      const somebody = await new Typist({ term: 'dumb' }).type(
        `ls -l${KEYS.left}${KEYS.left}x\x7f\x0b`,
      )
      assert.deepEqual(await somebody.looksLike(), { rows: ['$ ls'], cursor: [0, 5] })
      await somebody.type(`${KEYS.home}y${KEYS.end}z`)
      assert.equal(somebody.screen.rows[0], '$ yls z')
      assert.ok(!somebody.output.includes('\x1b'))
    })
  })
})
