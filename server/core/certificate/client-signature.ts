import type { Result } from '../result.ts'
import {
  isSignedBy,
  parseSignature,
  type SecurityKeyUse,
  USER_PRESENT,
  USER_VERIFIED,
} from '../ssh-wire/signature.ts'
import { CERTIFICATE_ALGORITHMS } from './algorithms.ts'
import type { AcceptedCertificate } from './check-user.ts'
import type { CertificateRefusal } from './refusal.ts'

/**
 * The other half of a login: that whoever sent the certificate holds the certified key. Identity is
 * what was proven; a certificate that was merely offered proves nothing.
 *
 * `algorithm` is the public key algorithm name of the request, `signature` the whole signature blob
 * and `signedBytes` what RFC 4252 §7 has the client sign. For a security key the result says how it
 * was used.
 */
export function verifyClientSignature(
  { certificate, restrictions }: Pick<AcceptedCertificate, 'certificate' | 'restrictions'>,
  algorithm: string,
  signature: Uint8Array,
  signedBytes: Uint8Array,
): Result<SecurityKeyUse | null, CertificateRefusal> {
  const expected = CERTIFICATE_ALGORITHMS.get(algorithm)
  if (expected === undefined || expected.blobType !== certificate.blobType) {
    return refuse({ because: 'algorithm-not-accepted', algorithm })
  }
  const parsed = parseSignature(signature)
  if (!parsed.ok) return refuse({ because: 'signature-unreadable', fault: parsed.fault })

  // The request's algorithm binds the signature's: else an RSA key could be talked into the weaker hash.
  if (parsed.value.algorithm !== expected.signatureAlgorithm) {
    return refuse({
      because: 'signature-algorithm',
      algorithm: parsed.value.algorithm,
      expected: expected.signatureAlgorithm,
    })
  }
  if (!isSignedBy(certificate.key, parsed.value, signedBytes)) {
    return refuse({ because: 'signature-wrong' })
  }

  // As in sshd, `verify-required` speaks of security keys; other keys have no flags to show.
  const { securityKey } = parsed.value
  if (securityKey !== null) {
    if (!restrictions.noTouchRequired && (securityKey.flags & USER_PRESENT) === 0) {
      return refuse({ because: 'touch-missing' })
    }
    if (restrictions.verifyRequired && (securityKey.flags & USER_VERIFIED) === 0) {
      return refuse({ because: 'verification-missing' })
    }
  }
  return { ok: true, value: securityKey }
}

function refuse(refusal: CertificateRefusal): { ok: false; fault: CertificateRefusal } {
  return { ok: false, fault: refusal }
}
