import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { CONTROL_TERMINAL } from '../../server/core/shell/driver-protocol/startup.ts'
import { Bastion, collect, type Outcome } from '../support/bastion.ts'
import { commandsOf, type Reader, readerOf } from '../support/evidence-reader.ts'
import { register } from '../support/registered.ts'
import { TracedTarget } from '../support/traced-target.ts'

/** Ways to have `pwned` run, each of which a policy that does not allow `pwned` must stop. */
const LINES = [
  'pwned',
  ' pwned',
  'pwned --harmless',
  'echo ok; pwned',
  'echo ok && pwned',
  'false || pwned',
  'echo ok | pwned',
  'echo ok & pwned',
  'echo ok\npwned',
  'echo $(pwned)',
  'echo "$(pwned)"',
  'echo `pwned`',
  'echo ok > >(pwned)',
  'cat <(pwned)',
  'cat <<E\n$(pwned)\nE',
  "p'w'ned",
  'pw\\ned',
  '\\pwned',
  '/usr/bin/pwned',
  './pwned',
  'X=1 pwned',
  'env pwned',
  'command pwned',
  'eval pwned',
  'exec pwned',
  'bash -c pwned',
  'sh <<< pwned',
  'time pwned',
  'xargs pwned',
  '! pwned',
  '( pwned )',
  '{ pwned; }',
  'if true; then pwned; fi',
  'for i in 1; do pwned; done',
  'x=pwned; $x',
  'echo ok;\tpwned',
  'echo ok #\npwned',
  'echo \\\n; pwned',
  '-pwned',
  `echo ${'a'.repeat(20_000)}; pwned`,
]

describe('a denied command', function () {
  this.timeout(180_000)
  let bastion: Bastion
  let target: TracedTarget
  let reader: Reader
  let key: string
  let user: string

  before(async () => {
    target = await TracedTarget.start()
    bastion = new Bastion()
    await bastion.up()
    await register(bastion, target.sshd, 'agent-7', 'T-1')
    key = await bastion.agent('agent-7', 'T-1')
    user = `${target.sshd.login}+box`
    reader = await readerOf(bastion)
    target.witness = async command => {
      const decided = await commandsOf(reader)
      return decided.some(
        event =>
          event.verdict === 'allow' &&
          event.forwarded !== null &&
          'text' in event.forwarded &&
          event.forwarded.text === command,
      )
    }
  })

  after(async () => {
    await reader?.close()
    await bastion?.stop()
    await target?.stop()
  })

  it('never reaches the target as an exec request, however it is written', async () => {
    for (const line of LINES) {
      const { status, stderr } = await bastion.exec(key, user, line)
      assert.equal(
        status,
        126,
        `${JSON.stringify(line.slice(0, 60))} ended with ${status}: ${stderr}`,
      )
      assert.match(
        stderr,
        /^sallyport: denied: .+ \(rule \S+, event [0-9a-f-]{36}:\d+\)\r?$/m,
        line.slice(0, 60),
      )
    }
  })

  it('never reaches the target with a terminal', async () => {
    for (const line of LINES.slice(0, 12)) {
      const { status } = await bastion.exec(key, user, line, '', ['-tt'])
      assert.equal(status, 126, line)
    }
  })

  it('never reaches the target by any other request', async () => {
    const attempts: [string, string[], string[], string][] = [
      ['a shell', [], [], 'pwned\nexit\n'],
      ['a shell with a terminal', [], ['-tt'], 'pwned\rexit\r'],
      ['a subsystem', ['pwned'], ['-s'], ''],
      ['sftp', ['sftp'], ['-s'], 'pwned'],
      ['standard input of an allowed program', ['cat'], [], 'pwned\n'],
      [
        'the environment',
        ['true'],
        ['-o', 'SetEnv=BASH_ENV=pwned', '-o', 'SetEnv=LC_ALL=pwned'],
        '',
      ],
      ['a local forward', ['true'], ['-o', 'ExitOnForwardFailure=yes', '-L', '0:127.0.0.1:22'], ''],
      ['a remote forward', ['true'], ['-o', 'ExitOnForwardFailure=no', '-R', '0:127.0.0.1:22'], ''],
      ['-W', [], ['-W', '127.0.0.1:22'], 'pwned\n'],
      ['agent forwarding', ['true'], ['-A'], ''],
      ['X11 forwarding', ['true'], ['-X'], ''],
    ]
    for (const [what, command, more, input] of attempts) {
      const child = bastion.ssh(key, user, command, more)
      child.stdin?.on('error', () => {}) // The bastion may hang up before it is all written.
      child.stdin?.end(input)
      const { status } = await collect(child)
      assert.notEqual(status, null, what)
    }
  })

  it('never reaches the target from the force-command of a certificate', async () => {
    const forced = await bastion.agent('agent-7', 'T-1', 'ecdsa')
    const sign = [
      '-q',
      '-s',
      join(bastion.folder, 'keys/user_ca'),
      '-I',
      'forced',
      '-n',
      'agent-7',
      '-V',
      '-1m:+5m',
    ]
    execFileSync('ssh-keygen', [...sign, '-O', 'force-command=pwned', `${forced}.pub`])
    const { status, stderr } = await bastion.exec(forced, user, 'echo ok')
    assert.equal(status, 126)
    assert.match(stderr, /^sallyport: denied: /)
  })

  it('leaves a trace of allowed commands only, each decided before it arrived', async () => {
    const greeting: Outcome = await bastion.exec(key, user, "echo 'allowed and traced'")
    assert.deepEqual([greeting.status, greeting.stdout], [0, 'allowed and traced\n'])

    assert.ok(target.commands.length >= 3, `${target.commands.length} commands traced`)
    assert.deepEqual(
      target.commands.filter(({ command }) => command.includes('pwned')),
      [],
    )
    assert.deepEqual(
      target.commands.filter(({ command, witnessed }) => !witnessed && !isDriver(command)),
      [],
    )
  })

  it('is evidence: every attempt is an event with its verdict and rule', async () => {
    const decided = await commandsOf(reader)
    for (const line of LINES.filter(text => text.length < 16_384 && !text.startsWith('-'))) {
      const events = decided.filter(({ line: sent }) => 'text' in sent && sent.text === line)
      assert.ok(events.length > 0, `no event for ${JSON.stringify(line)}`)
      for (const event of events) assert.equal(event.verdict, 'deny', line)
    }
  })
})

/** The bastion's own parts of an interactive session, which hold no word of the agent's (core/shell/driver-protocol). */
function isDriver(command: string): boolean {
  return (
    command === CONTROL_TERMINAL ||
    /^exec \/bin\/sh -c '(?:IFS= read -r n <\/dev\/pts\/\d+; |while IFS= read -r q; do )/.test(
      command,
    )
  )
}
