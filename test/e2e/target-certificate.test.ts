import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Certificate } from '../../server/core/certificate/certificate.ts'
import { parseCertificate } from '../../server/core/certificate/parse.ts'
import { type Keys, openKeys } from '../../server/keys/open-keys.ts'
import { makeTargetCredential } from '../../server/keys/target-credential.ts'
import { Bastion } from '../support/bastion.ts'
import { eventsOf, type Reader, readerOf } from '../support/evidence-reader.ts'
import { logInRaw } from '../support/raw-login.ts'
import { grant } from '../support/registered.ts'
import { type Sshd, startSshd } from '../support/sshd.ts'

const LONGEST_SECONDS = 300n

/** Prints what sshd was shown at the login; sshd(8) names the file where ExposeAuthInfo is on. */
const SHOW_CREDENTIAL = 'cat $SSH_USER_AUTH'

describe('a target that trusts the target CA and nothing else', function () {
  this.timeout(120_000)
  let bastion: Bastion
  let sshd: Sshd
  let reader: Reader
  let keys: Keys
  let agent: string
  let user: string

  before(async () => {
    bastion = new Bastion()
    await bastion.up()
    keys = await openKeys(join(bastion.folder, 'keys'))
    const principals = join(bastion.folder, 'principals')
    sshd = await startSshd({
      lines: [
        'AuthorizedKeysFile none',
        `TrustedUserCAKeys "${join(keys.folder, 'target_ca.pub')}"`,
        `AuthorizedPrincipalsFile "${principals}"`,
        'ExposeAuthInfo yes',
      ],
    })
    writeFileSync(principals, `${sshd.login}\n`)
    const words = `target add box --host ${sshd.host} --port ${sshd.port} --login ${sshd.login}`
    await bastion.must(...words.split(' '), '--host-key', sshd.hostKey, '--target-ca')
    agent = await bastion.agent('web-fixer', 'OPS-421')
    await grant(bastion, sshd, 'web-fixer', 'OPS-421', '1h', 'unfiltered')
    user = `${sshd.login}+box`
    reader = await readerOf(bastion)
  })

  after(async () => {
    await reader?.close()
    await bastion?.stop()
    await sshd?.stop()
  })

  /** The certificate that sshd saw in a session of its own. */
  async function shownCertificate(): Promise<Certificate> {
    const { status, stdout, stderr } = await bastion.exec(agent, user, SHOW_CREDENTIAL)
    assert.equal(status, 0, stderr)
    const [, method, algorithm, blob] = /^(\S+) (\S+) (\S+)$/m.exec(stdout) ?? []
    assert.equal(method, 'publickey')
    assert.equal(algorithm, 'ssh-ed25519-cert-v01@openssh.com')
    const parsed = parseCertificate(Buffer.from(blob ?? '', 'base64'))
    assert.ok(parsed.ok)
    return parsed.value
  }

  it('lets an agent’s session in, with a certificate that names agent, task and session', async () => {
    const certificate = await shownCertificate()
    const [session] = await reader.archive.sessions({ limit: 1 })
    assert.equal(certificate.keyId, `web-fixer/OPS-421 session ${session?.id}`)
    assert.deepEqual(certificate.principals, [sshd.login])
    assert.ok(certificate.validBefore - certificate.validAfter <= LONGEST_SECONDS)
    const [source] = certificate.criticalOptions
    assert.equal(source?.name, 'source-address')
    assert.match(Buffer.from(source?.data ?? []).toString(), /127\.0\.0\.1$/)

    const connected = (await eventsOf(reader)).findLast(({ kind }) => kind === 'target-connected')
    assert.ok(connected?.kind === 'target-connected')
    assert.equal(connected.certificate, String(certificate.serial))
  })

  it('gets another key in each session', async () => {
    const [one, other] = [await shownCertificate(), await shownCertificate()]
    assert.notDeepEqual(one.key.blob, other.key.blob)
    assert.notEqual(one.serial, other.serial)
  })

  it('is said to be one where it is shown', async () => {
    assert.match(
      await bastion.must('target', 'show', 'box'),
      /^logs in with +a certificate for each/m,
    )
    const shown = JSON.parse(await bastion.must('target', 'show', 'box', '--json')) as object
    assert.deepEqual((shown as { credential: unknown }).credential, {
      is: 'certificate',
      sourceAddress: { is: 'own' },
    })
    assert.match(await bastion.must('target', 'check', 'box'), /^ok /)
  })

  it('refuses a stolen certificate that is for another login', async () => {
    const attempt = async (login: string, localAddress?: string): Promise<boolean> => {
      const errand = { agent: 'web-fixer', task: 'OPS-421', session: 'stolen' }
      const now = BigInt(Math.floor(Date.now() / 1000))
      const terms = { ...errand, login, sourceAddress: '127.0.0.1' }
      const credential = await makeTargetCredential(keys.targetCa, terms, 'ed25519', now)
      const server = localAddress === undefined ? sshd : { ...sshd, localAddress }
      return (await logInRaw(server, { ...credential, sign: bytes => credential.sign(bytes) }))
        .isAccepted
    }
    assert.equal(await attempt('postgres'), false)
    assert.equal(await attempt(sshd.login, '127.0.0.2'), false)
    assert.equal(await attempt(sshd.login), true)
  })

  it('refuses the bastion’s own key', async () => {
    const words = `target add plain --host ${sshd.host} --port ${sshd.port} --login ${sshd.login}`
    await bastion.must(...words.split(' '), '--host-key', sshd.hostKey)
    const { status, stdout } = await bastion.run('target', 'check', 'plain')
    assert.equal(status, 1)
    assert.match(stdout, /does not accept the bastion's key/)
  })

  it('tells an agent what is wrong where the target sees the bastion under another address', async () => {
    const words = `target add afar --host ${sshd.host} --port ${sshd.port} --login ${sshd.login}`
    const how = ['--host-key', sshd.hostKey, '--target-ca', '--source-address', '192.0.2.0/24']
    await bastion.must(...words.split(' '), ...how)
    const { status, stdout } = await bastion.run('target', 'check', 'afar')
    assert.equal(status, 1)
    assert.match(
      stdout,
      /does not accept the bastion's certificate .*TrustedUserCAKeys.*--source-address/,
    )
  })
})
