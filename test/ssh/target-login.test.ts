import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { defaultLimits } from '../../server/config/limits.ts'
import { KEY_KINDS, type KeyKind } from '../../server/keys/key-names.ts'
import { openKeys } from '../../server/keys/open-keys.ts'
import { activateNextKey, prepareNextKey } from '../../server/keys/rotate-key.ts'
import { makeTargetCredential } from '../../server/keys/target-credential.ts'
import { createTargetward } from '../../server/ssh/upstream.ts'
import { testErrand } from '../support/errand.ts'
import { type Sshd, startSshd } from '../support/sshd.ts'

/** What a target lets in; the rest of its settings are as OpenSSH ships them. */
const ONLY = {
  'ecdsa keys': 'PubkeyAcceptedAlgorithms ecdsa-sha2-nistp256-cert-v01@openssh.com',
  'RSA keys': 'PubkeyAcceptedAlgorithms rsa-sha2-512-cert-v01@openssh.com',
  'what an ecdsa CA signed': 'CASignatureAlgorithms ecdsa-sha2-nistp256',
  'what an RSA CA signed': 'CASignatureAlgorithms rsa-sha2-512',
} as const

describe('logging in to a target with a certificate', () => {
  let folder: string
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'sallyport-login-'))
  })
  after(() => rmSync(folder, { recursive: true, force: true }))

  /** A keys folder whose target CA is of this kind. */
  async function keysWith(ca: KeyKind) {
    const path = join(folder, ca)
    if ((await openKeys(path)).made.length > 0 && ca !== 'ed25519') {
      await prepareNextKey(path, 'target_ca', ca)
      await activateNextKey(path, 'target_ca', { isCompromised: false, nowMs: Date.now() })
    }
    return openKeys(path)
  }

  /** How the target shows what it was logged in with, or why it was not. */
  async function logIn(
    ca: KeyKind,
    lines: readonly string[],
  ): Promise<{ said: string; sshd: Sshd }> {
    const keys = await keysWith(ca)
    const sshd = await startSshd({
      lines: [
        ...lines,
        'AuthorizedKeysFile none',
        `TrustedUserCAKeys "${join(keys.folder, 'target_ca.pub')}"`,
        'ExposeAuthInfo yes',
        'LogLevel VERBOSE',
      ],
    })
    try {
      const now = () => BigInt(Math.floor(Date.now() / 1000))
      const credential = { is: 'certificate', sourceAddress: { is: 'own' } } as const
      const dialled = await createTargetward({
        limits: defaultLimits,
        upstreamKey: keys.upstreamPrivateKey,
        certify: (terms, kind) => makeTargetCredential(keys.targetCa, terms, kind, now()),
        clock: { nowMs: () => Date.now() },
        log: () => undefined,
      }).dial(sshd.target({ credential }), sshd.login, testErrand)
      if (!dialled.ok) return { said: dialled.fault.fault, sshd }
      const command = Buffer.from('cat "$SSH_USER_AUTH"')
      const channel = await dialled.value.exec(command, { terminal: null, environment: {} })
      const said = await text(channel.stdout)
      dialled.value.close()
      return { said, sshd }
    } finally {
      await sshd.stop()
    }
  }

  for (const ca of KEY_KINDS) {
    it(`works with a target CA of type ${ca}, and the target’s own log says for whom`, async () => {
      const { said, sshd } = await logIn(ca, [])
      assert.match(said, /^publickey ssh-ed25519-cert-v01@openssh\.com /)
      const accepted = /Accepted certificate ID "([^"]+)" \(serial \d+\) signed by (\w+) CA/
      const [, keyId, type = ''] = accepted.exec(sshd.log()) ?? []
      assert.equal(keyId, 'alice/deploy session session-1', sshd.log())
      assert.equal(type.toLowerCase(), ca.replace(/-\d+$/, ''))
    })
  }

  for (const [takes, ca, type] of [
    ['ecdsa keys', 'ed25519', 'ecdsa-sha2-nistp256'],
    ['RSA keys', 'ed25519', 'rsa-sha2-512'],
    ['what an ecdsa CA signed', 'ecdsa', 'ssh-ed25519'],
    ['what an RSA CA signed', 'rsa', 'ssh-ed25519'],
  ] as const) {
    it(`works where the target takes only ${takes}`, async () => {
      const { said, sshd } = await logIn(ca, [ONLY[takes]])
      // An RSA key is shown by the name of its blob.
      const blob = type.replace('rsa-sha2-512', 'ssh-rsa')
      assert.match(said, new RegExp(`^publickey ${blob}-cert-v01@openssh\\.com `), sshd.log())
    })
  }

  it('works where everything is narrow at once, as in FIPS mode', async () => {
    const { said, sshd } = await logIn('ecdsa', [
      ONLY['ecdsa keys'],
      ONLY['what an ecdsa CA signed'],
      'MaxAuthTries 2',
      'KexAlgorithms ecdh-sha2-nistp256',
      'Ciphers aes256-gcm@openssh.com',
    ])
    assert.match(said, /^publickey ecdsa-sha2-nistp256-cert/, sshd.log())
  })

  it('says where to look when the target takes no certificate of this CA', async () => {
    const { said } = await logIn('ed25519', [ONLY['what an RSA CA signed']])
    assert.match(said, /does not accept the bastion's certificate .*CASignatureAlgorithms/)
  })

  it('says so, too, when the target hangs up at the first refusal', async () => {
    const { said } = await logIn('ed25519', [ONLY['RSA keys'], 'MaxAuthTries 1'])
    assert.match(said, /does not accept the bastion's certificate/)
  })
})
