import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { notJudged } from '../../../server/core/policy/not-judged.ts'
import type { TargetConnection, Targetward } from '../../../server/core/ports/channels.ts'
import { FULL_SCREEN_TERMINAL } from '../../../server/core/shell/driver-protocol/full-screen.ts'
import { type Sshd, startSshd } from '../../support/sshd.ts'
import { EVERYDAY, plain, Supervised, type SupervisedOptions } from './supervised.ts'

const reading = (input: string): string =>
  `${EVERYDAY}
  - { id: read, program: less, verdict: allow, ${input} }
`

/** A last line begins a row of its own. */
const lastLine = (text: string): string =>
  plain(text)
    .trimEnd()
    .split(/[\r\n]+/)
    .at(-1) ?? ''

describe('the last words of an interactive session', function () {
  this.timeout(30_000)
  let sshd: Sshd
  let session: Supervised | null = null

  before(async () => {
    sshd = await startSshd()
  })
  after(() => sshd.stop())
  /** Rejections that nobody took: each would be the end of the whole process. */
  const stray: unknown[] = []
  const note = (reason: unknown): void => void stray.push(reason)
  beforeEach(() => process.on('unhandledRejection', note))
  afterEach(async () => {
    if (session !== null) session.world.keepTape = async () => {}
    await session?.leave()
    session = null
    process.off('unhandledRejection', note)
    assert.deepEqual(stray.splice(0), [])
  })

  async function open(options: SupervisedOptions = {}): Promise<Supervised> {
    session = await Supervised.start(sshd, options)
    return session
  }

  /** Waits for the end of the channel; gives what the agent read last. */
  async function ending(): Promise<string> {
    await session?.finished
    return lastLine(session?.shown ?? '')
  }

  function endedCommand(): { exit: unknown; fault: string | null } | undefined {
    return session?.events.findLast(event => event.kind === 'command-ended')
  }

  const taped = (): string => lastLine(session?.world.taped.map(({ text }) => text).join('') ?? '')

  it('say that the grant was revoked, below a line that was being written, and are recorded', async () => {
    await open()
    session?.type('echo half a line')
    await session?.until(/half a line$/)
    session?.type('\x1b[D\x1b[D\x1b[D')
    session?.world.end({ because: 'grant-revoked', reason: 'incident 4411' })
    assert.match(
      await ending(),
      /^sallyport: session ended: your grant was revoked: incident 4411; stop here, or ask/,
    )
    assert.deepEqual(session?.agent.exit, { status: 126 })
    assert.equal(taped(), await ending())
    // Pasting works as it did before, in the agent's own shell.
    assert.ok(session?.shown.includes('\r\n\x1b[?2004l\r'))
  })

  it('say that the grant was revoked while the shell starts', async () => {
    session = new Supervised(sshd)
    await sleep(50)
    session.world.end({ because: 'grant-expired' })
    await session.finished
    assert.match(
      session.agent.told,
      /^sallyport: (?:session ended|denied): your grant has expired; ask an administrator for a new one/,
    )
  })

  it('say that nothing can be recorded, where nothing can be recorded', async () => {
    await open()
    const { world } = session as Supervised
    world.keepTape = () => Promise.reject(new Error('the spool has held 512 MB for 60 s'))
    session?.type('echo x\r')
    assert.match(await ending(), /^sallyport: session ended: the bastion cannot keep its record/)
    assert.deepEqual(session?.agent.exit, { status: 126 })
  })

  it('say so when the recording fails while a command with a terminal begins', async () => {
    // The program speaks before its attendant is there.
    const tap = whenAsked(async command => {
      if (command.includes('while IFS= read -r q')) await sleep(500)
    })
    session = new Supervised(sshd, {
      policy: reading('input: line'),
      command: 'less /etc/passwd',
      tap,
    })
    session.world.keepTape = () => Promise.reject(new Error('no space left on device'))
    await session.finished
    assert.match(session.shown, /sallyport: .*the bastion cannot keep its record/)
  })

  it('say so when the recording fails while a full-screen program begins', async () => {
    const tap = whenAsked(async command => {
      if (command !== FULL_SCREEN_TERMINAL || session === null) return
      session.world.keepTape = () => Promise.reject(new Error('no space left on device'))
    })
    await open({ policy: reading('input: raw, escapes: accepted'), tap })
    session?.type('less /etc/passwd\r')
    assert.match(await ending(), /^sallyport: session ended: the bastion cannot keep its record/)
    assert.ok(!session?.shown.includes('daemon:'))
  })

  it('say so when the end of an unfiltered shell cannot be written down', async () => {
    await open({ policy: 'version: 1\nname: test\nunfiltered: true\n' })
    const { world } = session as Supervised
    world.failAppend = ({ kind }) => (kind === 'command-ended' ? new Error('no database') : null)
    world.keepTape = () => sleep(50)
    session?.type('kill -KILL $$\r')
    await session?.finished
    assert.match(session?.agent.told ?? '', /the bastion cannot keep its record/)
  })

  it('come through while the spool makes everybody wait', async () => {
    await open()
    const { world } = session as Supervised
    world.keepTape = () => new Promise(() => {})
    session?.type('sleep 60\r')
    await sleep(100)
    world.end({ because: 'node-cut-off' })
    assert.match(await ending(), /^sallyport: session ended: the bastion has lost touch with its/)
  })

  it('say that a decision cannot be written down, and the line does not run', async () => {
    await open()
    const { world } = session as Supervised
    world.failAppend = () => new Error('no database')
    session?.type('echo it ran | tr a-z A-Z\r')
    assert.match(await ending(), /^sallyport: session ended: the bastion cannot keep its record/)
    assert.ok(!session?.shown.includes('IT RAN'))
  })

  it('are only the refusal of a line when the judge is out of order', async () => {
    await open({
      judge: {
        judge: async (line, context) =>
          notJudged(line, context, 'crash', 'the judge is out of order'),
      },
    })
    assert.match(await (session as Supervised).run('echo x'), /^sallyport: denied: /)
    assert.match(await (session as Supervised).run('echo x'), /^sallyport: denied: /)
  })

  it('say which signal ended the shell', async () => {
    await open()
    session?.type('kill -KILL $$\r')
    assert.equal(
      await ending(),
      'sallyport: shell ended: box says that SIGKILL ended the shell; reconnect for a new one',
    )
    assert.deepEqual(endedCommand()?.fault?.split(';')[0], 'box says that SIGKILL ended the shell')
    assert.equal(taped(), await ending())
  })

  for (const [part, command] of [
    ['the control terminal', /^\/bin\/sh -c IFS= read -r n; printf/],
    ['the attendant', /^\/bin\/sh -c while IFS= read -r q/],
  ] as const) {
    it(`say that ${part} was ended, and the shell goes with it`, async () => {
      await open()
      const shell = (await session?.run('echo $$'))?.trim() ?? ''
      session?.type('sleep 61\r')
      await sleep(200)
      process.kill(besides(shell, command), 'SIGKILL')
      assert.match(
        await ending(),
        /^sallyport: shell ended: a process on box that the bastion needs .*; reconnect/,
      )
      assert.match(endedCommand()?.fault ?? '', /^a process on box/)
      assert.throws(() => process.kill(Number(shell), 0))
    })
  }

  it('say that the connection was lost, in front of a full-screen program too', async () => {
    await open({
      policy: reading('input: raw, escapes: accepted'),
      tap: hangingUp,
    })
    session?.type('less /etc/passwd\r')
    await session?.until(/daemon:/)
    hangUp()
    assert.match(
      await ending(),
      /^sallyport: shell ended: the connection to box was lost: .*; reconnect for a new one$/,
    )
    assert.match(endedCommand()?.fault ?? '', /^the connection to box was lost/)
    assert.ok(session?.events.some(({ kind }) => kind === 'target-failed'))
  })

  it('say that the target cannot be reached, and promise nothing', async () => {
    session = new Supervised(sshd, { port: 1 })
    await session.finished
    assert.match(
      session.agent.told,
      /^sallyport: denied: target box cannot be reached: .* \(rule default, event session-1:\d+\)\r\n$/,
    )
  })

  it('say that a further connection, which the target asks for, was refused', async () => {
    const single = await startSshd({ lines: ['MaxSessions 1'] })
    try {
      session = new Supervised(single, { tap: onlyOnce })
      await session.finished
      assert.match(session.agent.told, /^sallyport: denied: target box cannot be reached: busy/)
    } finally {
      await single.stop()
    }
  })

  it('say nothing where the agent itself left', async () => {
    await open()
    session?.type('exit 3\r')
    await session?.finished
    assert.ok(!session?.shown.includes('sallyport:'))
    assert.deepEqual(session?.agent.exit, { status: 3 })
  })

  let hangUp = (): void => {}

  /** A target whose connections can be cut from here. */
  function hangingUp(real: Targetward): Targetward {
    return {
      dial: async (...errand) => {
        const dialled = await real.dial(...errand)
        if (dialled.ok) hangUp = () => dialled.value.close()
        return dialled
      },
    }
  }

  function onlyOnce(real: Targetward): Targetward {
    let dials = 0
    return {
      dial: async (...errand) => {
        dials += 1
        if (dials === 1) return real.dial(...errand)
        return { ok: false, fault: { fault: 'busy', hostKeyFingerprint: null } }
      },
    }
  }
})

/** A target at which something happens before each command gets there. */
function whenAsked(happen: (command: string) => Promise<void>): (real: Targetward) => Targetward {
  return real => ({
    dial: async (...errand) => {
      const dialled = await real.dial(...errand)
      if (!dialled.ok) return dialled
      const connection: TargetConnection = {
        ...dialled.value,
        exec: async (command, options) => {
          await happen(new TextDecoder().decode(command))
          return dialled.value.exec(command, options)
        },
      }
      return { ok: true, value: connection }
    },
  })
}

/** The process of this command that belongs to the same sshd as the shell. */
function besides(shell: string, command: RegExp): number {
  const all = execFileSync('ps', ['axww', '-o', 'pid=,ppid=,args='], { encoding: 'utf8' })
    .split('\n')
    .map(line => /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line))
    .map(found => ({ pid: found?.[1] ?? '', parent: found?.[2] ?? '', args: found?.[3] ?? '' }))
  const parent = all.find(({ pid }) => pid === shell)?.parent
  const found = all.find(one => one.parent === parent && command.test(one.args))
  assert.ok(found)
  return Number(found.pid)
}
