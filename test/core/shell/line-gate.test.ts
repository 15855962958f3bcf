import assert from 'node:assert/strict'
import { COOKED, HIDDEN, ended, Gatekeeper } from './gatekeeper.ts'

const kinds = (effects: readonly { do: string }[]): string[] => effects.map(effect => effect.do)

describe('the line gate', () => {
  describe('while the driver starts', () => {
    it('holds what is typed and edits it once there is a prompt', async () => {
      const keeper = new Gatekeeper()
      assert.deepEqual(keeper.type('ls'), [])
      keeper.print('Welcome\r\n')
      keeper.take({ is: 'ready', end: ended() })
      assert.deepEqual(await keeper.rows(), ['Welcome', 'deploy@web:~$ ls'])
    })
  })

  describe('at the prompt', () => {
    it('asks the judge for a whole line, and nobody for less', () => {
      const keeper = Gatekeeper.atPrompt()
      assert.deepEqual(keeper.type('echo hi'), [])
      const [effect] = keeper.type('\r')
      assert.deepEqual(effect, {
        do: 'judge',
        question: 1,
        line: 'echo hi',
        form: 'command',
        isHidden: false,
        isOverfull: false,
      })
      assert.equal(keeper.gate.phase.is, 'judging')
      assert.equal(keeper.sent, '')
    })

    it('begins again after an empty line', async () => {
      const keeper = Gatekeeper.atPrompt()
      assert.deepEqual(keeper.type('\r \r'), [])
      assert.deepEqual(await keeper.rows(), ['deploy@web:~$', 'deploy@web:~$', 'deploy@web:~$'])
    })

    it('goes on in another line until the command is whole, and has it judged whole', async () => {
      const keeper = Gatekeeper.atPrompt()
      assert.deepEqual(keeper.type('for i in 1 2\rdo\r'), [])
      const [effect] = keeper.type('echo $i; done\r')
      assert.equal(effect?.do === 'judge' && effect.line, 'for i in 1 2\ndo\necho $i; done')
      assert.deepEqual(await keeper.rows(), [
        'deploy@web:~$ for i in 1 2',
        '> do',
        '> echo $i; done',
      ])
    })

    it('drops an unfinished command at ^C and at ^D', async () => {
      const keeper = Gatekeeper.atPrompt()
      keeper.type("echo 'a\r\x03")
      assert.equal(keeper.gate.lastStatus, 130)
      keeper.type("echo 'b\r\x04")
      assert.equal(keeper.gate.phase.is, 'prompting')
      assert.equal(
        (await keeper.rows()).at(-2),
        'sallyport: the command is not finished; it was dropped',
      )
      const [effect] = keeper.type('ls\r')
      assert.equal(effect?.do === 'judge' && effect.line, 'ls')
    })

    it('tells the judge when a line lost something', () => {
      const keeper = Gatekeeper.atPrompt()
      keeper.type(`rm ${'x'.repeat(16_380)}`)
      const [effect] = keeper.type('yyyy\r')
      assert.equal(effect?.do === 'judge' && effect.isOverfull, true)
    })

    it('says at once that a line is too long, in its place', async () => {
      const keeper = Gatekeeper.atPrompt()
      keeper.type(`rm ${'x'.repeat(16_380)}`)
      keeper.type('yyyy')
      assert.match(
        (await keeper.rows()).join(''),
        /^deploy@web:~\$ \(sallyport: this is more than a line may hold, .*another\)$/,
      )
      keeper.type('\x03')
      const [effect] = keeper.type('ls\r')
      assert.equal(effect?.do === 'judge' && effect.isOverfull, false)
    })

    it('is told why it is over, below a line that was being written', async () => {
      const keeper = Gatekeeper.atPrompt()
      keeper.type('echo one two\x02\x02\x02')
      keeper.take({ is: 'over', sentence: 'sallyport: session ended: so it is' })
      assert.deepEqual(await keeper.rows(), [
        'deploy@web:~$ echo one two',
        'sallyport: session ended: so it is',
      ])
      assert.deepEqual(keeper.type('ls\r'), [])
    })

    it('shows output above the line that is being written', async () => {
      const keeper = Gatekeeper.atPrompt()
      keeper.type('tail -f\x02')
      keeper.print('[1]+  Done   sleep 1\r\n')
      keeper.print('no newline')
      assert.deepEqual(await keeper.rows(), [
        '[1]+  Done   sleep 1',
        'no newline',
        'deploy@web:~$ tail -f',
      ])
      assert.deepEqual(keeper.screen.cursor, [2, 20])
    })

    it('takes a large paste in one piece', () => {
      const keeper = Gatekeeper.atPrompt()
      const [effect] = keeper.type(`\x1b[200~${'x'.repeat(1_000_000)}\x1b[201~\r`)
      assert.equal(effect?.do === 'judge' && effect.isOverfull, true)
    })

    it('stays in order when the terminal changes its size', async () => {
      const keeper = Gatekeeper.atPrompt()
      keeper.type('echo one two three four five six')
      keeper.screen.resize(30, 24)
      keeper.take({ is: 'resized', columns: 30, rows: 24 })
      keeper.type('!')
      assert.match((await keeper.rows()).join(''), /echo one two three four five six!$/)
    })

    for (const [keys, status] of [
      ['exit\r', 7],
      ['exit 3\r', 3],
      [' logout ;\r', 7],
      ['exit 258\r', 2],
      ['\x04', 7],
    ] as const) {
      it(`leaves at ${JSON.stringify(keys)} with status ${status}`, () => {
        const keeper = Gatekeeper.atPrompt()
        keeper.run('false')
        keeper.finish({ status: 7 })
        assert.deepEqual(keeper.type(keys), [{ do: 'leave', status }])
        assert.deepEqual(keeper.type('ls\r'), [])
      })
    }

    it('does not take every line with exit in it for leaving', () => {
      for (const line of ['exit 1; ls', 'exit $x', 'exitx', 'exit 1 2', 'exit 1234']) {
        assert.deepEqual(kinds(Gatekeeper.atPrompt().type(`${line}\r`)), ['judge'], line)
      }
    })

    it('completes what the target names, and holds what is typed meanwhile', async () => {
      const keeper = Gatekeeper.atPrompt()
      const [effect] = keeper.type('cat /var/lo\tx\r')
      assert.equal(effect?.do, 'complete')
      assert.deepEqual(effect?.do === 'complete' && effect.query, {
        word: '/var/lo',
        names: 'files',
        quote: 'none',
      })
      const [judged] = keeper.take({ is: 'names', question: 1, names: ['/var/log/'] })
      assert.equal(judged?.do === 'judge' && judged.line, 'cat /var/log/x')
    })
  })

  describe('with an answer of the judge', () => {
    it('has the text of the decision run, and holds input until the driver has begun', () => {
      const keeper = Gatekeeper.atPrompt()
      keeper.type('ls -l\r')
      keeper.decide({ is: 'run', text: "'ls' '-l'", input: 'none' })
      assert.deepEqual(keeper.effects, [{ do: 'run', text: "'ls' '-l'", previousStatus: 0 }])
      keeper.type('\x03')
      assert.equal(keeper.sent, '')
      keeper.take({ is: 'begun' })
      assert.equal(keeper.sent, '\x03')
    })

    it('says why not, and has 126 in $? for the next command', async () => {
      const keeper = Gatekeeper.atPrompt()
      keeper.type('rm -rf /\r')
      keeper.decide({ is: 'refused', sentence: 'sallyport: denied: no (rule never, event s:1)' })
      assert.deepEqual(await keeper.rows(), [
        'deploy@web:~$ rm -rf /',
        'sallyport: denied: no (rule never, event s:1)',
        'deploy@web:~$',
      ])
      keeper.type('echo $?\r')
      keeper.decide({ is: 'run', text: 'echo $?', input: 'none' })
      assert.deepEqual(keeper.effects, [{ do: 'run', text: 'echo $?', previousStatus: 126 }])
    })

    it('takes a prompt for its own, and tells the target nothing', async () => {
      const keeper = Gatekeeper.atPrompt()
      keeper.type("PS1='ready> '\r")
      assert.deepEqual(keeper.decide({ is: 'prompt', text: 'ready> ' }), [])
      assert.equal((await keeper.rows()).at(-1), 'ready>')
    })

    it('ignores an answer to a question that is no longer open', () => {
      const keeper = Gatekeeper.atPrompt()
      keeper.type('one\r')
      keeper.decide({ is: 'refused', sentence: 'no' })
      keeper.type('two\r')
      keeper.take({
        is: 'decided',
        question: 1,
        decision: { is: 'run', text: 'one', input: 'raw' },
      })
      assert.equal(keeper.gate.phase.is, 'judging')
    })

    it('works through type-ahead line by line', () => {
      const keeper = Gatekeeper.atPrompt()
      keeper.type('one\ntwo\nthree')
      keeper.decide({ is: 'refused', sentence: 'no' })
      assert.equal(keeper.effects[0]?.do === 'judge' && keeper.effects[0].line, 'two')
      keeper.decide({ is: 'run', text: 'two', input: 'none' })
      keeper.take({ is: 'begun' })
      keeper.finish()
      keeper.type('\n')
      assert.equal(keeper.effects[0]?.do === 'judge' && keeper.effects[0].line, 'three')
    })

    it('takes a flood of empty lines in portions, so that others have their turn', () => {
      const keeper = Gatekeeper.atPrompt()
      assert.deepEqual(keeper.type('\r'.repeat(1000)), [{ do: 'wake', afterMs: 0 }])
      let turns = 1
      while (keeper.gate.typeAhead.length > 0) {
        keeper.wait(0)
        turns += 1
      }
      assert.equal(turns, 20)
      assert.equal(keeper.gate.phase.is, 'prompting')
    })
  })

  describe('while a program runs that was granted nothing', () => {
    it('passes five control characters and holds the rest for the prompt', async () => {
      const keeper = Gatekeeper.atPrompt()
      keeper.run('sleep 9')
      keeper.type('abc\x13\x11\x04\r\x1b[A\x16\x1a')
      assert.equal(keeper.sent, '\x13\x11\x1a')
      keeper.type('ls\r')
      assert.equal(keeper.sent, '\x13\x11\x1a')
      keeper.finish({ status: 148 })
      assert.equal(keeper.effects[0]?.do === 'judge' && keeper.effects[0].line, 'ls')
    })

    it('drops what was typed where nothing shows it, and says so once', async () => {
      const keeper = Gatekeeper.atPrompt()
      keeper.run('login')
      assert.deepEqual(kinds(keeper.type('s3')), ['ask-modes'])
      keeper.type('cret')
      assert.deepEqual(keeper.answerModes(HIDDEN), [])
      assert.deepEqual(kinds(keeper.type('99\r')), ['ask-modes'])
      keeper.answerModes(HIDDEN)
      keeper.type('again')
      assert.deepEqual(keeper.finish(), [])
      const shown = (await keeper.rows()).join(' ')
      assert.match(shown, /was granted no input; what was typed is dropped/)
      assert.equal(shown.match(/dropped/g)?.length, 1)
      assert.doesNotMatch(shown, /s3|cret|99|again/)
    })

    it('keeps what was typed before the program began, and where it shows', async () => {
      const keeper = Gatekeeper.atPrompt()
      keeper.type('login\recho ahead\r')
      keeper.decide({ is: 'run', text: 'login', input: 'none' })
      assert.deepEqual(kinds(keeper.take({ is: 'begun' })), [])
      keeper.wait(200)
      keeper.type('echo shown')
      keeper.answerModes()
      keeper.type('hidden')
      keeper.answerModes(HIDDEN)
      assert.equal(new TextDecoder().decode(keeper.gate.typeAhead), 'echo ahead\recho shown')
    })

    it('asks once for what comes in its first moments, and takes no late answer', () => {
      const keeper = Gatekeeper.atPrompt()
      keeper.type('login\r')
      keeper.decide({ is: 'run', text: 'login', input: 'none' })
      keeper.take({ is: 'begun' })
      assert.deepEqual(kinds(keeper.type('a')), ['wake'])
      assert.deepEqual(keeper.type('b'), [])
      keeper.wait(200)
      assert.deepEqual(kinds(keeper.effects), ['ask-modes'])
      keeper.type('\x03')
      keeper.type('c')
      assert.equal(new TextDecoder().decode(keeper.gate.typeAhead), 'c')
      keeper.finish()
      assert.deepEqual(keeper.answerModes(HIDDEN), [])
    })

    for (const [name, key] of [
      ['^C', '\x03'],
      ['^\\', '\x1c'],
      ['^Z', '\x1a'],
    ] as const) {
      it(`drops what was typed before ${name}, as a terminal does`, () => {
        const keeper = Gatekeeper.atPrompt()
        keeper.run('sleep 9')
        keeper.type(`rm -rf x\r${key}`)
        keeper.finish({ status: 130 })
        assert.equal(keeper.gate.phase.is, 'prompting')
        assert.equal(keeper.sent, key)
      })
    }

    it('hangs it up at the third ^C in a row', () => {
      const keeper = Gatekeeper.atPrompt()
      keeper.run('vi')
      assert.deepEqual(kinds(keeper.type('\x03')), ['send'])
      keeper.wait(1000)
      assert.deepEqual(kinds(keeper.type('\x03')), ['send'])
      keeper.wait(1000)
      assert.deepEqual(kinds(keeper.type('\x03')), ['send', 'hang-up'])
    })

    it('counts no ^C that came long after, or with something typed between', () => {
      const keeper = Gatekeeper.atPrompt()
      keeper.run('vi')
      keeper.type('\x03\x03')
      keeper.wait(4000)
      assert.deepEqual(kinds(keeper.type('\x03')), ['send'])
      assert.deepEqual(kinds(keeper.type('\x03')), ['send'])
      assert.deepEqual(kinds(keeper.type('x\x03')), ['send'])
    })

    it('keeps no more than it can, whole lines, and says so', async () => {
      const keeper = Gatekeeper.atPrompt()
      keeper.run('sleep 9')
      for (let at = 0; at < 200; at += 1) keeper.type(`${'x'.repeat(999)}\r`)
      assert.equal(keeper.gate.typeAhead.length, 65_000)
      keeper.finish()
      const shown = (await keeper.rows()).join('\n')
      assert.match(shown, /more was typed ahead than can be kept/)
    })

    it('leaves its output as it is, and the prompt behind it', async () => {
      const keeper = Gatekeeper.atPrompt()
      keeper.run('printf')
      keeper.print('50%\r100%\r\nlast')
      keeper.finish()
      keeper.type('ls\x01x')
      assert.deepEqual(await keeper.rows(), [
        'deploy@web:~$ printf',
        '100%',
        'lastdeploy@web:~$ xls',
      ])
    })

    it('begins a new row when the cursor may be anywhere', async () => {
      const keeper = Gatekeeper.atPrompt()
      keeper.run('tput')
      keeper.print('here\x1b[3Cthere')
      keeper.finish()
      assert.deepEqual(await keeper.rows(), ['deploy@web:~$ tput', 'here   there', 'deploy@web:~$'])
    })

    it('draws the prompt that the shell reports', async () => {
      const keeper = Gatekeeper.atPrompt()
      keeper.run('cd /srv/app')
      keeper.finish({ logicalDirectory: '/srv/app', prompt: '[\\u \\W]\\$ ' })
      assert.equal((await keeper.rows()).at(-1), '[deploy app]$')
      keeper.run('cd')
      keeper.finish()
      assert.equal((await keeper.rows()).at(-1), '[deploy ~]$')
    })
  })

  describe('while a program runs that was granted every key', () => {
    it('gives it a terminal of its own, and what was typed meanwhile', async () => {
      const keeper = Gatekeeper.atPrompt()
      keeper.type('vim x\riHello')
      keeper.decide({ is: 'run', text: 'vim x', input: 'raw' })
      assert.deepEqual(keeper.effects, [{ do: 'open', text: 'vim x' }])
      keeper.type('\x1b')
      const [first] = keeper.take({ is: 'opened' })
      assert.deepEqual(first, { do: 'send-keys', bytes: new TextEncoder().encode('iHello\x1b') })
      assert.deepEqual(kinds(keeper.type(':q!\r')), ['send-keys'])
      keeper.take({ is: 'closed', status: 1 })
      assert.equal(keeper.gate.phase.is, 'prompting')
      assert.equal(keeper.gate.lastStatus, 1)
      assert.equal(keeper.sent, '')
    })
  })

  it('takes nothing from a driver that speaks out of turn', () => {
    const keeper = Gatekeeper.atPrompt()
    const { gate } = keeper
    keeper.take({ is: 'ready', end: ended() })
    keeper.take({ is: 'begun' })
    keeper.finish({ status: 9 })
    keeper.take({ is: 'opened' })
    keeper.take({ is: 'closed', status: 9 })
    keeper.take({ is: 'modes', question: 0, modes: COOKED })
    keeper.take({ is: 'drained', question: 0, bytes: new TextEncoder().encode('rm\r') })
    keeper.take({ is: 'names', question: 0, names: ['x'] })
    keeper.take({ is: 'woken' })
    assert.deepEqual(keeper.gate, gate)
  })
})
