import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { TargetConnection, Targetward } from '../../../server/core/ports/channels.ts'
import { type Sshd, startSshd } from '../../support/sshd.ts'
import { EVERYDAY, plain, Supervised, type SupervisedOptions } from './supervised.ts'

const POLICY = EVERYDAY.replace('verdict: allow', 'verdict: allow\n    redirect-to: ["/**"]')

describe('an interactive session on an unusual target', function () {
  this.timeout(60_000)
  let home: string
  let sshd: Sshd | null = null
  let session: Supervised | null = null

  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'sallyport-shell-'))
  })
  afterEach(async () => {
    await session?.leave()
    await sshd?.stop()
    session = null
    sshd = null
    rmSync(home, { recursive: true, force: true })
  })

  /** Such a shell is waited for twenty seconds: the other tests run meanwhile. */
  let silent: { readonly sshd: Sshd; readonly home: string; readonly session: Supervised }
  before(async () => {
    const elsewhere = mkdtempSync(join(tmpdir(), 'sallyport-silent-'))
    writeFileSync(join(elsewhere, '.bash_profile'), 'exec sleep 60\n')
    const server = await startSshd({ environment: { HOME: elsewhere } })
    const waiting = new Supervised(server, { policy: POLICY })
    silent = { sshd: server, home: elsewhere, session: waiting }
  })
  after(async () => {
    await silent.session.leave()
    await silent.sshd.stop()
    rmSync(silent.home, { recursive: true })
  })

  async function target(...lines: string[]): Promise<Sshd> {
    sshd = await startSshd({ lines, environment: { HOME: home } })
    return sshd
  }

  /** A session that is expected to come up. */
  async function open(lines: string[] = [], options: SupervisedOptions = {}): Promise<Supervised> {
    session = await Supervised.start(await target(...lines), { policy: POLICY, ...options })
    return session
  }

  /** A session that is expected to be refused; gives what the agent was told. */
  async function refused(lines: string[], options: SupervisedOptions = {}): Promise<string> {
    session = new Supervised(await target(...lines), { policy: POLICY, ...options })
    await session.finished
    assert.deepEqual(session.agent.exit, { status: 126 })
    assert.equal(session.events.at(-1)?.kind, 'request-refused')
    return session.agent.told
  }

  it('takes a connection for each channel where sshd opens only one on each', async () => {
    const opened = await open(['MaxSessions 1'])
    assert.equal(await opened.run('echo works'), 'works\r\n')
    assert.equal(opened.events.filter(({ kind }) => kind === 'target-connected').length, 3)
  })

  it('is refused, with the reason, where there is no terminal to be had', async () => {
    assert.match(
      await refused(['PermitTTY no']),
      /cannot be supervised: the target gives no terminal; single commands go: ssh /,
    )
  })

  it('is refused where a forced command stands in the way', async () => {
    assert.match(
      await refused(['ForceCommand echo no shell here']),
      /cannot be supervised: it started no control terminal/,
    )
  }).timeout(40_000)

  it('can be left where another program has taken the shell’s place', async () => {
    const opened = await open()
    opened.type('exec bash\r')
    await sleep(500)
    opened.type('\x03\x03\x03\x03\x03\x03')
    await sleep(1200)
    opened.type('\x03\x03\x03')
    await opened.finished
    assert.match(
      plain(opened.shown),
      /^sallyport: shell ended: what ran in it did not go when \^C/m,
    )
  })

  it('keeps a secret that was typed for a program which was granted no input', async () => {
    const opened = await open()
    opened.type("stty -echo; printf 'Password: '; sleep 1.5; stty echo\r")
    await opened.until(/Password: /)
    await sleep(200)
    for (const key of 's3cretword\r') opened.type(key)
    await opened.until(/was granted no input[^]*[#$] $/)
    assert.equal(await opened.run('echo after'), 'after\r\n')
    for (const kept of [opened.shown, opened.events, opened.world.taped]) {
      assert.doesNotMatch(JSON.stringify(kept), /s3cret|retword/)
    }
  })

  it('remembers lines of earlier sessions where the policy says so', async () => {
    const remembering = POLICY.replace(
      'default: deny',
      'default: deny\ninteractive: { history: agent-and-target }',
    )
    const recalls = async (policy: string): Promise<string> => {
      session = new Supervised(await target(), { policy })
      session.world.lines = ['echo first', 'echo \x1b[31mred', 'echo last']
      await session.until(/[#$] $/)
      session.type('\x1b[A\x1b[A\r')
      await session.until(/[#$] $/, session.shown.length)
      await session.leave()
      await sshd?.stop()
      return plain(session.shown)
    }
    assert.match(await recalls(remembering), /\nfirst\r\n/)
    assert.doesNotMatch(await recalls(POLICY), /first|last/)
  })

  it('is refused where the shell that lines are judged for is not there', async () => {
    const empty = join(home, 'bin')
    mkdirSync(empty)
    for (const program of ['tty', 'uname', 'id', 'sleep', 'sh']) {
      execFileSync('ln', [
        '-s',
        execFileSync('which', [program]).toString().trim(),
        join(empty, program),
      ])
    }
    assert.match(
      await refused([
        `SetEnv HOME=${home} PATH=${empty}`,
        `ForceCommand exec sh -c "$SSH_ORIGINAL_COMMAND"`,
      ]),
      /it has no bash/,
    )
  })

  it('is refused where a start-up file puts another shell in the shell’s place', async () => {
    writeFileSync(join(home, '.bash_profile'), 'exec dash -i\n')
    assert.match(await refused([]), /another shell/)
  })

  it('shows what start-up files print, and not the shell’s own prompt', async () => {
    writeFileSync(
      join(home, '.bash_profile'),
      "echo Welcome to $HOSTNAME; PS1='\\u says '; cd /tmp\n",
    )
    sshd = await target()
    session = new Supervised(sshd, { policy: POLICY })
    await session.until(/says $/)
    assert.match(plain(session.shown), /^Welcome to \S+\r\n\S+ says $/)
    session.type('pwd\r')
    await session.until(/\n\/tmp\r\n/)
  })

  it('is not misled by start-up files that define what its own lines use', async () => {
    writeFileSync(
      join(home, '.bash_profile'),
      "printf() { echo fooled; }; eval() { echo fooled; }; exec() { echo fooled; }\nalias unset='echo fooled'\nset -v; PROMPT_COMMAND='echo fooled'; PS4='fooled '\n",
    )
    const opened = await open()
    assert.equal(await opened.run('echo fine'), 'fine\r\n')
  })

  it('works for a terminal without cursor keys', async () => {
    const opened = await open([], { terminal: { term: 'dumb' } })
    assert.equal(await opened.run('echo plain'), 'plain\r\n')
    // oxlint-disable-next-line no-control-regex -- control sequences are what this looks for
    assert.doesNotMatch(session?.shown ?? '', /\x1b/)
  })

  it('runs POSIX sh where the target is registered so', async () => {
    const opened = await open([], { shell: 'sh' })
    assert.match(await opened.run('echo $0'), /^\/dev\/pts\//)
    assert.match(await opened.run('[[ -n x ]] && echo bash'), /denied/)
  })

  describe('when something on the target meddles', () => {
    /** Where the driver's lines come from: the terminal of the process that only sleeps. */
    async function controlTerminal(): Promise<string> {
      const shell = (await session?.run('echo $$'))?.trim() ?? ''
      return execFileSync('readlink', [`/proc/${shell}/fd/0`])
        .toString()
        .trim()
    }

    it('is not told commands by what is written to its control terminal', async () => {
      await open()
      const control = await controlTerminal()
      writeFileSync(control, `touch ${home}/pwned\n`)
      await session?.run(`echo 'touch ${home}/pwned' > ${control}`)
      await session?.run(`seq 1 100000 > ${control}`)
      assert.equal(await session?.run('echo still here'), 'still here\r\n')
      assert.equal(existsSync(join(home, 'pwned')), false)
    })

    it('takes no report that it did not ask for', async () => {
      await open()
      const control = await controlTerminal()
      for (const kind of ['E', 'S', 'X', 'P', 'H', 'B']) {
        const nonce = 'ab'.repeat(12)
        writeFileSync(control, `\x1e${kind}${nonce}\x1f0\x1f/\x1f/\x1f/\n.\x1f$ \x1f${nonce}\x1e`)
      }
      await session?.run('cd /tmp')
      assert.equal(await session?.run('pwd'), '/tmp\r\n')
    })

    it('is told to go on by three ^C when it was stopped', async () => {
      await open()
      session?.type('kill -STOP $$; echo went on\r')
      await sleep(300)
      session?.type('\x03\x03\x03')
      await session?.until(/\r\n[^]*[#$] $/, session.shown.length)
      assert.equal(await session?.run('echo and on'), 'and on\r\n')
    })

    it('can be left when its own shell was stopped, and leaves nothing behind', async () => {
      await open()
      const shell = (await session?.run('echo $$'))?.trim() ?? ''
      session?.type('kill -STOP $$\r')
      await sleep(300)
      session?.type('\x03\x03\x03echo x\r')
      await session?.leave()
      await gone(shell)
    })
  })

  describe('when somebody goes', () => {
    /** Starts programs in front, behind, stopped and with nohup; gives the driver shell's process. */
    async function busy(): Promise<string> {
      await open()
      const shell = (await session?.run('echo $$'))?.trim() ?? ''
      await session?.run('sleep 1001 &')
      await session?.run(`nohup sleep 1002 > ${home}/nohup.out 2>&1 &`)
      session?.type('sleep 1003\r')
      await sleep(300)
      session?.type('\x1a')
      await session?.until(/Stopped[^]*[#$] $/)
      session?.type('sleep 1004\r')
      await sleep(300)
      return shell
    }

    async function onlyNohup(shell: string): Promise<void> {
      await gone(shell)
      // What nobody has reaped yet runs no more.
      const left = processes().filter(
        ({ session: of, command }) => of === shell && !command.includes('<defunct>'),
      )
      assert.deepEqual(
        left.map(({ command }) => command),
        ['sleep 1002'],
      )
      for (const { pid } of left) process.kill(Number(pid), 'SIGKILL')
    }

    it('leaves nothing running but what nohup asked for: the agent hangs up', async () => {
      const shell = await busy()
      await session?.leave()
      await onlyNohup(shell)
      const ended = session?.events.filter(event => event.kind === 'command-ended').at(-1)
      assert.match(
        (ended?.kind === 'command-ended' && ended.fault) || '',
        /the agent hung up; .*SIGHUP/,
      )
    })

    it('leaves nothing running but what nohup asked for: the grant is revoked', async () => {
      const shell = await busy()
      session?.world.end({ because: 'grant-revoked', reason: 'incident 4411' })
      await session?.finished
      assert.match(
        `${session?.shown}${session?.agent.told}`,
        /sallyport: session ended: your grant was revoked: incident 4411/,
      )
      await onlyNohup(shell)
    })

    it('leaves nothing running but what nohup asked for: exit', async () => {
      const shell = await busy()
      session?.type('\x03')
      await sleep(300)
      session?.type('exit 4\r')
      await session?.finished
      assert.deepEqual(session?.agent.exit, { status: 4 })
      await onlyNohup(shell)
    })

    it('ends when the target goes', async () => {
      await open()
      session?.type('sleep 1005\r')
      await sleep(200)
      sshd?.cutOff()
      await session?.finished
      assert.deepEqual(session?.agent.exit, { status: 255 })
    })
  })

  it('takes the newest of ten thousand sizes, in the shell and in front of a full screen', async () => {
    let sent = 0
    await open([], {
      policy: `${POLICY}\n  - id: screens\n    program: top\n    verdict: allow\n    input: raw\n    escapes: accepted\n`,
      tap: real => counting(real, () => (sent += 1)),
    })
    session?.type('echo one two three four')
    await session?.storm(10_000, 80, 24)
    session?.type('\r')
    await session?.until(/one two three four\r\n.*[#$] $/)
    session?.type('top\r')
    await session?.until(/PID/)
    await session?.storm(10_000, 101, 37)
    await sleep(300)
    session?.type('q')
    await session?.until(/[#$] $/, session.shown.length)
    assert.equal(await session?.run('stty size'), '37 101\r\n')
    const taped = session?.world.story.filter(line => line.startsWith('taped size')) ?? []
    assert.equal(taped.at(-1), 'taped size 101×37')
    assert.ok(taped.length < 1000, String(taped.length))
    // To the shell's terminal each, and to top's while it ran.
    assert.ok(sent <= taped.length * 2, String(sent))
  })

  it('writes down each command with its place in the recording', async () => {
    await open()
    await session?.run('echo one')
    await session?.run('dd')
    await session?.run('false')
    const kinds = session?.events.map(event =>
      event.kind === 'command-decided'
        ? `${event.verdict} ${'text' in event.line ? event.line.text : ''}`
        : event.kind === 'command-ended'
          ? `ended ${JSON.stringify(event.exit)}`
          : event.kind,
    )
    assert.deepEqual(kinds, [
      'channel-opened',
      'target-connected',
      'allow echo one',
      'ended {"status":0}',
      'deny dd',
      'allow false',
      'ended {"status":1}',
    ])
    const [one, oneEnded, denied, , falseEnded] = session?.events.slice(2) ?? []
    const [directory] = /^\/.*/.exec((await session?.run('pwd')) ?? '') ?? []
    assert.ok(one?.kind === 'command-decided' && denied?.kind === 'command-decided')
    assert.ok(oneEnded?.kind === 'command-ended' && falseEnded?.kind === 'command-ended')
    assert.deepEqual(
      [one, denied].map(({ form, terminal, rule, input, workingDirectory }) => [
        form,
        terminal,
        rule,
        input,
        workingDirectory,
      ]),
      [
        ['interactive', true, 'speak', 'none', directory],
        ['interactive', true, 'default', 'none', directory],
      ],
    )
    assert.deepEqual([one.forwarded, denied.forwarded], [{ text: 'echo one' }, null])
    const { decision, durationMs, workingDirectory, stdout, recording } = oneEnded
    assert.deepEqual([decision, falseEnded.decision], [2, 5])
    assert.deepEqual([workingDirectory, stdout.bytes], [directory, 'one\r\n'.length])
    assert.ok(durationMs >= 0 && durationMs < 60_000)
    const taped = session?.world.taped.filter(
      ({ atMs }) => recording.fromMs < atMs && atMs <= recording.toMs,
    )
    assert.equal(taped?.map(({ text }) => text).join(''), 'one\r\n')
  })

  it('records what the agent saw: prompt, typing, output, denial', async () => {
    await open()
    await session?.run('echo one')
    await session?.run('dd')
    const taped = plain(session?.world.taped.map(({ text }) => text).join('') ?? '')
    assert.match(taped, /[#$] echo one\r\none\r\n[^]*[#$] dd\r\nsallyport: denied: [^]*[#$] $/)
    assert.equal(taped, plain(session?.shown ?? ''))
  })

  it('shows nothing that is not on tape', async () => {
    await open()
    await session?.run('seq 1 2000')
    const story = session?.world.story ?? []
    const taped = story.filter(line => line.startsWith('taped stdout')).length
    assert.ok(taped > 0)
    const firstShown = story.findIndex(line => line.startsWith('showed'))
    const firstTaped = story.findIndex(line => line.startsWith('taped'))
    assert.ok(firstTaped < firstShown)
  })

  it('gives the login’s own shell where the policy is unfiltered, and says so', async () => {
    await open([], { policy: 'version: 1\nname: test\nunfiltered: true\n' })
    assert.match((await session?.run(`touch ${home}/made; ls ${home}`)) ?? '', /made/)
    const decided = session?.events.find(event => event.kind === 'command-decided')
    assert.equal(decided?.kind === 'command-decided' && decided.unfiltered, true)
    assert.equal(readFileSync(join(home, 'made'), 'utf8'), '')
  })

  it('is refused where a start-up file puts another program in the shell’s place', async () => {
    await silent.session.finished
    assert.deepEqual(silent.session.agent.exit, { status: 126 })
    assert.match(silent.session.agent.told, /its shell did not answer; a start-up file may/)
  })
})

/** A target that tells of each size it is sent. */
function counting(real: Targetward, count: () => void): Targetward {
  return {
    dial: async (...errand) => {
      const dialled = await real.dial(...errand)
      if (!dialled.ok) return dialled
      const connection: TargetConnection = {
        ...dialled.value,
        exec: async (...program) => {
          const channel = await dialled.value.exec(...program)
          return {
            ...channel,
            resize: (...size) => {
              count()
              channel.resize(...size)
            },
          }
        },
      }
      return { ok: true, value: connection }
    },
  }
}

/** Resolves when the process is gone. */
async function gone(pid: string): Promise<void> {
  while (existsSync(`/proc/${pid}`)) await sleep(50)
}

function processes(): { pid: string; session: string; command: string }[] {
  return execFileSync('ps', ['-eo', 'pid=,sess=,args='])
    .toString()
    .split('\n')
    .flatMap(line => {
      const [, pid = '', session = '', command = ''] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? []
      return pid === '' ? [] : [{ pid, session, command }]
    })
}
