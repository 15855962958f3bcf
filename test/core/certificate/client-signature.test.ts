import assert from 'node:assert/strict'
import { checkUserCertificate } from '../../../server/core/certificate/check-user.ts'
import { verifyClientSignature } from '../../../server/core/certificate/client-signature.ts'
import type { KeyType } from '../../../server/core/ssh-wire/public-key.ts'
import { flag, type Forgery, forgeCertificate } from '../../support/forged-certificate.ts'
import {
  KEY_TYPES,
  offeredAs,
  type Signing,
  type SoftwareKey,
  softwareKey,
} from '../../support/software-keys.ts'

const ca = softwareKey('ssh-ed25519', 'ca')
const session = Buffer.from('session id and request, as RFC 4252 §7 puts them together')

describe('verifyClientSignature', () => {
  for (const type of KEY_TYPES) {
    it(`believes the owner of a ${type} key`, () => {
      assert.equal(outcome(softwareKey(type)), 'proven')
    })

    it(`does not believe another owner of a ${type} key`, () => {
      const thief = softwareKey(type, 'thief')
      assert.equal(
        outcome(softwareKey(type), {}, bytes => thief.sign(bytes)),
        'signature-wrong',
      )
    })

    it(`does not believe a ${type} signature over another session`, () => {
      const key = softwareKey(type)
      assert.equal(
        outcome(key, {}, () => key.sign(Buffer.from('other'))),
        'signature-wrong',
      )
    })

    it(`does not believe a ${type} key that was offered and never signed`, () => {
      assert.equal(
        outcome(softwareKey(type), {}, () => new Uint8Array()),
        'signature-unreadable',
      )
    })
  }

  for (const [offered, signed, expected] of [
    ['rsa-sha2-512', 'rsa-sha2-512', 'proven'],
    ['rsa-sha2-256', 'rsa-sha2-256', 'proven'],
    ['rsa-sha2-512', 'rsa-sha2-256', 'signature-algorithm'],
    ['rsa-sha2-256', 'rsa-sha2-512', 'signature-algorithm'],
    ['rsa-sha2-512', 'ssh-rsa', 'signature-algorithm'],
  ] as const) {
    it(`RSA offered for ${offered}, signed with ${signed}: ${expected}`, () => {
      const key = softwareKey('ssh-rsa')
      const sign = (bytes: Uint8Array) => key.sign(bytes, { algorithm: signed })
      assert.equal(outcome(key, {}, sign, `${offered}-cert-v01@openssh.com`), expected)
    })
  }

  it('refuses an algorithm that is not the one of the certificate', () => {
    const algorithm = offeredAs('ecdsa-sha2-nistp256')
    const key = softwareKey('ssh-ed25519')
    assert.equal(outcome(key, {}, undefined, algorithm, 'ssh-ed25519'), 'algorithm-not-accepted')
  })

  const PRESENT = 0x01
  const VERIFIED = 0x04
  const types: KeyType[] = ['sk-ssh-ed25519@openssh.com', 'sk-ecdsa-sha2-nistp256@openssh.com']
  for (const type of types) {
    for (const [flags, options, extensions, expected] of [
      [PRESENT, [], [], 'proven'],
      [0, [], [], 'touch-missing'],
      [VERIFIED, [], [], 'touch-missing'],
      [0, [], ['no-touch-required'], 'proven'],
      [PRESENT, ['verify-required'], [], 'verification-missing'],
      [PRESENT | VERIFIED, ['verify-required'], [], 'proven'],
      [VERIFIED, ['verify-required'], [], 'touch-missing'],
      [VERIFIED, ['verify-required'], ['no-touch-required'], 'proven'],
      [0, ['verify-required'], ['no-touch-required'], 'verification-missing'],
    ] as const) {
      const terms = [...options, ...extensions].join(', ') || 'nothing asked'
      it(`${type} with flags ${flags} and ${terms}: ${expected}`, () => {
        const key = softwareKey(type)
        const forgery = { criticalOptions: options.map(flag), extensions: extensions.map(flag) }
        assert.equal(outcome(key, forgery, signing(key, { flags })), expected)
      })
    }
  }

  it('says how a security key was used', () => {
    const key = softwareKey('sk-ssh-ed25519@openssh.com')
    const result = verify(key, {}, signing(key, { flags: PRESENT, counter: 70_000 }))
    assert.deepEqual(result, { ok: true, value: { flags: PRESENT, counter: 70_000 } })
  })

  it('takes verify-required of a key without flags as sshd does: it speaks of security keys', () => {
    const forgery = { criticalOptions: [flag('verify-required')] }
    assert.equal(outcome(softwareKey('ssh-ed25519'), forgery), 'proven')
  })
})

type Sign = (bytes: Uint8Array) => Uint8Array

function signing(key: SoftwareKey, how: Signing): Sign {
  return bytes => key.sign(bytes, how)
}

function verify(
  key: SoftwareKey,
  forgery: Partial<Forgery> = {},
  sign: Sign = bytes => key.sign(bytes),
  algorithm = offeredAs(key.publicKey.type),
  certified?: KeyType,
) {
  const blob = forgeCertificate({ key: key.publicKey, ca, ...forgery })
  const accepted = checkUserCertificate(
    {
      algorithm: certified === undefined ? algorithm : offeredAs(certified),
      blob,
      clientAddress: '::1',
      now: 1500n,
    },
    { cas: [{ key: ca.publicKey, principals: 'agent-names' }], isRevoked: () => false },
  )
  assert.ok(accepted.ok, accepted.ok ? '' : accepted.fault.because)
  return verifyClientSignature(accepted.value, algorithm, sign(session), session)
}

function outcome(...given: Parameters<typeof verify>): string {
  const result = verify(...given)
  return result.ok ? 'proven' : result.fault.because
}
