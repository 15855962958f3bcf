import assert from 'node:assert/strict'
import { judged, policyOf } from '../../support/policy-lines.ts'

describe('a line that asks for approval asks', () => {
  const policy = policyOf(`
rules:
  - { id: one, program: reboot, verdict: ask, approvers: [ann, bob], expires: 10m }
  - { id: two, program: halt, verdict: ask, approvers: [bob, cid], expires: 90s }
  - { id: three, program: kexec, verdict: ask, approvers: [dan] }
  - { id: anyone, program: sync, verdict: ask }`)
  it('whom the rule names, for as long as it says', () => {
    assert.deepEqual(judged(policy, 'reboot').approval, {
      approvers: ['ann', 'bob'],
      expiresMs: 600_000,
    })
    assert.deepEqual(judged(policy, 'sync').approval, { approvers: [], expiresMs: 300_000 })
  })
  it('somebody whom every asking rule accepts', () => {
    assert.deepEqual(judged(policy, 'reboot; halt; sync').approval, {
      approvers: ['bob'],
      expiresMs: 90_000,
    })
  })
  it('nobody, where nobody could say yes to all of it', () => {
    const { verdict, reasons } = judged(policy, 'reboot; kexec')
    assert.equal(verdict, 'deny')
    assert.match(reasons[0]?.text ?? '', /one by one/)
  })
})
