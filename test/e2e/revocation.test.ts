import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Bastion, collect } from '../support/bastion.ts'
import { type Conversation, converse } from '../support/conversation.ts'
import { register } from '../support/registered.ts'
import { type Sshd, startSshd } from '../support/sshd.ts'

const REVOKED = /^sallyport: session ended: your certificate was revoked; request a new one/m
const DISTRUSTED =
  /^sallyport: session ended: the authority that signed your certificate is no longer trusted/m

describe('a live session whose certificate counts no more', function () {
  this.timeout(120_000)
  let bastion: Bastion
  let sshd: Sshd
  let user: string

  before(async () => {
    sshd = await startSshd()
    bastion = new Bastion()
    await bastion.up()
    await register(bastion, sshd, 'web-fixer', 'T-1')
    user = `${sshd.login}+box`
  })
  after(async () => {
    await bastion?.stop()
    await sshd?.stop()
  })

  /** A session under a certificate of its own. */
  async function session() {
    const key = await bastion.agent('web-fixer', 'T-1')
    const shown = execFileSync('ssh-keygen', ['-L', '-f', `${key}-cert.pub`], { encoding: 'utf8' })
    const [, keyId = ''] = /Key ID: "(.*)"/.exec(shown) ?? []
    const [, serial = ''] = /Serial: (\d+)/.exec(shown) ?? []
    const publicKey = readFileSync(`${key}.pub`, 'utf8')
    return { key, keyId, serial, publicKey, talk: await converse(bastion, key, user) }
  }

  async function endsWith(talk: Conversation, sentence: RegExp): Promise<void> {
    const { status, stderr } = await collect(talk.child)
    assert.match(stderr, sentence)
    assert.notEqual(status, 0)
  }

  it('ends when its serial is revoked, and the command says so', async () => {
    const { key, serial, talk } = await session()
    const [said] = await Promise.all([
      bastion.must('cert', 'revoke', '--serial', serial, '--reason', 'laptop stolen'),
      endsWith(talk, REVOKED),
    ])
    assert.match(said, /revoked; 1 live session ended/)
    const refused = await bastion.exec(key, user, 'echo again')
    assert.equal(refused.status, 255)
    assert.match(refused.stderr, /^sallyport: .*revoked/m)
  })

  it('ends when its key id is revoked', async () => {
    const { keyId, talk } = await session()
    await Promise.all([
      bastion.must('cert', 'revoke', '--key-id', keyId, '--reason', 'laptop stolen'),
      endsWith(talk, REVOKED),
    ])
  })

  it('ends when keys/revoked_keys names it, and no other does', async () => {
    const [bad, good] = [await session(), await session()]
    const keys = join(bastion.folder, 'keys')
    const [spec, draft] = [join(bastion.folder, 'spec'), join(bastion.folder, 'draft.krl')]
    writeFileSync(spec, `serial: ${bad.serial}\n`)
    execFileSync('ssh-keygen', ['-q', '-k', '-f', draft, '-s', join(keys, 'user_ca.pub'), spec])
    const ended = endsWith(bad.talk, REVOKED)
    renameSync(draft, join(keys, 'revoked_keys'))
    await ended
    await good.talk.echo('still here')
    good.talk.child.stdin?.end()
    assert.equal((await collect(good.talk.child)).status, 0)
  })

  it('ends when its key is in the list, by SHA-1 or by SHA-256', async () => {
    for (const digest of ['sha1', 'sha256']) {
      const { publicKey, talk } = await session()
      const [spec, draft] = [join(bastion.folder, 'spec'), join(bastion.folder, 'draft.krl')]
      writeFileSync(spec, `${digest}: ${publicKey}`)
      execFileSync('ssh-keygen', ['-q', '-k', '-f', draft, spec])
      const ended = endsWith(talk, REVOKED)
      renameSync(draft, join(bastion.folder, 'keys/revoked_keys'))
      await ended
    }
  })

  it('goes on when its CA is rotated, and ends when its CA is compromised', async () => {
    const { talk } = await session()
    await bastion.must('key', 'rotate', 'user_ca')
    const later = await session()
    await talk.echo('after the rotation')
    const ended = endsWith(later.talk, DISTRUSTED)
    await bastion.must('key', 'rotate', 'user_ca', '--compromised')
    await ended
    // Its own CA was merely replaced, before.
    await talk.echo('after the compromise')
    talk.child.stdin?.end()
    assert.equal((await collect(talk.child)).status, 0)
    assert.equal((await bastion.exec(later.key, user, 'echo again')).status, 255)
  })
})
