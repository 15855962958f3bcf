import type { TrustedIssuer } from './issuer.ts'

/** A certificate from a token is for the errand at hand; whoever needs more brings a fresh token. */
export const TOKEN_CERTIFICATE_MOST_SECONDS = 15 * 60

/** A client's clock may be a little behind ours; OpenSSH refuses a certificate from the future. */
const BACKDATE_SECONDS = 60

export interface CertificateSpan {
  /** Seconds since 1970 UTC: the first second it is valid. */
  readonly validAfter: bigint
  /** Seconds since 1970 UTC: the first second it no longer is. */
  readonly validBefore: bigint
}

/** How long the certificate for a token lives. Both times are whole seconds since 1970 UTC. */
export function certificateSpan(
  tokenExpiresAt: number,
  issuer: Pick<TrustedIssuer, 'certificateSeconds' | 'mayOutliveToken'>,
  now: number,
): CertificateSpan {
  const most = now + Math.min(issuer.certificateSeconds, TOKEN_CERTIFICATE_MOST_SECONDS)
  const end = issuer.mayOutliveToken ? most : Math.min(most, tokenExpiresAt)
  return {
    validAfter: BigInt(now - BACKDATE_SECONDS),
    validBefore: BigInt(end),
  }
}
