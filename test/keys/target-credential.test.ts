import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { issueTargetCertificate } from '../../server/core/certificate/issue.ts'
import { parseCertificate } from '../../server/core/certificate/parse.ts'
import { readRestrictions } from '../../server/core/certificate/restrictions.ts'
import { LOGIN_KEY_KINDS, type LoginKeyKind } from '../../server/core/ports/channels.ts'
import { type Keys, openKeys } from '../../server/keys/open-keys.ts'
import {
  makeTargetCredential,
  type TargetCredentialTerms,
} from '../../server/keys/target-credential.ts'
import { logInRaw } from '../support/raw-login.ts'
import { offeredAs, softwareKey } from '../support/software-keys.ts'
import { type Sshd, startSshd } from '../support/sshd.ts'

/** When it is asked for: this file is read minutes before its turn in the whole test run. */
const current = (): bigint => BigInt(Math.floor(Date.now() / 1000))

describe('a certificate for one session', () => {
  let folder = ''
  let keys: Keys
  let sshd: Sshd
  let terms: TargetCredentialTerms

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sallyport-target-'))
    keys = await openKeys(folder)
    sshd = await startSshd({ lines: [`TrustedUserCAKeys "${join(folder, 'target_ca.pub')}"`] })
    const session = '0199aa00-0000-7000-8000-000000000000'
    terms = {
      agent: 'alice',
      task: 'deploy',
      login: sshd.login,
      session,
      sourceAddress: '127.0.0.1',
    }
  })

  after(async () => {
    await sshd?.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  const logIn = async (
    change: Partial<TargetCredentialTerms>,
    from = '127.0.0.1',
    at = current(),
    kind: LoginKeyKind = 'ed25519',
  ) => {
    const all = { ...terms, ...change }
    const credential = await makeTargetCredential(keys.targetCa, all, kind, at)
    const server = { ...sshd, localAddress: from }
    const { isAccepted } = await logInRaw(server, {
      algorithm: credential.algorithm,
      blob: credential.blob,
      sign: bytes => credential.sign(bytes),
    })
    return isAccepted
  }

  it('lets the bastion log in to a target that trusts the target CA', async () => {
    for (const kind of LOGIN_KEY_KINDS) {
      assert.equal(await logIn({}, '127.0.0.1', current(), kind), true, kind)
    }
  })

  it('lets nobody log in as somebody else', async () => {
    assert.equal(await logIn({ login: 'somebody-else' }), false)
  })

  it('is of no use from another address', async () => {
    assert.equal(await logIn({}, '127.0.0.2'), false)
    assert.equal(await logIn({ sourceAddress: null }, '127.0.0.2'), true)
  })

  it('is of no use minutes later', async () => {
    assert.equal(await logIn({}, '127.0.0.1', current() - 120n), false)
    assert.equal(await logIn({}, '127.0.0.1', current() - 60n), true)
  })

  it('does not come from the user CA: a target never lets an agent’s own certificate in', async () => {
    const agent = softwareKey('ssh-ed25519')
    const blob = issueTargetCertificate(
      {
        ...terms,
        key: agent.publicKey,
        nonce: new Uint8Array(32),
        serial: 1n,
        validAfter: current() - 60n,
        validBefore: current() + 60n,
      },
      keys.userCa,
    )
    const sign = (bytes: Uint8Array) => agent.sign(bytes)
    const offer = { algorithm: offeredAs('ssh-ed25519'), blob, sign }
    assert.equal((await logInRaw(sshd, offer)).isAccepted, false)
  })

  it('names agent, task and session in its key id, and permits a terminal and nothing else', async () => {
    const { blob } = await makeTargetCredential(keys.targetCa, terms, 'ed25519', current())
    const parsed = parseCertificate(blob)
    assert.ok(parsed.ok)
    assert.equal(parsed.value.keyId, `alice/deploy session ${terms.session}`)
    assert.deepEqual(
      parsed.value.extensions.map(({ name }) => name),
      ['permit-pty'],
    )
    assert.equal(readRestrictions(parsed.value).ok, true)
    assert.ok(parsed.value.validBefore - parsed.value.validAfter <= 300n)
  })

  it('is for a key of its own each time', async () => {
    const make = async () => {
      const made = await makeTargetCredential(keys.targetCa, terms, 'rsa', current())
      const parsed = parseCertificate(made.blob)
      assert.ok(parsed.ok)
      return parsed.value
    }
    const [one, other] = [await make(), await make()]
    assert.notDeepEqual(one.key.blob, other.key.blob)
    assert.notEqual(one.serial, other.serial)
  })
})
