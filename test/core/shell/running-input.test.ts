import assert from 'node:assert/strict'
import type { GateEffect } from '../../../server/core/shell/gate-types.ts'
import { COOKED, Gatekeeper } from './gatekeeper.ts'

const kinds = (effects: readonly { do: string }[]): string[] => effects.map(effect => effect.do)
const judged = ([effect]: readonly GateEffect[]): GateEffect | undefined =>
  effect?.do === 'judge' ? effect : undefined

function running(command = 'cat'): Gatekeeper {
  const keeper = Gatekeeper.atPrompt()
  keeper.run(command, 'line')
  return keeper
}

/** Types a whole line into a running program and lets the judge pass it. */
function enter(keeper: Gatekeeper, line: string): void {
  keeper.type(line)
  keeper.answerModes()
  keeper.decide({ is: 'pass' })
}

describe('a program that was granted whole lines', () => {
  it('is sent a line once its terminal was asked and the judge has passed it', async () => {
    const keeper = running()
    assert.deepEqual(kinds(keeper.type('hello')), ['ask-modes'])
    assert.deepEqual(keeper.answerModes(), [])
    assert.equal(keeper.sent, '')
    keeper.type('\r')
    const effect = judged(keeper.answerModes())
    assert.deepEqual(effect, {
      do: 'judge',
      question: 4,
      line: 'hello',
      form: 'input-line',
      isHidden: false,
      isOverfull: false,
    })
    assert.equal(keeper.sent, '')
    keeper.decide({ is: 'pass' })
    assert.equal(keeper.sent, 'hello\n')
  })

  it('shows the line once: as it is typed, and not again when the terminal echoes it', async () => {
    const keeper = running()
    keeper.print('Name? ')
    enter(keeper, 'Ada\r')
    keeper.print('Ad')
    keeper.print('a\r\nHello Ada\r\n')
    assert.deepEqual(await keeper.rows(), ['deploy@web:~$ cat', 'Name? Ada', 'Hello Ada'])
  })

  it('shows everything when what comes back is not the echo', async () => {
    const keeper = running()
    enter(keeper, 'abc\r')
    keeper.print('abX\r\n')
    assert.deepEqual(await keeper.rows(), ['deploy@web:~$ cat', 'abc', 'X'])
  })

  it('edits the line here: erase, word, whole line', async () => {
    const keeper = running()
    enter(keeper, 'one two é漢x\x7f\x7f\x08\x17\x17\x15three\r')
    assert.equal(keeper.sent, 'three\n')
    assert.deepEqual(await keeper.rows(), ['deploy@web:~$ cat', 'three'])
  })

  it('sends nothing of a line that is refused, and says why', async () => {
    const keeper = running()
    keeper.type('rm -rf /\r')
    keeper.answerModes()
    keeper.decide({ is: 'refused', sentence: 'sallyport: denied: no' })
    assert.equal(keeper.sent, '')
    assert.deepEqual(await keeper.rows(), [
      'deploy@web:~$ cat',
      'rm -rf /',
      'sallyport: denied: no',
    ])
    enter(keeper, 'ok\r')
    assert.equal(keeper.sent, 'ok\n')
  })

  it('is sent an end of input, alone or behind the rest of a line', () => {
    const keeper = running()
    enter(keeper, 'rest\x04')
    assert.equal(keeper.sent, 'rest\x04')
    keeper.type('\x04')
    keeper.answerModes()
    assert.equal(keeper.sent, 'rest\x04\x04')
  })

  it('is sent the next line only after the verdict on the one before', () => {
    const keeper = running()
    keeper.type('one\rtwo\r')
    keeper.answerModes()
    keeper.type('three\r')
    assert.deepEqual(kinds(keeper.decide({ is: 'pass' })), ['send', 'ask-modes'])
    assert.equal(keeper.sent, 'one\n')
    keeper.answerModes()
    keeper.decide({ is: 'pass' })
    assert.equal(keeper.sent, 'one\ntwo\n')
  })

  for (const [what, bytes] of [
    ['control sequences', 'a\x1b[A\x1b[3~\x1bOPb\r'],
    ['control characters', 'a\x01\x05\x16\x12\x07b\r'],
    ['C1 and replacement characters', 'a\u009b\ufffdb\r'],
  ] as const) {
    it(`never gets ${what}`, () => {
      const keeper = running()
      enter(keeper, bytes)
      assert.equal(keeper.sent, 'ab\n')
    })
  }

  it('never gets bad UTF-8', () => {
    const keeper = running()
    keeper.take({ is: 'typed', bytes: Uint8Array.of(0x61, 0xff, 0xc3, 0x0d) })
    keeper.answerModes()
    keeper.decide({ is: 'pass' })
    assert.equal(keeper.sent, 'a\n')
  })

  it('gets ^C at once; line, verdict and what waits are dropped', () => {
    const keeper = running()
    keeper.type('one\rtwo')
    keeper.answerModes()
    keeper.type('\x03')
    assert.equal(keeper.sent, '\x03')
    keeper.take({ is: 'decided', question: 2, decision: { is: 'pass' } })
    keeper.take({ is: 'decided', question: 3, decision: { is: 'pass' } })
    assert.equal(keeper.sent, '\x03')
  })

  for (const [what, modes] of [
    ['reads single keys', { ...COOKED, isCanonical: false }],
    ['has printable special characters', { ...COOKED, isPlain: false }],
    ['does not say how its terminal stands', null],
  ] as const) {
    it(`gets nothing when it ${what}, and can be hung up`, async () => {
      const keeper = running()
      keeper.type(':q\r')
      keeper.answerModes(modes)
      keeper.type('x\r')
      keeper.answerModes(modes)
      assert.equal(keeper.sent, '')
      const shown = (await keeper.rows()).join(' ')
      assert.equal(shown.split('was granted whole lines only').length, 2)
      assert.deepEqual(kinds(keeper.type('\x03\x03\x03')), ['send', 'send', 'send', 'hang-up'])
    })
  }

  it('is not hung up by ^C while it takes lines', () => {
    const keeper = running('psql')
    enter(keeper, 'select 1;\r')
    assert.deepEqual(kinds(keeper.type('\x03\x03\x03')), ['send', 'send', 'send'])
  })

  describe('with echo off', () => {
    const SECRET: typeof COOKED = { ...COOKED, echoes: false }

    it('shows nothing and asks the judge not to write the line down', async () => {
      const keeper = running('sudo -v')
      keeper.print('Password: ')
      keeper.type('hunter2\x7f3\r')
      const effect = judged(keeper.answerModes(SECRET))
      assert.equal(effect?.do === 'judge' && effect.isHidden, true)
      assert.equal(effect?.do === 'judge' && effect.line, 'hunter3')
      keeper.decide({ is: 'pass' })
      assert.equal(keeper.sent, 'hunter3\n')
      assert.deepEqual(await keeper.rows(), ['deploy@web:~$ sudo -v', 'Password:'])
    })

    it('never brings a line back to the prompt', async () => {
      const keeper = running('sudo -v')
      keeper.type('hunter2\r')
      keeper.answerModes(SECRET)
      keeper.decide({ is: 'pass' })
      keeper.type('hun')
      keeper.answerModes(SECRET)
      keeper.finish({ status: 1 })
      keeper.drain('hunter2\n')
      assert.equal(keeper.gate.phase.is, 'prompting')
      assert.ok(!(await keeper.rows()).join('').includes('hun'))
    })
  })

  it('gets no line within the time in which short commands end', () => {
    const keeper = Gatekeeper.atPrompt()
    keeper.type('echo\r')
    keeper.decide({ is: 'run', text: 'echo', input: 'line' })
    keeper.take({ is: 'begun' })
    assert.deepEqual(keeper.type('next\r'), [{ do: 'wake', afterMs: 100 }])
    keeper.finish()
    assert.equal(keeper.effects[0]?.do === 'judge' && keeper.effects[0].form, 'command')
  })

  it('gives back what it left unread, to be edited and judged as a command', async () => {
    const keeper = running()
    enter(keeper, 'one\r')
    enter(keeper, 'two\r')
    assert.deepEqual(kinds(keeper.finish()), ['drain'])
    keeper.type('typed later')
    keeper.drain('two\n')
    assert.equal(keeper.effects[0]?.do === 'judge' && keeper.effects[0].line, 'two')
    keeper.decide({ is: 'refused', sentence: 'no' })
    assert.equal((await keeper.rows()).at(-1), 'deploy@web:~$ typed later')
  })

  it('gives back a line that it was never sent', async () => {
    const keeper = running()
    keeper.print('prompt? ')
    keeper.type('half')
    keeper.answerModes()
    keeper.finish()
    assert.equal((await keeper.rows()).at(-1), 'prompt? deploy@web:~$ half')
  })

  it('gives back a line whose verdict came too late', () => {
    const keeper = running()
    keeper.type('whole\r')
    keeper.answerModes()
    keeper.finish()
    assert.equal(keeper.effects[0]?.do === 'judge' && keeper.effects[0].line, 'whole')
    keeper.take({ is: 'decided', question: 3, decision: { is: 'pass' } })
    assert.equal(keeper.sent, '')
  })

  it('does not get a line that lost something', () => {
    const keeper = running()
    keeper.type(`${'x'.repeat(5000)}\r`)
    const effect = judged(keeper.answerModes())
    assert.equal(effect?.do === 'judge' && effect.isOverfull, true)
  })

  it('has its output above the line that is being written', async () => {
    const keeper = running()
    keeper.type('half a')
    keeper.answerModes()
    keeper.print('news\r\n')
    assert.deepEqual(await keeper.rows(), ['deploy@web:~$ cat', 'news', 'half a'])
  })
})
