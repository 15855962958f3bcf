import assert from 'node:assert/strict'
import { Bastion, collect } from '../support/bastion.ts'
import { type Conversation, converse } from '../support/conversation.ts'
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

  async function talkAs(agent: string): Promise<Conversation> {
    return converse(bastion, await bastion.agent(agent, 'T-1'), user)
  }

  it('ends when its grant is revoked, with the sentence, and nothing more is forwarded', async () => {
    const id = await grant(bastion, sshd, 'agent-revoked', 'T-1')
    const { child, echo, said } = await talkAs('agent-revoked')
    await echo('before')

    const outcome = collect(child)
    const told = await bastion.must('grant', 'revoke', id, '--reason', 'incident 4411')
    child.stdin?.write('after\n')
    const { status, stderr } = await outcome

    assert.match(told, /\b1\b.*session/)
    assert.match(
      stderr,
      /^sallyport: session ended: your grant was revoked: incident 4411; stop here, .*\r?$/m,
    )
    assert.notEqual(status, 0)
    assert.doesNotMatch(said(), /after/)
    const ended = (await eventsOf(reader)).findLast(event => event.kind === 'command-ended')
    assert.match(ended?.fault ?? '', /may still run on the target/)
  })

  it('ends when its grant expires, with the sentence', async () => {
    await grant(bastion, sshd, 'agent-expired', 'T-1', '6s')
    const { child } = await talkAs('agent-expired')
    const { status, stderr } = await collect(child)
    assert.match(stderr, /^sallyport: session ended: your grant has expired/m)
    assert.notEqual(status, 0)
  })

  it('ends when an administrator terminates it, with who and why', async () => {
    await grant(bastion, sshd, 'agent-terminated', 'T-1')
    const { child } = await talkAs('agent-terminated')
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
