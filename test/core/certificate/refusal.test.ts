import assert from 'node:assert/strict'
import {
  type CertificateRefusal,
  explainCertificateRefusal,
} from '../../../server/core/certificate/refusal.ts'
import { check } from '../../support/certificate-login.ts'
import { softwareKey } from '../../support/software-keys.ts'

/** One of each; the compiler asks for those that are missing. */
const refusals: { [Why in CertificateRefusal['because']]: CertificateRefusal & { because: Why } } =
  {
    'not-a-certificate': { because: 'not-a-certificate', algorithm: 'ssh-\u{9b}' },
    'named-as-plain-key': { because: 'named-as-plain-key', algorithm: 'ssh-\u{9b}' },
    'algorithm-not-accepted': { because: 'algorithm-not-accepted', algorithm: 'ssh\u{7f}' },
    unreadable: { because: 'unreadable', fault: 'key type: \u{9b}' },
    'not-a-user-certificate': { because: 'not-a-user-certificate' },
    'ca-not-trusted': { because: 'ca-not-trusted', caFingerprint: 'SHA256:x' },
    'ca-signature-algorithm': { because: 'ca-signature-algorithm', algorithm: '\u{202e}' },
    'ca-signature-wrong': { because: 'ca-signature-wrong', caFingerprint: 'SHA256:x' },
    'rsa-too-short': { because: 'rsa-too-short', whose: 'ca', bits: 2048, leastBits: 3072 },
    'not-yet-valid': { because: 'not-yet-valid', validAfter: 5n, now: 4n },
    expired: { because: 'expired', validBefore: 5n, now: 5n },
    revoked: { because: 'revoked', keyId: 'alice/\u{1b}[2J', serial: 5n },
    'no-principals': { because: 'no-principals' },
    'no-agent': { because: 'no-agent', principals: ['Alice\n'] },
    'several-agents': { because: 'several-agents', agents: ['alice', 'bob'] },
    'option-unknown': { because: 'option-unknown', option: 'x\u{7}', fault: 'is not known here' },
    'option-repeated': { because: 'option-repeated', option: 'x', fault: 'stands there twice' },
    'option-unreadable': { because: 'option-unreadable', option: 'x', fault: 'has a value' },
    'source-address': { because: 'source-address', clientAddress: '::1', allowed: '10.0.0.0/8' },
    'signature-unreadable': {
      because: 'signature-unreadable',
      fault: 'flags: needs 1 bytes, 0 left',
    },
    'signature-algorithm': { because: 'signature-algorithm', algorithm: 'a\n', expected: 'b' },
    'signature-wrong': { because: 'signature-wrong' },
    'touch-missing': { because: 'touch-missing' },
    'verification-missing': { because: 'verification-missing' },
  }

describe('explainCertificateRefusal', () => {
  for (const refusal of Object.values(refusals)) {
    it(`has a sentence for the log, and a plain one for the client if any, when ${refusal.because}`, () => {
      const { toAgent, toLog } = explainCertificateRefusal(refusal)
      assert.notEqual(toLog, '')
      for (const sentence of [toLog, toAgent ?? 'none']) {
        assert.doesNotMatch(sentence, /[\p{Cc}\p{Cf}]/u, 'what a peer wrote cannot move the cursor')
        assert.doesNotMatch(sentence, /\.$/)
      }
    })
  }

  const strangers: [string, ReturnType<typeof check>][] = [
    ['an unknown CA', check({}, { cas: [] })],
    [
      'a forged CA signature',
      check({ sign: bytes => softwareKey('ssh-ed25519', 'x').sign(bytes) }),
    ],
    ['noise', check({ type: 9 })],
  ]
  for (const [what, result] of strangers) {
    it(`tells a client nothing after ${what}`, () => {
      assert.ok(!result.ok)
      const { toAgent, toLog } = explainCertificateRefusal(result.fault)
      assert.equal(toAgent, null)
      assert.notEqual(toLog, '')
    })
  }

  it('tells the owner of an expired certificate what to do', () => {
    const result = check({}, { now: 2000n })
    assert.ok(!result.ok)
    assert.deepEqual(explainCertificateRefusal(result.fault), {
      toAgent: 'your certificate has expired; request a new one and reconnect',
      toLog: 'valid before 2000, now 2000',
    })
  })

  it('keeps long lists of names short', () => {
    const result = check({ principals: Array.from({ length: 256 }, () => 'P'.repeat(100)) })
    assert.ok(!result.ok)
    assert.ok(explainCertificateRefusal(result.fault).toLog.length < 600)
  })
})
