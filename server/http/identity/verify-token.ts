import { compactVerify, errors } from 'jose'
import { checkClaims, type TokenTimes } from '../../core/identity-tokens/check-claims.ts'
import type { TrustedIssuer } from '../../core/identity-tokens/issuer.ts'
import { type Claims, type ReadToken, readToken } from '../../core/identity-tokens/read-token.ts'
import type { TokenRefusal } from '../../core/identity-tokens/refusal.ts'
import type { Clock } from '../../core/ports/deciding.ts'
import type { Result } from '../../core/result.ts'
import { type IssuerKeys, keepIssuerKeys } from './issuer-keys.ts'

/** A token whose issuer, signature and claims are right. */
export interface VerifiedToken extends TokenTimes {
  readonly issuer: TrustedIssuer
  readonly subject: string
  readonly claims: Claims
}

export interface RefusedToken {
  readonly refusal: TokenRefusal
  /** Null where it is none of ours; claimed until the signature was verified. */
  readonly issuer: string | null
  /** Null until the signature was verified. */
  readonly subject: string | null
}

export interface TokenVerifier {
  verify(token: string): Promise<Result<VerifiedToken, RefusedToken>>
}

/** Verifies tokens of the issuers given; each issuer's keys serve its own tokens only. */
export function verifyTokens(
  issuers: readonly TrustedIssuer[],
  clock: Clock,
  log: (message: string, fields: Readonly<Record<string, unknown>>) => void,
): TokenVerifier {
  const trusted = new Map(
    issuers.map(issuer => [
      issuer.issuer,
      { issuer, keys: keepIssuerKeys(issuer.keys, clock, log) },
    ]),
  )
  return {
    async verify(token) {
      const read = readToken(token)
      if (!read.ok) return no(read.fault, null, null)
      const known = trusted.get(read.value.issuer)
      if (known === undefined) {
        return no({ because: 'issuer-unknown', issuer: read.value.issuer }, null, null)
      }
      const { issuer, keys } = known
      const refusal = await verifySignature(token, read.value, issuer, keys)
      if (refusal !== null) return no(refusal, issuer.issuer, null)

      const { claims } = read.value
      const subject = Object.hasOwn(claims, 'sub') ? claims['sub'] : null
      if (typeof subject !== 'string') {
        return no({ because: 'claim-missing', claim: 'sub' }, issuer.issuer, null)
      }
      const checked = checkClaims(claims, issuer, Math.floor(clock.nowMs() / 1000))
      if (!checked.ok) return no(checked.fault, issuer.issuer, subject)
      return { ok: true, value: { ...checked.value, issuer, subject, claims } }
    },
  }
}

async function verifySignature(
  token: string,
  { algorithm, keyId }: ReadToken,
  { algorithms }: TrustedIssuer,
  keys: IssuerKeys,
): Promise<TokenRefusal | null> {
  // Before a key is looked for: an algorithm that is not listed must not choose how a key is read.
  if (!algorithms.some(allowed => allowed === algorithm)) {
    return { because: 'token-algorithm', algorithm, allowed: algorithms }
  }
  const key = await keys.find(algorithm, keyId)
  if (!key.ok) return key.fault
  try {
    await compactVerify(token, key.value, { algorithms: [...algorithms] })
    return null
  } catch (error) {
    if (error instanceof errors.JWSSignatureVerificationFailed)
      return { because: 'signature-wrong' }
    if (error instanceof errors.JOSEError) {
      return {
        because: 'token-unreadable',
        fault: `it breaks a rule of its format (${error.code})`,
      }
    }
    // jose throws a TypeError for a key that is too small for its algorithm (RFC 7518 §3.3).
    if (error instanceof TypeError) return { because: 'keys-unavailable', fault: error.message }
    throw error
  }
}

const no = (
  refusal: TokenRefusal,
  issuer: string | null,
  subject: string | null,
): { ok: false; fault: RefusedToken } => ({ ok: false, fault: { refusal, issuer, subject } })
