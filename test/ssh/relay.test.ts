import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { type Keyring, makeKeyring, type Ran, runSsh } from '../support/ssh-client.ts'
import { type Sshd, startSshd } from '../support/sshd.ts'
import { type Bastion, relayTo, startBastion } from './bastion.ts'

describe('ssh through the bastion to a real target', () => {
  let keyring: Keyring
  let sshd: Sshd
  let bastion: Bastion
  let relay: ReturnType<typeof relayTo>
  let keyFile: string

  before(async () => {
    keyring = makeKeyring()
    sshd = await startSshd()
    relay = relayTo(sshd.target(), sshd.key)
    bastion = await startBastion(keyring, relay.serve)
    keyFile = keyring.certify()
  })

  after(async () => {
    await bastion.close()
    relay.close()
    await sshd.stop()
    keyring.remove()
  })

  const run = (
    command: string,
    input: string | Buffer = '',
    options: readonly string[] = [],
  ): Promise<Ran> =>
    runSsh(bastion.destination(keyFile), keyring.directory, { options, command: [command], input })

  it('brings output, error output and exit status', async () => {
    const ran = await run('echo out; echo err >&2; exit 7')
    assert.deepEqual(
      { ...ran, stdout: ran.stdout.toString() },
      { status: 7, stdout: 'out\n', stderr: 'err\n' },
    )
  })

  it('passes every kind of exit status on', async () => {
    for (const status of [0, 1, 126, 127, 128, 254, 255]) {
      assert.equal((await run(`exit ${status}`)).status, status)
    }
  })

  it('ends standard input where the client ends it, and output goes on', async () => {
    const ran = await run('cat; sleep 0.1; echo after', 'in\n')
    assert.equal(ran.stdout.toString(), 'in\nafter\n')
  })

  it('keeps standard output and standard error exact beyond the window', async () => {
    const bytes = 12 * 1024 * 1024
    const generate = `head -c ${bytes} /dev/zero | tr '\\0' o & head -c ${bytes} /dev/zero | tr '\\0' e >&2; wait`
    const ran = await run(generate)
    assert.equal(ran.status, 0)
    assert.equal(ran.stdout.length, bytes)
    assert.equal(ran.stderr.length, bytes)
    assert.equal(digest(ran.stdout), digest(Buffer.alloc(bytes, 'o')))
    assert.equal(digest(Buffer.from(ran.stderr)), digest(Buffer.alloc(bytes, 'e')))
  })

  it('stays exact while the client re-keys every megabyte', async () => {
    const bytes = 8 * 1024 * 1024
    const input = Buffer.alloc(bytes, 'some input')
    const ran = await run('cat; echo done >&2', input, ['-o', 'RekeyLimit=1M'])
    assert.equal(ran.status, 0)
    assert.equal(digest(ran.stdout), digest(input))
    assert.equal(ran.stderr, 'done\n')
  })

  it('takes a large standard input', async () => {
    const input = Buffer.alloc(8 * 1024 * 1024, 'abcdefg')
    const ran = await run('sha256sum', input)
    assert.equal(ran.stdout.toString().split(' ')[0], digest(input))
  })

  it('takes input that a program does not read', async () => {
    const ran = await run('true', Buffer.alloc(4 * 1024 * 1024))
    assert.equal(ran.status, 0)
  })
})

function digest(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex')
}
