import assert from 'node:assert/strict'
import { whyDistrusted } from '../../../server/core/certificate/check-user.ts'
import { lookIn } from '../../../server/core/certificate/krl.ts'
import { agentSeven } from '../../support/memory-world.ts'
import { someKey } from '../../support/public-keys.ts'

const ours = { key: agentSeven.ca, principals: 'agent-names' } as const
const other = { key: someKey(9), principals: 'agent-names' } as const
const nobodyIsRevoked = () => false

describe('whyDistrusted', () => {
  for (const [what, cas, now, expected] of [
    ['its CA is trusted', [other, ours], 1n, null],
    ['its CA is being rotated out', [{ ...ours, trustedBefore: 100n }], 99n, null],
    ['its CA was rotated out', [{ ...ours, trustedBefore: 100n }], 100n, 'ca-not-trusted'],
    ['its CA was compromised', [{ ...ours, trustedBefore: 0n }], 1n, 'ca-not-trusted'],
    ['its CA is unknown', [other], 1n, 'ca-not-trusted'],
    ['there is no CA', [], 1n, 'ca-not-trusted'],
  ] as const) {
    it(`says ${expected} when ${what}`, () => {
      assert.equal(whyDistrusted(agentSeven, { cas, isRevoked: nobodyIsRevoked }, now), expected)
    })
  }

  for (const [what, certificates, keys] of [
    ['its serial', [{ ca: agentSeven.ca, serials: [{ first: 1n, last: 1n }], keyIds: [] }], []],
    ['its key id', [{ ca: null, serials: [], keyIds: [agentSeven.keyId] }], []],
    ['its key', [], [agentSeven.key.blob]],
    ['its CA', [], [agentSeven.ca.blob]],
  ] as const) {
    it(`says revoked when a list names ${what}`, () => {
      const list = { version: 1n, generatedAt: 0n, comment: '', sha1: [], sha256: [] }
      const isRevoked = lookIn({ ...list, certificates, keys })
      assert.equal(whyDistrusted(agentSeven, { cas: [ours], isRevoked }, 1n), 'revoked')
    })
  }
})
