import assert from 'node:assert/strict'
import type { UserCa } from '../../../server/core/certificate/user-ca.ts'
import { ca, check, type Circumstances, outcome } from '../../support/certificate-login.ts'
import { softwareKey } from '../../support/software-keys.ts'

describe('checkUserCertificate, for a foreign CA,', () => {
  const foreign = (agents: Record<string, string>): Circumstances => ({
    cas: [{ key: ca.publicKey, principals: new Map(Object.entries(agents)) }],
  })

  it('takes the agent that the configuration says the principal is', () => {
    const result = check(
      { principals: ['repo:acme/web:ref:refs/heads/main'] },
      foreign({ 'repo:acme/web:ref:refs/heads/main': 'web-deployer' }),
    )
    assert.equal(result.ok && result.value.identity.agent, 'web-deployer')
  })

  for (const [what, principals, agents, expected] of [
    ['a principal that is not listed', ['bob'], { alice: 'alice' }, 'no-agent'],
    [
      'an agent’s name that is not listed as a principal',
      ['deployer'],
      { ci: 'deployer' },
      'no-agent',
    ],
    ['a principal that differs in case', ['CI'], { ci: 'deployer' }, 'no-agent'],
    ['a principal that only begins like one', ['ci-2'], { ci: 'deployer' }, 'no-agent'],
    ['what every object has', ['constructor', '__proto__', 'toString'], { ci: 'x' }, 'no-agent'],
    ['two principals of one agent', ['a', 'b'], { a: 'deployer', b: 'deployer' }, 'accepted'],
    ['two principals of two agents', ['a', 'b'], { a: 'one', b: 'two' }, 'several-agents'],
    ['no principals', [], { '': 'deployer' }, 'no-principals'],
    ['a listed empty principal', [''], { '': 'deployer' }, 'accepted'],
  ] satisfies [string, string[], Record<string, string>, string][]) {
    it(`${what}: ${expected}`, () => {
      assert.equal(outcome({ principals }, foreign(agents)), expected)
    })
  }

  it('does not let one CA speak with the principals of another', () => {
    const other = softwareKey('ssh-ed25519', 'other')
    const cas: UserCa[] = [
      { key: ca.publicKey, principals: new Map([['ci', 'deployer']]) },
      { key: other.publicKey, principals: 'agent-names' },
    ]
    assert.equal(outcome({ principals: ['deployer'] }, { cas }), 'no-agent')
    assert.equal(outcome({ ca: other, principals: ['deployer'] }, { cas }), 'accepted')
  })

  it('trusts an old and a new CA side by side', () => {
    const next = softwareKey('ecdsa-sha2-nistp256', 'next')
    const cas: UserCa[] = [ca, next].map(({ publicKey }) => ({
      key: publicKey,
      principals: 'agent-names',
    }))
    assert.equal(outcome({}, { cas }), 'accepted')
    assert.equal(outcome({ ca: next }, { cas }), 'accepted')
  })
})
