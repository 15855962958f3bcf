import assert from 'node:assert/strict'
import { RESERVED_NAME } from '../../../server/core/access.ts'
import { checkUserCertificate } from '../../../server/core/certificate/check-user.ts'
import type { UserCa } from '../../../server/core/certificate/user-ca.ts'
import { fingerprint } from '../../../server/core/ssh-wire/fingerprint.ts'
import { isSameKey } from '../../../server/core/ssh-wire/public-key.ts'
import { ca, check, type Circumstances, key, outcome } from '../../support/certificate-login.ts'
import { flag, type Forgery, value } from '../../support/forged-certificate.ts'
import { KEY_TYPES, offeredAs, softwareKey } from '../../support/software-keys.ts'

describe('checkUserCertificate', () => {
  it('says who a good certificate is for', () => {
    const result = check({
      keyId: 'alice/deploy#5',
      extensions: [
        value('on-behalf-of@sallyport', 'Bob Müller'),
        flag('permit-pty'),
        value('task@sallyport', 'deploy'),
      ],
    })
    assert.ok(result.ok)
    const { key: certified, ca: signer, ...identity } = result.value.identity
    assert.ok(isSameKey(certified, key) && isSameKey(signer, ca.publicKey))
    assert.deepEqual(identity, {
      agent: 'alice',
      task: 'deploy',
      onBehalfOf: 'Bob Müller',
      keyId: 'alice/deploy#5',
      serial: 5n,
      keyFingerprint: fingerprint(key),
      caFingerprint: fingerprint(ca.publicKey),
      validBefore: 2000n,
      forceCommand: null,
      permitPty: true,
    })
  })

  for (const type of KEY_TYPES) {
    it(`accepts a user key of type ${type}`, () => {
      assert.equal(outcome({ key: softwareKey(type).publicKey }), 'accepted')
    })

    it(`accepts a CA of type ${type}`, () => {
      assert.equal(outcome({ ca: softwareKey(type, 'ca') }), 'accepted')
    })
  }

  for (const algorithm of ['rsa-sha2-256', 'rsa-sha2-512']) {
    it(`lets an RSA key be offered for ${algorithm}`, () => {
      const offered = { algorithm: `${algorithm}-cert-v01@openssh.com` }
      assert.equal(outcome({ key: softwareKey('ssh-rsa').publicKey }, offered), 'accepted')
    })
  }

  for (const [now, expected] of [
    [0n, 'not-yet-valid'],
    [999n, 'not-yet-valid'],
    [1000n, 'accepted'],
    [1999n, 'accepted'],
    [2000n, 'expired'],
    [2n ** 63n, 'expired'],
  ] as const) {
    it(`at second ${now}: ${expected}`, () => {
      assert.equal(outcome({}, { now }), expected)
    })
  }

  it('accepts "always" to "forever" at any time but the very last second', () => {
    const always = { validAfter: 0n, validBefore: 2n ** 64n - 1n }
    assert.equal(outcome(always, { now: 0n }), 'accepted')
    assert.equal(outcome(always, { now: 2n ** 64n - 2n }), 'accepted')
    assert.equal(outcome(always, { now: 2n ** 64n - 1n }), 'expired')
  })

  it('refuses an interval that ends before it starts', () => {
    assert.equal(outcome({ validAfter: 1600n, validBefore: 1400n }), 'not-yet-valid')
  })

  for (const [what, forgery, circumstances, expected] of [
    ['a host certificate', { type: 2 }, {}, 'not-a-user-certificate'],
    ['a CA nobody trusts', {}, { cas: [] }, 'ca-not-trusted'],
    [
      'a trusted CA’s name with another CA’s signature',
      { sign: (bytes: Uint8Array) => softwareKey('ssh-ed25519', 'other').sign(bytes) },
      {},
      'ca-signature-wrong',
    ],
    [
      'a signature over something else',
      { sign: (bytes: Uint8Array) => ca.sign(bytes.subarray(1)) },
      {},
      'ca-signature-wrong',
    ],
    ['no CA signature', { sign: () => new Uint8Array() }, {}, 'unreadable'],
    [
      'a CA signature with SHA-1',
      {
        ca: softwareKey('ssh-rsa', 'ca'),
        sign: (bytes: Uint8Array) =>
          softwareKey('ssh-rsa', 'ca').sign(bytes, { algorithm: 'ssh-rsa' }),
      },
      {},
      'ca-signature-algorithm',
    ],
    [
      'a user key of RSA 2048',
      { key: softwareKey('ssh-rsa', 'a', 2048).publicKey },
      {},
      'rsa-too-short',
    ],
    ['a CA of RSA 2048', { ca: softwareKey('ssh-rsa', 'ca', 2048) }, {}, 'rsa-too-short'],
    ['a certificate by a plain key’s name', {}, { algorithm: 'ssh-ed25519' }, 'named-as-plain-key'],
    ['an invented algorithm', {}, { algorithm: 'x@y' }, 'named-as-plain-key'],
    [
      'RSA with SHA-1 asked for',
      { key: softwareKey('ssh-rsa').publicKey },
      { algorithm: 'ssh-rsa-cert-v01@openssh.com' },
      'algorithm-not-accepted',
    ],
    ['another algorithm than the blob’s', {}, { algorithm: offeredAs('ssh-rsa') }, 'unreadable'],
    [
      'another curve than the blob’s',
      { key: softwareKey('ecdsa-sha2-nistp256').publicKey },
      { algorithm: offeredAs('ecdsa-sha2-nistp384') },
      'unreadable',
    ],
    ['no principals', { principals: [] }, {}, 'no-principals'],
    ['an empty principal', { principals: [''] }, {}, 'no-agent'],
    ['a principal that is no agent’s name', { principals: ['Alice'] }, {}, 'no-agent'],
    ['the reserved name', { principals: [RESERVED_NAME] }, {}, 'no-agent'],
    ['two agents', { principals: ['alice', 'bob'] }, {}, 'several-agents'],
    ['one agent and other words', { principals: ['alice', 'Team A'] }, {}, 'accepted'],
    ['one agent twice', { principals: ['alice', 'alice'] }, {}, 'accepted'],
  ] satisfies [string, Partial<Forgery>, Circumstances, string][]) {
    it(`${what}: ${expected}`, () => {
      assert.equal(outcome(forgery, circumstances), expected)
    })
  }

  it('takes a plain key for what it is', () => {
    const offer = { algorithm: key.type, blob: key.blob, clientAddress: '::1', now: 1500n }
    const result = checkUserCertificate(offer, { cas: [], isRevoked: () => false })
    assert.equal(!result.ok && result.fault.because, 'not-a-certificate')
  })

  it('asks the lookup about CA, serial and key id, and refuses what it says is revoked', () => {
    const result = check(
      {},
      { isRevoked: ({ keyId, serial }) => serial === 5n && keyId === 'alice/deploy#5' },
    )
    assert.deepEqual(result, {
      ok: false,
      fault: { because: 'revoked', keyId: 'alice/deploy#5', serial: 5n },
    })
  })

  it('does not look at the signature of a CA it does not trust', () => {
    const cas: UserCa[] = [{ key: ca.publicKey, principals: 'agent-names' }]
    const stranger = { ca: softwareKey('ssh-rsa', 'stranger'), sign: () => new Uint8Array(3) }
    assert.equal(outcome(stranger, { cas }), 'ca-not-trusted')
  })
})
