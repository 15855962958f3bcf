import assert from 'node:assert/strict'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { Bastion, collect } from '../support/bastion.ts'
import { eventsOf, type Reader, readerOf } from '../support/evidence-reader.ts'
import { grant, register } from '../support/registered.ts'
import { type Sshd, startSshd } from '../support/sshd.ts'

describe('a live session', function () {
  this.timeout(120_000)
  let bastion: Bastion
  let sshd: Sshd
  let reader: Reader
  let user: string

  before(async () => {
    sshd = await startSshd()
    bastion = new Bastion()
    await bastion.up()
    await register(bastion, sshd, 'somebody', 'T-0')
    reader = await readerOf(bastion)
    user = `${sshd.login}+box`
  })

  after(async () => {
    await reader?.close()
    await bastion?.stop()
    await sshd?.stop()
  })

  /** A program that says a word and then echoes what it is sent, until somebody ends it. */
  async function converse(agent: string): Promise<{ child: ChildProcess; said: () => string }> {
    const key = await bastion.agent(agent, 'T-1')
    const child = bastion.ssh(key, user, ['echo started; cat'])
    child.stdin?.on('error', () => {}) // The other side is gone; that is the point of these tests.
    let text = ''
    child.stdout?.on('data', (chunk: Buffer) => {
      text += chunk.toString()
    })
    await untilSaid(child, () => text.includes('started'))
    return { child, said: () => text }
  }

  it('ends when its grant is revoked, with the sentence, and nothing more is forwarded', async () => {
    const id = await grant(bastion, sshd, 'agent-revoked', 'T-1')
    const { child, said } = await converse('agent-revoked')
    child.stdin?.write('before\n')
    await untilSaid(child, () => said().includes('before'))

    const outcome = collect(child)
    const told = await bastion.must('grant', 'revoke', id, '--reason', 'incident 4411')
    child.stdin?.write('after\n')
    const { status, stderr } = await outcome

    assert.match(told, /\b1\b.*session/)
    assert.match(stderr, /^sallyport: session ended: your grant was revoked: incident 4411\r?$/m)
    assert.notEqual(status, 0)
    assert.doesNotMatch(said(), /after/)
    const ended = (await eventsOf(reader)).findLast(event => event.kind === 'command-ended')
    assert.match(ended?.fault ?? '', /may still run on the target/)
  })

  it('ends when its grant expires, with the sentence', async () => {
    await grant(bastion, sshd, 'agent-expired', 'T-1', '6s')
    const { child } = await converse('agent-expired')
    const { status, stderr } = await collect(child)
    assert.match(stderr, /^sallyport: session ended: your grant has expired/m)
    assert.notEqual(status, 0)
  })

  it('ends when an administrator terminates it, with who and why', async () => {
    await grant(bastion, sshd, 'agent-terminated', 'T-1')
    const { child } = await converse('agent-terminated')
    const live = JSON.parse(await bastion.must('session', 'list', '--json')) as {
      id: string
      agent: string
      endedAtMs: number | null
    }[]
    const session = live.find(({ agent }) => agent === 'agent-terminated')
    const outcome = collect(child)
    await bastion.must('session', 'terminate', session?.id ?? '', '--reason', 'looks odd')
    assert.match(
      (await outcome).stderr,
      /^sallyport: session ended: .* ended this session: looks odd/m,
    )
  })

  it('is not opened again under the revoked grant', async () => {
    const key = await bastion.agent('agent-revoked', 'T-1')
    const { status, stderr } = await bastion.exec(key, user, 'echo again')
    assert.equal(status, 126)
    assert.match(
      stderr,
      /^sallyport: denied: no grant lets agent-revoked into .* \(rule no-grant, event -\)/m,
    )
  })
})

async function untilSaid(child: ChildProcess, isSaid: () => boolean): Promise<void> {
  while (!isSaid()) {
    if (child.exitCode !== null) throw new Error(`ssh ended with ${child.exitCode}`)
    await Promise.race([
      once(child.stdout as NonNullable<typeof child.stdout>, 'data'),
      once(child, 'exit'),
    ])
  }
}
