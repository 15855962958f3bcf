import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import {
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  hangUpText,
  modesQuestion,
  readModes,
  type TerminalModes,
} from '../../../../server/core/shell/driver-protocol/attendant.ts'
import {
  completionText,
  drainText,
  environmentText,
  readAnswer,
  readEnvironment,
  readNames,
} from '../../../../server/core/shell/driver-protocol/queries.ts'
import { type Report, readReports } from '../../../../server/core/shell/driver-protocol/reports.ts'
import { LocalDriver, nonce, shellQuote } from './local-driver.ts'

/**
 * A loop to interrupt, without a program. Busybox's ash jumps out of the C library when ^C comes within a builtin, and may
 * then wait for ever for the lock of its own standard output (seen in 1.35 with glibc, in clearerr): there it waits in a program.
 */
const LOOP = 'while :; do :; done'
const PROGRAM_LOOP = 'while sleep 0.05; do sleep 0.05; done'

for (const [name, shell, loop] of [
  ['bash', 'bash', LOOP],
  ['dash', ['/usr/bin/dash', '-l', '-i'], LOOP],
  ['busybox ash', ['/usr/bin/busybox', 'ash', '-l', '-i'], PROGRAM_LOOP],
] as const) {
  describe(`a driver shell: ${name}`, () => {
    let driver: LocalDriver
    let folder: string
    before(async () => {
      folder = mkdtempSync(join(tmpdir(), 'driver shell-'))
      driver = new LocalDriver()
      await driver.start(shell)
    })
    // A test that failed may leave a driver that is good for nothing more.
    beforeEach(async () => {
      if (!driver.isBusy) return
      driver.stop()
      driver = new LocalDriver()
      await driver.start(shell)
    })
    after(() => {
      driver.stop()
      rmSync(folder, { recursive: true })
    })
    const run = async (command: string): Promise<string> => (await driver.run(command)).printed

    it('runs a command and says how it ended and where', async () => {
      const end = await driver.run(`echo hello; cd ${shellQuote(folder)}; (exit 7)`)
      assert.equal(end.printed, 'hello\r\n')
      assert.equal(end.status, 7)
      assert.equal(end.workingDirectory, folder)
    })

    it('shows nothing of its own lines', async () => {
      assert.equal(await run(':'), '')
    })

    it('keeps directory, variables, functions and exports from command to command', async () => {
      await run('cd /; one=1; export two=2; three() { echo 3; }')
      assert.equal(await run("pwd; echo $one; sh -c 'echo $two'; three"), '/\r\n1\r\n2\r\n3\r\n')
    })

    it('gives a command the status of the one before', async () => {
      const { printed } = await driver.run('echo $?', { previousStatus: 126 })
      assert.equal(printed, '126\r\n')
    })

    it('takes every byte of a command as it is', async () => {
      const text = `it's "$HOME" \\ \`x\` $(y) !! %s é漢 \t ~ * ; & | < > ( ) { } [ ] # end`
      assert.equal(await run(`printf '%s\\n' ${shellQuote(text)}`), `${text}\r\n`)
    })

    it('runs several lines as one command', async () => {
      assert.equal(await run("for i in 1 2\ndo\necho 'a\nb'$i\ndone"), 'a\r\nb1\r\na\r\nb2\r\n')
    })

    for (const length of [700, 900, 4096, 16_000]) {
      it(`runs a line of ${length} characters`, async () => {
        const text = "'é \n".repeat(length).slice(0, length)
        const printed = await run(`printf %s ${shellQuote(text)} | cksum`)
        const wanted = execFileSync('cksum', { input: text }).toString()
        assert.equal(printed.trim(), wanted.trim())
      })
    }

    it('lets programs read the agent’s terminal, not its own lines', async () => {
      const { printed } = await driver.run('read -r x; echo "got $x"', {
        during: () => driver.type('typed\r'),
      })
      assert.match(printed, /got typed\r\n$/)
    })

    it('reports what ^C interrupted, in a program', async () => {
      const { status } = await driver.run('sleep 60; echo not here', {
        during: () => setTimeout(() => driver.interrupt(), 100),
      })
      assert.equal(status, 130)
    })

    it('reports what ^C interrupted, in a loop', async () => {
      const { status, printed } = await driver.run(`${loop}; echo not here`, {
        during: () => setTimeout(() => driver.interrupt(), 100),
      })
      assert.equal(status, 130)
      assert.ok(!printed.includes('not here'))
      assert.equal(await run('echo after'), 'after\r\n')
    })

    it('outlives a storm of ^C', async () => {
      for (let round = 0; round < 5; round += 1) {
        await driver.run('sleep 60', {
          during: () => {
            for (let at = 0; at < 20; at += 1) setTimeout(() => driver.interrupt(), at * 3)
          },
        })
      }
      await sleep(100)
      assert.equal(await run('echo still here'), 'still here\r\n')
    })

    it('stops and continues a job', async () => {
      const stopped = await driver.run('sleep 0.3', {
        during: () => setTimeout(() => driver.type('\x1a'), 100),
      })
      assert.ok(stopped.status > 128, `status ${stopped.status}`)
      const { status } = await driver.run('fg')
      assert.equal(status, 0)
    })

    it('runs in the background', async () => {
      assert.match(await run('sleep 0.05 & wait; echo waited'), /waited\r\n/)
    })

    it('takes set -x, -u, -f and -C without a trace of its own lines', async () => {
      const { printed } = await driver.run('set -xufC; echo traced')
      assert.match(printed, /\+ echo traced\r\ntraced\r\n$/)
      assert.ok(!printed.includes('printf') && !printed.includes('eval'), printed)
      assert.match(await run('echo $(echo inner)'), /inner\r\n$/)
      const { printed: last } = await driver.run('set +xufC', { previousStatus: 3 })
      assert.equal(last.includes('exit'), false, last)
      assert.equal(await run('echo quiet'), 'quiet\r\n')
    })

    it('is not misled by variables of the agent', async () => {
      const { workingDirectory } = await driver.run(
        'cd /tmp; PWD=/etc; OLDPWD=/etc; IFS=0123456789abcdef',
      )
      assert.equal(workingDirectory, '/tmp')
      assert.equal(await run('echo fine; unset IFS PWD'), 'fine\r\n')
    })

    it('is not misled by a variable that ends the report early', async () => {
      for (const fields of [
        '/\\037/\\037/etc\\n.\\037\\037',
        '/etc\\n\\037/\\037\\037',
        '\\037\\037',
      ]) {
        const { workingDirectory, status } = await driver.run(
          `cd /tmp; HOME=$(printf '${fields}%s\\036' "$${driver.driver.prefix}b"); (exit 5)`,
        )
        assert.equal(status, 5)
        assert.ok(workingDirectory === '/tmp' || workingDirectory === null, `${workingDirectory}`)
      }
      await run('HOME=/')
    })

    it('knows the directory under its new name when it was renamed', async () => {
      const [here, there] = [join(folder, 'here'), join(folder, 'there')]
      mkdirSync(here)
      assert.equal((await driver.run(`cd ${shellQuote(here)}`)).workingDirectory, here)
      assert.equal((await driver.run('true')).workingDirectory, here)
      renameSync(here, there)
      assert.equal((await driver.run('true')).workingDirectory, there)
      mkdirSync(here)
      assert.equal((await driver.run('true')).workingDirectory, there)
      rmdirSync(here)
      rmdirSync(there)
      assert.equal((await driver.run('true')).workingDirectory, null)
      assert.equal((await driver.run('cd /; unset PWD')).workingDirectory, '/')
    })

    it('knows in which of two places a directory is that is mounted in both', async () => {
      const mounted = new LocalDriver('unshare -Urm sh')
      const at = (path: string): string => shellQuote(join(folder, path))
      try {
        await mounted.start(shell)
        await mounted.run(`mkdir -p ${at('one/sub')} ${at('deep/er/two')}`)
        const bound = await mounted.run(`mount --bind ${at('one')} ${at('deep/er/two')}`)
        assert.equal(bound.status, 0, bound.printed)
        for (const below of ['', '/sub']) {
          const [one, two] = [join(folder, `one${below}`), join(folder, `deep/er/two${below}`)]
          assert.equal((await mounted.run(`cd ${shellQuote(one)}`)).workingDirectory, one)
          const moved = await mounted.run(`cd ${shellQuote(two)}; PWD=${shellQuote(one)}`)
          assert.equal(moved.workingDirectory, two)
          assert.equal((await mounted.run('true')).workingDirectory, two)
        }
      } finally {
        mounted.stop()
      }
    })

    it('knows the directory that the kernel knows', async () => {
      symlinkSync('/etc', join(folder, 'link'))
      const end = await driver.run(`cd ${shellQuote(folder)}/link`)
      assert.equal(end.workingDirectory, '/etc')
      assert.equal(end.logicalDirectory, join(folder, 'link'))
    })

    for (const odd of [
      'a b',
      "it's",
      'x\n',
      '\n',
      'x\x1f',
      'x\x1e',
      '\x1fy\x1f\x1f\x1e',
      '\x1b[2J',
      '%s\\n',
      'é漢',
    ]) {
      it(`is not misled by a directory called ${JSON.stringify(odd)}`, async () => {
        const directory = join(folder, `d${odd}`)
        mkdirSync(directory)
        const { workingDirectory, status } = await driver.run(
          `cd ${shellQuote(folder)}/d${shellGlob(odd)}`,
        )
        assert.equal(status, 0)
        // oxlint-disable-next-line no-control-regex -- control characters are what this looks for
        assert.equal(workingDirectory, /[\0-\x1f]/.test(odd) ? null : directory)
        await run('cd /')
        rmSync(directory, { recursive: true })
      })
    }

    it('says that it does not know a directory that is gone', async () => {
      const { workingDirectory } = await driver.run(
        `mkdir ${shellQuote(folder)}/gone; cd ${shellQuote(folder)}/gone; rmdir ../gone`,
      )
      // bash and dash still name it, as getcwd(3) fails; what is named is then what no path can reach.
      assert.ok(workingDirectory === null || workingDirectory === join(folder, 'gone'))
      await run('cd /')
    })

    it('gives back what a program left unread, and only that', async () => {
      await driver.run('sleep 0.2', {
        during: () => driver.type('one line\rhalf a li'),
      })
      const answer = readAnswer(await driver.ask(drainText))
      assert.equal(Buffer.from(answer ?? []).toString(), 'one line\nhalf a li')
      assert.equal(readAnswer(await driver.ask(drainText))?.length, 0)
      const { printed } = await driver.run('read -r x; echo "got $x"', {
        during: () => driver.type('next\r'),
      })
      assert.match(printed, /got next\r\n$/)
    })

    it('completes files and commands, and runs nothing for it', async () => {
      for (const file of ['plain', 'pl ay', 'odd$(touch pwned)', 'x\nplanted'])
        writeFileSync(join(folder, file), '')
      mkdirSync(join(folder, 'plates'))
      await run(`cd ${shellQuote(folder)}`)
      const files = readNames(
        await driver.ask((d, id) => completionText(d, id, { word: 'pl', names: 'files' })),
      )
      assert.deepEqual(files, ['pl ay', 'plain', 'plates/'])
      const odd = readNames(
        await driver.ask((d, id) => completionText(d, id, { word: 'odd$(', names: 'files' })),
      )
      assert.deepEqual(odd, ['odd$(touch pwned)'])
      const commands = readNames(
        await driver.ask((d, id) => completionText(d, id, { word: 'mkdi', names: 'commands' })),
      )
      assert.ok(commands.includes('mkdir'), commands.join())
      const hostile = readNames(
        await driver.ask((d, id) =>
          completionText(d, id, { word: "x'; touch pwned; '", names: 'files' }),
        ),
      )
      assert.deepEqual(hostile, [])
      assert.equal(await run('ls | grep -c pwned'), '1\r\n')
    })

    it('hands over its environment as data', async () => {
      await run("export MULTI='a\nb=c' ; umask 027; unexported=1")
      const environment = readEnvironment(await driver.ask(environmentText))
      assert.equal(environment?.variables.get('MULTI'), 'a\nb=c')
      assert.equal(environment?.variables.has('unexported'), false)
      assert.equal(environment?.umask, '0027')
    })

    it('does not run a function for a question', async () => {
      await run(
        'cat() { echo fooled; }; stty() { echo fooled; }; od() { echo fooled; }; tr() { echo fooled; }',
      )
      assert.equal(readAnswer(await driver.ask(drainText))?.length, 0)
      await run('unset -f cat stty od tr')
    })

    it('says which prompt a command set, and never shows one', async () => {
      const { prompt, printed } = await driver.run("PS1='new> '; PS2='more> '")
      assert.equal(prompt, 'new> ')
      assert.equal(printed, '')
      assert.equal((await driver.run(':')).printed, '')
      assert.equal((await driver.run(':')).prompt, '')
    })

    it('has an attendant that knows how the terminal stands', async () => {
      const attendant = driver.attend()
      const heard = listen(attendant.stdout)
      const modes = async (): Promise<TerminalModes | null> => {
        const id = nonce()
        attendant.stdin?.write(modesQuestion(id))
        return readModes(await heard('M', id))
      }
      assert.deepEqual(await modes(), {
        isCanonical: true,
        echoes: true,
        hasSignals: true,
        isPlain: true,
      })
      await run('stty -echo -icanon -isig')
      assert.deepEqual(await modes(), {
        isCanonical: false,
        echoes: false,
        hasSignals: false,
        isPlain: true,
      })
      await run('stty sane; stty erase x')
      assert.equal((await modes())?.isPlain, false)
      await run('stty sane; stty eol q')
      assert.equal((await modes())?.isPlain, false)
      await run('stty sane; stty inlcr')
      assert.equal((await modes())?.isPlain, false)
      await run('stty sane')
      assert.equal((await modes())?.isPlain, true)

      const { status } = await driver.run('sh -c "trap \'\' INT QUIT; sleep 60"', {
        during: () => setTimeout(() => attendant.stdin?.write(hangUpText()), 150),
      })
      assert.equal(status, 129)
      assert.equal(await run('echo alive'), 'alive\r\n')
      // With nothing in the foreground the driver itself must not be hit.
      attendant.stdin?.write(hangUpText())
      await modes()
      assert.equal(await run('echo alive'), 'alive\r\n')
    })
  })
}

