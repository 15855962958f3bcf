import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Sshd, startSshd } from '../../support/sshd.ts'
import { EVERYDAY, plain, Supervised } from './supervised.ts'

const ONE_BY_ONE = EVERYDAY.replace(
  'default: deny',
  'default: deny\ninteractive: { fallback: one-by-one }',
)
const RAW =
  '  - id: screens\n    program: less\n    verdict: allow\n    input: raw\n    escapes: accepted\n'

describe('an interactive session whose commands run one by one', function () {
  this.timeout(60_000)
  let home: string
  let sshd: Sshd
  let session: Supervised

  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'sallyport-one-by-one-'))
  })
  afterEach(async () => {
    await session.leave()
    await sshd.stop()
    rmSync(home, { recursive: true })
  })

  async function open(lines: readonly string[], policy = ONE_BY_ONE): Promise<Supervised> {
    sshd = await startSshd({ lines, environment: { HOME: home } })
    session = await Supervised.start(sshd, { policy })
    return session
  }

  it('runs each by itself where there is no terminal to be had', async () => {
    const opened = await open(['PermitTTY no'], `${ONE_BY_ONE}\n${RAW}`)
    assert.match(
      plain(opened.shown),
      /^sallyport: no shell here can be supervised: the target gives no terminal; each command runs by itself, .*\r\n\S+@box \(one by one\)[#$] $/,
    )
    assert.equal(await opened.run('cd /tmp; x=1; pwd'), '/tmp\r\n')
    assert.equal(await opened.run('pwd; echo "[$x]"'), `${userInfo().homedir}\r\n[]\r\n`)
    assert.equal(await opened.run('false'), '')
    assert.equal(await opened.run('cat'), '')
    assert.equal(await opened.run('tty'), 'not a tty\r\n')
    assert.match(await opened.run('dd'), /^sallyport: denied: /)
    writeFileSync(join(home, 'text'), 'one\ntwo\n')
    assert.equal(await opened.run(`less ${home}/text`), 'one\r\ntwo\r\n')
    const decided = opened.events.filter(event => event.kind === 'command-decided')
    assert.ok(decided.every(({ terminal, input }) => !terminal && input === 'none'))
    const statuses = opened.events.flatMap(event =>
      event.kind === 'command-ended' ? [event.exit] : [],
    )
    assert.deepEqual(statuses.slice(0, 3), [{ status: 0 }, { status: 0 }, { status: 1 }])
    opened.type('\x1b[A\x1b[A\r')
    await opened.until(/denied: [^]*denied: /)
    opened.type('exit 5\r')
    await opened.finished
    assert.deepEqual(opened.agent.exit, { status: 5 })
  })

  // sshd signals nobody's programs but an ordinary user's, and then the first ^C is enough.
  it('ends a command at the third ^C at the latest', async () => {
    const opened = await open(['PermitTTY no'])
    opened.type('sleep 3; echo not here\r')
    await sleep(300)
    const from = opened.shown.length
    opened.type('\x03\x03\x03')
    await opened.until(/[#$] $/, from)
    assert.equal(await opened.run('echo on'), 'on\r\n')
    assert.ok(!/^not here/m.test(plain(opened.shown)))
  })

  it('hands each to a forced command, which has the last word', async () => {
    const opened = await open(['ForceCommand echo "asked for: $SSH_ORIGINAL_COMMAND"'])
    assert.match(await opened.run('echo x'), /^asked for: exec bash -c 'echo x'\r\n/)
    assert.match(await opened.run('dd'), /denied/)
  })

  it('is refused all the same where the target cannot be reached', async () => {
    sshd = await startSshd()
    session = new Supervised(sshd, { policy: ONE_BY_ONE, port: 1 })
    await session.finished
    assert.match(session.agent.told, /denied: target box cannot be reached/)
  })

  for (const [when, line] of [
    ['between two commands', null],
    ['while a command runs', 'sleep 2'],
  ] as const) {
    it(`ends when the target goes ${when}`, async () => {
      const opened = await open(['PermitTTY no'])
      await opened.run('echo x')
      const from = opened.shown.length
      if (line !== null) {
        opened.type(`${line}\r`)
        await sleep(300)
      }
      sshd.cutOff()
      await opened.finished
      const told = plain(opened.shown.slice(from))
      assert.match(
        told,
        /^sallyport: session ended: the connection to box was lost: .*; a command that ran there may still run; reconnect/m,
      )
      assert.equal(told.match(/one by one/g)?.length ?? 0, 0, 'no prompt after that')
      if (line === null) return
      const ended = opened.events.findLast(event => event.kind === 'command-ended')
      assert.ok(ended?.kind === 'command-ended' && ended.exit === null)
      assert.match(ended.fault ?? '', /connection to box was lost/)
    })
  }

  it('writes down what the target was asked, how it ended and how much it printed', async () => {
    const opened = await open(['PermitTTY no'])
    await opened.run("echo 'one\ntwo'; cat /nowhere")
    await opened.run("sh -c 'kill -KILL $$'")
    opened.type('ls /\t\x03')
    await opened.run('echo on')
    const decided = opened.events.filter(event => event.kind === 'command-decided')
    assert.ok(decided.every(({ form }) => form === 'interactive'))
    const [first] = decided
    assert.match(
      first?.forwarded !== null && first !== undefined && 'text' in first.forwarded
        ? first.forwarded.text
        : '',
      /^exec bash -c /,
    )
    const [printed, killed] = opened.events.filter(event => event.kind === 'command-ended')
    assert.deepEqual(printed?.stdout, { bytes: 'one\ntwo\n'.length })
    assert.ok((printed?.stderr.bytes ?? 0) > 20)
    assert.ok(killed?.exit && 'signal' in killed.exit && killed.exit.signal === 'KILL')
  })

  it('lets the agent go at once', async () => {
    const opened = await open(['PermitTTY no'])
    opened.type('exit\r')
    const begunAt = performance.now()
    await opened.finished
    // Two seconds are how long last words are waited for.
    assert.ok(performance.now() - begunAt < 1900)
  })
})
