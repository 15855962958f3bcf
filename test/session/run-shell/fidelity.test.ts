import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Sshd, startSshd } from '../../support/sshd.ts'
import { EVERYDAY, plain, Supervised } from './supervised.ts'

const PROMPT = /[#$] $/

/** What everyday use asks of input: lines for some programs, every key for others, nothing for the rest. */
const POLICY = `${EVERYDAY}
  - id: as-nobody
    program: [id, cat]
    as: [nobody]
    verdict: allow
    input: line
    lines: [".*"]
  - id: talk
    program: [bc, tee, dash, greet, exit]
    verdict: allow
    input: line
    lines: [".*"]
  - id: screens
    program: [vi, less, top, tmux, vim, busybox, man]
    verdict: allow
    input: raw
    escapes: accepted
`.replace(
  'verdict: allow',
  'verdict: allow\n    input: line\n    lines: [".*"]\n    redirect-to: ["/**"]',
)

describe('an interactive session beside a shell of one’s own', function () {
  this.timeout(20_000)
  let sshd: Sshd
  let folder: string
  let session: Supervised

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sallyport-fidelity-'))
    sshd = await startSshd({ environment: { HOME: folder } })
  })
  after(async () => {
    await sshd.stop()
    rmSync(folder, { recursive: true, force: true })
  })
  beforeEach(async () => {
    session = await Supervised.start(sshd, { policy: POLICY })
    await session.run(`cd ${folder}`)
  })
  afterEach(async () => {
    await session.leave()
    assert.ok(!/cannot|error/i.test(session.agent.told), session.agent.told)
  })

  /** Types without a line end, and waits. */
  async function press(keys: string, until: RegExp): Promise<void> {
    const from = session.shown.length
    session.type(keys)
    await session.until(until, from)
  }

  describe('programs that read lines', () => {
    it('read x', async () => {
      await press('read -r x; echo "got [$x]"\r', /got|$/)
      await sleep(200)
      await press('two words\r', /got \[two words\]/)
    })

    it('a prompt of a program, answered with y', async () => {
      writeFileSync(join(folder, 'precious'), 'x')
      await press('rm -i precious\r', /remove .*\?/)
      await press('y\r', PROMPT)
      assert.equal(await session.run('ls | wc -l'), '0\r\n')
    })

    it('sudo', async function () {
      if (process.getuid?.() !== 0) this.skip() // nobody else may without a password
      assert.equal(await session.run('sudo -n -u nobody id -un'), 'nobody\r\n')
      await press('sudo -n -u nobody cat\r', /\n/)
      await sleep(300)
      // With use_pty, and without: in both nothing is passed on that was not judged.
      await press('hello\r', /sudo with use_pty|\nhello\r\n/)
      session.type('\x03\x03\x03')
      await session.until(PROMPT, session.shown.length)
      assert.equal(await session.run('echo on'), 'on\r\n')
    })

    it('a hidden password', async () => {
      await press(
        "stty -echo; printf 'Password: '; read -r p; stty echo; echo; echo ${#p}\r",
        /Password: /,
      )
      await sleep(200)
      await press('s3cret\r', /\n6\r\n/)
      assert.ok(!session.shown.includes('s3cret'))
      assert.ok(!JSON.stringify(session.world.events).includes('s3cret'))
      assert.ok(!JSON.stringify(session.world.taped).includes('s3cret'))
      const decided = session.events.findLast(event => event.kind === 'command-decided')
      assert.deepEqual(decided?.kind === 'command-decided' && decided.line, {
        text: '(6 characters typed without echo)',
      })
    })

    it('cat and ^D', async () => {
      await press('cat > notes; echo done\r', /\n/)
      await sleep(200)
      session.type('first\rsecond\r\x04')
      await session.until(/done\r\n.*[#$] $/)
      assert.equal(readFileSync(join(folder, 'notes'), 'utf8'), 'first\nsecond\n')
    })

    it('the rest of a line and ^D ^D', async () => {
      await press('cat | od -c\r', /\n/)
      await sleep(200)
      await press('ab\x04\x04', /a {3}b\r\n/)
    })

    it('erasing in a line', async () => {
      await press('read -r x; echo "[$x]"\r', /\n/)
      await sleep(200)
      await press('wrong\x15righx\x7ft\r', /\[right\]/)
    })

    it('an interpreter that reads lines', async () => {
      await press('python3 -c "print(sum(int(input()) for _ in range(3)))"\r', /\n/)
      await sleep(200)
      session.type('1\r')
      await sleep(150)
      session.type('2\r')
      await sleep(150)
      await press('39\r', /\n42\r\n/)
    })

    it('a here-document typed at the continuation prompt', async () => {
      await press('cat <<E\r', /> $/)
      await press('one $((1+1))\r', /> $/)
      await press('E\r', /one 2\r\n/)
    })

    it('a here-string and a pipe', async () => {
      assert.equal(await session.run('cat <<< "here" | tr a-z A-Z'), 'HERE\r\n')
    })
  })

  describe('signals and jobs', () => {
    it('^C ends a program, and $? says so', async () => {
      await press('sleep 60\r', /\n/)
      await sleep(150)
      await press('\x03', PROMPT)
      assert.equal(await session.run('echo $?'), '130\r\n')
    })

    it('^C ends a loop and a list', async () => {
      await press('for i in 1 2 3; do sleep 30; done; echo not here\r', /\n/)
      await sleep(150)
      await press('\x03', PROMPT)
      await press('sleep 30; echo nor here\r', /\n/)
      await sleep(150)
      await press('\x03', PROMPT)
      assert.ok(!/^(?:not|nor) here/m.test(plain(session.shown)))
    })

    it('^C ends a loop of builtins', async () => {
      await press('while :; do :; done\r', /\n/)
      await sleep(150)
      await press('\x03', PROMPT)
      assert.equal(await session.run('echo $?'), '130\r\n')
    })

    it('^\\ quits', async () => {
      await press('sleep 60\r', /\n/)
      await sleep(150)
      await press('\x1c', PROMPT)
      assert.equal(await session.run('echo $?'), '131\r\n')
    })

    it('^Z, jobs, bg, fg', async () => {
      await press('sleep 1.5\r', /\n/)
      await sleep(150)
      await press('\x1a', /Stopped[^]*[#$] $/)
      assert.match(await session.run('jobs'), /Stopped\s+sleep 1.5/)
      assert.match(await session.run('bg'), /sleep 1.5 &/)
      assert.match(await session.run('fg'), /sleep 1.5/)
    })

    it('a program in the background, and its output at the prompt', async () => {
      await session.run('( sleep 0.3; echo from behind ) &')
      session.type('echo half')
      await session.until(/from behind\r\n.*echo half$/)
      await press(' and half\r', /half and half\r\n/)
    })

    it('says when a job in the background is done', async () => {
      await session.run('sleep 0.1 &')
      await sleep(300)
      assert.match(await session.run(':'), /Done\s+sleep 0.1/)
    })

    it('wait', async () => {
      assert.match(await session.run('sleep 0.2 & wait; echo waited'), /waited\r\n/)
    })

    it('huge output, and ^C during it', async () => {
      await press('yes all work and no play\r', /all work/)
      await sleep(300)
      await press('\x03', PROMPT)
      assert.equal(await session.run('echo still here'), 'still here\r\n')
    })

    it('a signal that the client sends', async () => {
      await press('sleep 60\r', /\n/)
      await sleep(150)
      const from = session.shown.length
      session.signal('INT')
      await session.until(PROMPT, from)
      assert.equal(await session.run('echo $?'), '130\r\n')
    })
  })

  describe('the shell’s own memory', () => {
    it('keeps the directory', async () => {
      await session.run('mkdir -p a/b; cd a/b')
      assert.equal(await session.run('pwd'), `${folder}/a/b\r\n`)
      assert.equal(await session.run('cd - > /dev/null; pwd'), `${folder}\r\n`)
    })

    it('keeps variables, exports, arrays and functions', async () => {
      await session.run('one=1; export two=2; many=(a "b c" d)')
      await session.run('greet() { echo "hello $1"; }')
      assert.equal(
        await session.run("echo $one; sh -c 'echo $two'; greet you"),
        '1\r\n2\r\nhello you\r\n',
      )
      assert.equal(await session.run('echo "${many[1]}" ${#many[@]}'), 'b c 3\r\n')
    })

    it('calls functions, without a rule for their names', async () => {
      await session.run('hello() { echo "hello $1"; }')
      assert.equal(await session.run('hello you'), 'hello you\r\n')
      await session.run('twice() { hello "$1"; hello "$1"; }')
      assert.equal(await session.run('twice me | sort | head -n 1'), 'hello me\r\n')
      await session.run('hello() { echo "goodbye $1"; return 3; }')
      assert.equal(await session.run('twice me'), 'goodbye me\r\ngoodbye me\r\n')
      assert.equal(await session.run('echo $?'), '3\r\n')
      assert.match(await session.run('declare -f hello'), /hello \(\)[^]*goodbye/)
    })

    it('sees through a function to what it runs, and forgets it with unset', async () => {
      await session.run('save() { dd of="$1"; }')
      assert.match(session.shown, /denied/)
      assert.match(await session.run('save x'), /denied/)
      await session.run('gone() { echo x; }')
      await session.run('unset -f gone')
      assert.match(await session.run('gone'), /denied/)
    })

    it('gives a function the input that its programs have', async () => {
      await session.run('ask() { read -r answer; echo "you said $answer"; }')
      await press('ask\r', /\n/)
      await sleep(200)
      await press('so it is\r', /you said so it is/)
      await session.run('show() { less /nosuchfile; }')
      assert.match(await session.run('show'), /No such file/)
    })

    it('keeps the status of the last command, pipelines included', async () => {
      await session.run('false')
      assert.equal(await session.run('echo $?'), '1\r\n')
      await session.run('(exit 42)')
      assert.equal(await session.run('echo $?'), '42\r\n')
      await session.run('true | false')
      assert.equal(await session.run('echo $?'), '1\r\n')
      await session.run('dd if=x')
      assert.equal(await session.run('echo $?'), '126\r\n')
    })

    it('keeps umask and traps', async () => {
      await session.run('umask 027')
      assert.equal(await session.run('umask'), '0027\r\n')
      await session.run("trap 'echo trapped' USR1")
      assert.match(await session.run('kill -USR1 $$'), /trapped\r\n/)
    })

    // One + more than in a plain shell: the command is evaluated, and bash shows how deep it is.
    it('set -x, without a trace of the bastion’s lines', async () => {
      await session.run('set -x')
      assert.equal(await session.run('echo traced'), '++ echo traced\r\ntraced\r\n')
      await session.run('set +x')
      assert.equal(await session.run('echo quiet'), 'quiet\r\n')
    })

    it('set -u and an unset variable', async () => {
      await session.run('set -u')
      assert.match(await session.run('echo $nobody'), /unbound variable/)
      assert.equal(await session.run('echo on'), 'on\r\n')
    })

    it('set -e ends the shell where it would', async () => {
      await session.run('set -e')
      session.type('false\r')
      await session.finished
      assert.deepEqual(session.agent.exit, { status: 1 })
    })

    it('a command that does not exist', async () => {
      assert.match(await session.run('hash nosuchprogram'), /not found/)
    })
  })

  describe('lines', () => {
    it('several pasted lines run as one command', async () => {
      session.type('\x1b[200~for i in 1 2\rdo echo "<$i>"\rdone\x1b[201~\r')
      await session.until(/<1>\r\n<2>\r\n/)
    })

    it('several lines typed ahead run one after the other', async () => {
      const from = session.shown.length
      session.type('echo one\necho two\nsleep 0.2\necho three\n')
      await session.until(/\nthree\r\n.*[#$] $/, from)
      assert.match(plain(session.shown.slice(from)), /\none\r\n[^]*\ntwo\r\n[^]*\nthree\r\n/)
    })

    it('a line of 16,000 characters', async () => {
      const text = 'x'.repeat(15_900)
      session.type(`echo ${text} | wc -c\r`)
      await session.until(/\n15901\r\n/)
    })

    it('long lines one after the other', async () => {
      for (let at = 0; at < 15; at += 1) {
        assert.equal(await session.run(`echo ${'x'.repeat(15_900)} | wc -c`), '15901\r\n')
      }
    })

    it('a line of 20,000 characters is refused whole', async () => {
      session.type(`echo ${'x'.repeat(20_000)}; echo it ran\r`)
      await session.until(/denied: the line is longer/)
      assert.ok(!/^it ran/m.test(plain(session.shown)))
    })

    it('every kind of quoting', async () => {
      assert.equal(
        await session.run(`echo "a'b" 'c"d' e\\ f "$(echo g)" $((6*7))`),
        `a'b c"d e f g 42\r\n`,
      )
    })

    it('UTF-8', async () => {
      assert.equal(await session.run("echo 'é漢字'"), 'é漢字\r\n')
    })

    it('history, recalled and edited', async () => {
      await session.run('echo first')
      await press('\x1b[A\x1b[D\x1b[D\x1b[D\x1b[D\x1b[Dmy \r', /my first\r\n/)
    })

    it('completes files and commands', async () => {
      writeFileSync(join(folder, 'zebra long name.txt'), 'content\n')
      await press('cat ze\t\r', /content\r\n/)
      await press('seq 2 | wc\t', / wc/)
      session.type('\x03')
    })

    it('lists what it could be at the second Tab', async () => {
      writeFileSync(join(folder, 'alpha'), '')
      writeFileSync(join(folder, 'alpine'), '')
      await press('cat al', /cat al$/)
      await press('\t', /alp$|p$/)
      await press('\t\t', /alpha +alpine\r\n[^]*cat alp$/)
      session.type('\x03')
    })

    it('a comment, an empty line, only blanks', async () => {
      assert.equal(await session.run('# nothing'), '')
      assert.equal(await session.run(''), '')
      assert.equal(await session.run('   '), '')
    })
  })

  describe('programs that take the whole screen', () => {
    it('an editor writes its file', async () => {
      session.type('vi text\r')
      await session.until(/text/)
      await sleep(500)
      session.type('ihello\x1b:wq\r')
      await session.until(/[#$] $/, session.shown.length)
      assert.equal(readFileSync(join(folder, 'text'), 'utf8'), 'hello\n')
    })

    it('a pager, forwards and out', async () => {
      writeFileSync(
        join(folder, 'long'),
        Array.from({ length: 200 }, (_, at) => `line ${at}`).join('\n'),
      )
      await press('less long\r', /line 20/)
      await press(' ', /line 40/)
      await press('q', PROMPT)
      assert.equal(await session.run('echo back'), 'back\r\n')
    })

    it('a program that follows the size of the window', async () => {
      await press('top\r', /PID/)
      const from = session.shown.length
      session.resize(100, 30)
      // Its bar of headings is as wide as the window.
      await session.until(/ PID [^\r\n]{85,}/, from)
      await press('q', PROMPT)
      assert.equal(await session.run('stty size'), '30 100\r\n')
    })

    it('with the shell’s directory, exports and umask', async () => {
      await session.run('export GREETING="it is me"; mkdir -p sub; cd sub; umask 077')
      const from = session.shown.length
      session.type(
        'tmux -L sallyport-test-fidelity new-session \'pwd; echo "$GREETING"; umask; sleep 1\'\r',
      )
      await session.until(/sub[^]*it is me[^]*0077/, from)
      await session.until(/[#$] $/, from + 20)
    })

    it('with a large environment', async () => {
      for (const name of ['A', 'B', 'C', 'D'])
        await session.run(`export ${name}=${'x'.repeat(12_000)}`)
      session.type("tmux -L sallyport-test-large new-session 'echo ${#A} ${#D}; sleep 1'\r")
      const from = session.shown.length
      await session.until(/12000 12000/, from)
      await session.until(/[#$] $/, from)
    })

    it('not with an environment that is too large, and says why', async () => {
      for (const name of ['A', 'B', 'C', 'D', 'E', 'F']) {
        await session.run(`export ${name}=${'x'.repeat(12_000)}`)
      }
      assert.match(
        await session.run('less /nosuchfile'),
        /sallyport: cannot run it: .*unset variables/,
      )
    })

    it('gives $? its exit status', async () => {
      session.type('less /nosuchfile\r')
      await session.until(/No such file[^]*[#$] $/)
      assert.equal(await session.run('echo $?'), '1\r\n')
    })
  })

  describe('leaving', () => {
    for (const [keys, status] of [
      ['exit\r', 0],
      ['exit 7\r', 7],
      ['\x04', 0],
      ['exec sh -c "exit 9"\r', 9],
    ] as const) {
      it(`${JSON.stringify(keys)} gives the client ${status}`, async () => {
        session.type(keys)
        await session.finished
        assert.deepEqual(session.agent.exit, { status })
      })
    }
  })

  it('draws the target’s own prompt and follows it', async () => {
    await session.run("PS1='[\\W] ready> '", /ready> $/)
    await session.run('cd /tmp', /\[tmp\] ready> $/)
  })

  it('goes to a new row after a resize in the middle of a line', async () => {
    session.type('echo one two three')
    await session.until(/three$/)
    session.resize(40, 24)
    await press('!\r', /one two three!\r\n/)
  })
})