for (const login of ['bash', 'dash', 'zsh', 'fish', 'mksh', 'tcsh', 'busybox ash']) {
  describe(`a driver behind the login shell ${login}`, () => {
    for (const shell of ['bash', 'sh'] as const) {
      it(`starts for ${shell}, answers, and leaves nothing behind when its attendant's input ends`, async () => {
        const driver = new LocalDriver(login)
        try {
          await driver.start(shell)
          assert.equal((await driver.run("echo it\\'s; (exit 3)")).status, 3)
          const attendant = driver.attend()
          const heard = listen(attendant.stdout)
          const id = nonce()
          attendant.stdin?.write(modesQuestion(id))
          assert.equal(readModes(await heard('M', id))?.isCanonical, true)
          const { printed } = await driver.run(
            "sleep 987 & nohup sleep 988 >/dev/null 2>&1 & echo '' $!",
          )
          const left = Number(/(\d+)\r\n$/.exec(printed)?.[1])
          const gone = new Promise<void>(resolve => {
            driver.onExit = resolve
          })
          const isKept = (line: string): boolean => /(?<!nohup )sleep 988/.test(line)
          while (!session(driver.pid).some(isKept)) await sleep(10)
          attendant.stdin?.end()
          await gone
          await sleep(50)
          assert.equal(session(driver.pid).filter(line => line.includes('987')).length, 0)
          assert.ok(
            session(driver.pid).some(line => line.includes('988')),
            'nohup is respected',
          )
          process.kill(left, 'SIGKILL')
        } finally {
          driver.stop()
        }
      })
    }
  })
}

/** Finds the answers in an attendant's output. */
function listen(
  output: NodeJS.ReadableStream | null,
): (kind: string, id: string) => Promise<Report> {
  const open = new Map<string, (report: Report) => void>()
  let unread = ''
  output?.on('data', (bytes: Buffer) => {
    const questions = [...open.keys()].map(key => ({ kind: key.slice(0, 1), nonce: key.slice(1) }))
    const read = readReports(unread, bytes, questions)
    unread = read.unread
    for (const report of read.reports) open.get(report.kind + report.nonce)?.(report)
  })
  return (kind, id) => new Promise(resolve => open.set(kind + id, resolve))
}

/** Control characters cannot stand in a judged line: a pattern gets there. */
function shellGlob(name: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are what this looks for
  return name.replace(/[^A-Za-z0-9\0-\x1f]/g, '\\$&').replace(/[\0-\x1f]/g, '?')
}

function session(leader: number): string[] {
  return execFileSync('ps', ['-eo', 'pid=,sess=,args='])
    .toString()
    .split('\n')
    .filter(line => new RegExp(`^\\s*\\d+\\s+${leader}\\s`).test(line))
}
