import assert from 'node:assert/strict'
import { certificateSpan } from '../../../server/core/identity-tokens/certificate-span.ts'
import { checkClaims } from '../../../server/core/identity-tokens/check-claims.ts'

const ISSUER = {
  audience: ['sallyport', 'sallyport-eu'],
  clockToleranceSeconds: 30,
  maxAgeSeconds: 600,
  requiresNotBefore: true,
}
const GOOD = { aud: 'sallyport', iat: 1000, nbf: 1000, exp: 2000 }

function check(change: object, now: number, issuer = ISSUER): string {
  const checked = checkClaims({ ...GOOD, ...change }, issuer, now)
  return checked.ok ? 'good' : checked.fault.because
}

describe('checkClaims', () => {
  for (const [now, expected] of [
    [969, 'token-not-yet-valid'],
    [970, 'good'],
    [1000, 'good'],
    [1600, 'good'],
    [1601, 'token-too-old'],
    [1999, 'token-too-old'],
    [2000, 'token-expired'],
  ] as const) {
    it(`at second ${now}: ${expected}`, () => assert.equal(check({}, now), expected))
  }

  for (const [what, change, expected] of [
    ['an end with a fraction, in its last second', { exp: 1500.9 }, 'token-expired'],
    ['a beginning after the issue', { nbf: 1600 }, 'token-not-yet-valid'],
    ['an issue after the beginning', { iat: 1600 }, 'token-from-the-future'],
    ['an audience of ours alone, in a list', { aud: ['sallyport'] }, 'good'],
    ['two audiences, both ours', { aud: ['sallyport', 'sallyport-eu'] }, 'good'],
    ['one of ours and one of others', { aud: ['sallyport', 'vault'] }, 'audience-shared'],
    ['an empty end', { exp: '' }, 'claim-unusable'],
    ['an end that is a list', { exp: [2000] }, 'claim-unusable'],
    ['an end that is true', { exp: true }, 'claim-unusable'],
  ] as const) {
    it(`finds ${what}: ${expected}`, () => assert.equal(check(change, 1500), expected))
  }

  it('goes by the issue where an issuer writes no beginning, and by a beginning that is there', () => {
    const lenient = { ...ISSUER, requiresNotBefore: false }
    const without = { aud: GOOD.aud, iat: GOOD.iat, exp: GOOD.exp }
    assert.ok(checkClaims(without, lenient, 1000).ok)
    assert.equal(checkClaims(without, ISSUER, 1000).ok, false)
    assert.equal(check({ nbf: 1900 }, 1000, lenient), 'token-not-yet-valid')
  })
})

describe('certificateSpan', () => {
  for (const [what, expiresAt, change, expected] of [
    ['15 minutes for a long token', 9000, {}, 1900],
    ['its token’s end for a short one', 1300, {}, 1300],
    ['what is configured', 9000, { certificateSeconds: 60 }, 1060],
    ['15 minutes whatever is configured', 9000, { certificateSeconds: 86_400 }, 1900],
    ['more than its token where that may be', 1001, { mayOutliveToken: true }, 1900],
  ] as const) {
    it(`gives ${what}`, () => {
      const issuer = { certificateSeconds: 900, mayOutliveToken: false, ...change }
      assert.equal(certificateSpan(expiresAt, issuer, 1000).validBefore, BigInt(expected))
    })
  }

  it('begins a minute ago, for clients whose clocks are slow', () => {
    const issuer = { certificateSeconds: 900, mayOutliveToken: false }
    assert.equal(certificateSpan(9000, issuer, 1000).validAfter, 940n)
  })
})
