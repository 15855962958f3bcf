import assert from 'node:assert/strict'
import { explainCertificateRefusal } from '../../../server/core/certificate/refusal.ts'
import { check } from '../../support/certificate-login.ts'
import { softwareKey } from '../../support/software-keys.ts'

describe('explainCertificateRefusal', () => {
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
