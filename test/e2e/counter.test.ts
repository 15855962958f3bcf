import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { Bastion, collect } from '../support/bastion.ts'
import { TEST_POLICY } from '../support/registered.ts'
import { type Sshd, startSshd } from '../support/sshd.ts'

describe('ssh sallyport@bastion', function () {
  this.timeout(120_000)
  let bastion: Bastion
  let sshd: Sshd
  let agent: string

  before(async () => {
    sshd = await startSshd()
    bastion = new Bastion()
    bastion.write('var/policies/test.yaml', TEST_POLICY)
    await bastion.up()
    const words = `target add box --host ${sshd.host} --port ${sshd.port} --login ${sshd.login}`
    await bastion.must(...words.split(' '), '--host-key', sshd.hostKey, '--key', sshd.keyFile)
    agent = await bastion.agent('web-fixer', 'OPS-421')
  })
  after(async () => {
    await bastion?.stop()
    await sshd?.stop()
  })

  const ask = (...words: string[]) => collect(bastion.ssh(agent, 'sallyport', words))

  it('takes an agent from no grant to a command, and says what it needs on the way', async () => {
    const refused = await bastion.exec(agent, `${sshd.login}+box`, 'echo hello')
    assert.equal(refused.status, 126)

    assert.match((await ask('whoami')).stdout, /^agent +web-fixer$/m)
    assert.equal((await ask('grants', '--json')).stdout, '[]\n')
    // As an agent writes it in a shell: ssh takes the quotes away.
    const wish = [
      'request',
      'box',
      '--task',
      'OPS-421',
      '--reason',
      "users can't log in",
      '--for',
      '1h',
    ]
    const asked = await ask(...wish)
    assert.equal(asked.status, 0, asked.stderr)
    const id = asked.stdout.trim()
    assert.equal((await ask(...wish)).stdout.trim(), id)
    const waiting = JSON.parse((await ask('status', id, '--json')).stdout) as { state: string }
    assert.equal(waiting.state, 'waiting')

    const [listed] = JSON.parse(await bastion.must('request', 'list', '--json')) as {
      id: string
      reason: string
    }[]
    assert.equal(listed?.id, id)
    assert.equal(listed.reason, "users can't log in")
    const grant = await bastion.must('grant', 'create', '--request', id, '--policy', 'test')
    const granted = JSON.parse((await ask('status', id, '--json')).stdout) as Record<
      string,
      unknown
    >
    assert.equal(granted['state'], 'granted')
    assert.equal(granted['grant'], grant)
    assert.ok((await ask('grants')).stdout.includes(`ssh ${sshd.login}+box@bastion COMMAND`))
    assert.equal((await bastion.exec(agent, `${sshd.login}+box`, 'echo hello')).stdout, 'hello\n')
  })

  it('tells an agent that it was denied, and why', async () => {
    const asked = await ask('request', 'box', '--reason', 'again', '--for', '30d')
    const id = asked.stdout.trim()
    await bastion.must('request', 'deny', id, '--reason', 'a month is not an errand')
    const { status, stdout } = await ask('status', id)
    assert.equal(status, 1)
    assert.match(stdout, /^because +a month is not an errand$/m)
  })

  for (const [what, words, status, sentence] of [
    ['a command', ['uptime'], 2, /^sallyport: there is no command "uptime"; usage: whoami/m],
    [
      'another agent’s request',
      ['status', '01900000-0000-7000-8000-000000000000'],
      1,
      /you made no/,
    ],
    [
      'a login that is not there',
      ['request', 'box', '--reason', 'R', '--for', '1h', '--login', 'nobody1'],
      1,
      /has no login nobody1/,
    ],
  ] as const) {
    it(`answers ${what} with a sentence and status ${status}`, async () => {
      const answered = await ask(...words)
      assert.equal(answered.status, status)
      assert.match(answered.stderr, sentence)
      assert.equal(answered.stdout, '')
    })
  }

  it('refuses a shell, a file transfer and a forward, each in one sentence', async () => {
    const shell = await collect(bastion.ssh(agent, 'sallyport', []))
    assert.equal(shell.status, 126)
    assert.match(
      shell.stderr,
      /^sallyport: denied: an interactive shell is not offered here; .*help/m,
    )

    const sftp = await collect(bastion.ssh(agent, 'sallyport', ['sftp'], ['-s']))
    assert.equal(sftp.status, 126)
    assert.match(sftp.stderr, /^sallyport: denied: a subsystem is not offered here/m)

    const options = bastion.sshOptions(agent)
    const forward = spawn('ssh', [
      ...options,
      '-R',
      '0:127.0.0.1:1',
      'sallyport@127.0.0.1',
      'whoami',
    ])
    const { stderr } = await collect(forward)
    assert.match(stderr, /^sallyport: denied: the request tcpip-forward is not offered here/m)
  })
})
