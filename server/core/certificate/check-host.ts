import type { Result } from '../result.ts'
import { fingerprint } from '../ssh-wire/fingerprint.ts'
import { isSameKey, type PublicKey, rsaBits } from '../ssh-wire/public-key.ts'
import { isSignedBy, parseSignature, SIGNATURE_ALGORITHMS } from '../ssh-wire/signature.ts'
import type { Certificate } from './certificate.ts'
import { parseCertificate } from './parse.ts'
import { RSA_LEAST_BITS } from './user-ca.ts'

/** What a host showed in a key exchange, and whom we meant to reach. */
export interface HostOffer {
  readonly blob: Uint8Array
  /** Any of these names makes the certificate the host's own: its name here, and its address. */
  readonly names: readonly string[]
  /** Seconds since 1970 UTC. */
  readonly now: bigint
}

/**
 * Decides whether a host certificate of a pinned CA lets a host be who we meant (OpenSSH
 * PROTOCOL.certkeys; `sshkey_cert_check_host`). That the host holds the certified key is for the key
 * exchange to prove. A fault is a sentence for the operator.
 */
export function checkHostCertificate(offer: HostOffer, ca: PublicKey): Result<Certificate, string> {
  const parsed = parseCertificate(offer.blob)
  if (!parsed.ok) return refuse(`its host certificate cannot be read: ${parsed.fault}`)
  const certificate = parsed.value
  if (certificate.type !== 'host') return refuse('it showed a user certificate')
  if (!isSameKey(certificate.signatureKey, ca)) {
    const signedBy = fingerprint(certificate.signatureKey)
    return refuse(`its host certificate is of CA ${signedBy}, but ${fingerprint(ca)} is on record`)
  }
  const doubt = doubtSignature(certificate)
  if (doubt !== null) return refuse(doubt)
  for (const key of [certificate.key, ca]) {
    const bits = rsaBits(key)
    if (bits !== null && bits < RSA_LEAST_BITS) {
      return refuse(`RSA ${bits}: at least ${RSA_LEAST_BITS} bits are needed`)
    }
  }
  if (offer.now < certificate.validAfter) return refuse('its host certificate is not valid yet')
  if (offer.now >= certificate.validBefore) {
    return refuse('its host certificate has expired; have the host sign a new one')
  }
  // No critical option is defined for hosts, so each is one we would have to obey and do not know.
  const [option] = certificate.criticalOptions
  if (option !== undefined) {
    return refuse(`its host certificate has the critical option ${JSON.stringify(option.name)}`)
  }
  if (!certificate.principals.some(principal => offer.names.includes(principal))) {
    return refuse(
      `its host certificate is for ${certificate.principals.join(', ') || 'no name'}, not for ${offer.names.join(' or ')}`,
    )
  }
  return { ok: true, value: certificate }
}

function doubtSignature({ signature, signatureKey, signedBytes }: Certificate): string | null {
  const parsed = parseSignature(signature)
  if (!parsed.ok) return `the signature of its host certificate cannot be read: ${parsed.fault}`
  const { algorithm } = parsed.value
  if (algorithm === 'ssh-rsa') {
    return 'its host certificate is signed with SHA-1, which proves nothing any more; have the CA sign it again (ssh-keygen -t rsa-sha2-512 -s CA …)'
  }
  if (!SIGNATURE_ALGORITHMS.has(algorithm)) {
    return `its host certificate is signed with ${JSON.stringify(algorithm)}, which is not known here`
  }
  return isSignedBy(signatureKey, parsed.value, signedBytes)
    ? null
    : 'the signature of its host certificate is wrong'
}

function refuse(fault: string): { ok: false; fault: string } {
  return { ok: false, fault }
}
