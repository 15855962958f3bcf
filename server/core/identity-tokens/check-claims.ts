import type { Result } from '../result.ts'
import type { TrustedIssuer } from './issuer.ts'
import type { Claims } from './read-token.ts'
import type { TokenRefusal } from './refusal.ts'

/** What of a verified token decides how long its certificate lives. */
export interface TokenTimes {
  /** Seconds since 1970 UTC: the first second the token is no longer valid. */
  readonly expiresAt: number
}

type Terms = Pick<
  TrustedIssuer,
  'audience' | 'clockToleranceSeconds' | 'maxAgeSeconds' | 'requiresNotBefore'
>

/** Decides whether a token is for us, valid now and fresh (RFC 7519 §4.1). `now` is a whole number of seconds since 1970 UTC. */
export function checkClaims(
  claims: Claims,
  issuer: Terms,
  now: number,
): Result<TokenTimes, TokenRefusal> {
  const audience = checkAudience(claims, issuer.audience)
  if (audience !== null) return no(audience)

  const expiresAt = readTime(claims, 'exp')
  if (!expiresAt.ok) return expiresAt
  const issuedAt = readTime(claims, 'iat')
  if (!issuedAt.ok) return issuedAt
  const notBefore =
    issuer.requiresNotBefore || Object.hasOwn(claims, 'nbf') ? readTime(claims, 'nbf') : issuedAt
  if (!notBefore.ok) return notBefore

  // Without tolerance: the certificate ends with the token, so it would be over when it is issued.
  const lastSecond = Math.floor(expiresAt.value)
  if (now >= lastSecond) return no({ because: 'token-expired', agoSeconds: now - lastSecond })
  const early = notBefore.value - now
  if (early > issuer.clockToleranceSeconds) {
    return no({ because: 'token-not-yet-valid', inSeconds: Math.ceil(early) })
  }
  const ahead = issuedAt.value - now
  if (ahead > issuer.clockToleranceSeconds) {
    return no({ because: 'token-from-the-future', inSeconds: Math.ceil(ahead) })
  }
  const ageSeconds = Math.floor(-ahead)
  if (ageSeconds > issuer.maxAgeSeconds) {
    return no({ because: 'token-too-old', ageSeconds, most: issuer.maxAgeSeconds })
  }
  return { ok: true, value: { expiresAt: lastSecond } }
}

/** One of ours, and nobody else's: each of the others could hand the token to us. */
function checkAudience(claims: Claims, ours: readonly string[]): TokenRefusal | null {
  if (!Object.hasOwn(claims, 'aud')) return { because: 'claim-missing', claim: 'aud' }
  const { aud } = claims
  const audience: unknown[] = Array.isArray(aud) ? aud : [aud]
  if (!audience.every(member => typeof member === 'string')) {
    return { because: 'claim-unusable', claim: 'aud', expected: 'text or a list of texts' }
  }
  if (!audience.some(member => ours.includes(member))) {
    return { because: 'audience-other', audience, expected: ours }
  }
  return audience.every(member => ours.includes(member))
    ? null
    : { because: 'audience-shared', audience }
}

/** No clock shows a time beyond the year 9999; what lies there would never expire. */
const LAST_SECOND = 253_402_300_799

function readTime(claims: Claims, claim: string): Result<number, TokenRefusal> {
  if (!Object.hasOwn(claims, claim)) return no({ because: 'claim-missing', claim })
  const value = claims[claim]
  if (typeof value === 'number' && value >= 0 && value <= LAST_SECOND) return { ok: true, value }
  return no({ because: 'claim-unusable', claim, expected: 'a number of seconds since 1970' })
}

const no = (refusal: TokenRefusal): { ok: false; fault: TokenRefusal } => ({
  ok: false,
  fault: refusal,
})
