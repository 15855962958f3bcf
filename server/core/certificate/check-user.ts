import { type Identity, NAME, RESERVED_NAME } from '../access.ts'
import type { Result } from '../result.ts'
import { fingerprint } from '../ssh-wire/fingerprint.ts'
import { isSameKey, type PublicKey, rsaBits } from '../ssh-wire/public-key.ts'
import { isSignedBy, parseSignature, SIGNATURE_ALGORITHMS } from '../ssh-wire/signature.ts'
import { CERTIFICATE_ALGORITHMS } from './algorithms.ts'
import type { Certificate } from './certificate.ts'
import { parseCertificate } from './parse.ts'
import type { CertificateRefusal } from './refusal.ts'
import { readRestrictions, type Restrictions } from './restrictions.ts'
import type { Revocable } from './revocation.ts'
import { liesIn } from './source-address.ts'
import { RSA_LEAST_BITS, type UserCa } from './user-ca.ts'

/** What one `publickey` request brought, signed or not. */
export interface Offer {
  /** The public key algorithm name of the request (RFC 4252 §7). */
  readonly algorithm: string
  readonly blob: Uint8Array
  readonly clientAddress: string
  /** Seconds since 1970 UTC. */
  readonly now: bigint
}

export interface UserTrust {
  readonly cas: readonly UserCa[]
  /** The lookup: whether an administrator or a revocation list took the certificate back. */
  isRevoked(certificate: Revocable): boolean
}

export interface AcceptedCertificate {
  readonly identity: Identity
  readonly certificate: Certificate
  readonly restrictions: Restrictions
}

/**
 * Decides on the certificate's own terms; what its owner may reach is for grants to say, and that
 * the peer holds the key is for `verifyClientSignature`.
 *
 * Everything is believed only once the CA's signature is verified, and that work is only done for a
 * CA we trust: a stranger cannot make us compute.
 */
export function checkUserCertificate(
  offer: Offer,
  trust: UserTrust,
): Result<AcceptedCertificate, CertificateRefusal> {
  const algorithm = CERTIFICATE_ALGORITHMS.get(offer.algorithm)
  if (algorithm === undefined) return refuse(notNamedAsCertificate(offer))
  const parsed = parseCertificate(offer.blob)
  if (!parsed.ok) return refuse({ because: 'unreadable', fault: parsed.fault })
  const certificate = parsed.value
  if (certificate.blobType !== algorithm.blobType) {
    return refuse({
      because: 'unreadable',
      fault: `a ${certificate.blobType} was offered as ${offer.algorithm}`,
    })
  }
  if (certificate.type !== 'user') return refuse({ because: 'not-a-user-certificate' })

  const caFingerprint = fingerprint(certificate.signatureKey)
  const ca = findCa(trust, certificate.signatureKey, offer.now)
  if (ca === undefined) return refuse({ because: 'ca-not-trusted', caFingerprint })
  const distrust = checkCaSignature(certificate, caFingerprint) ?? checkSizes(certificate)
  if (distrust !== null) return refuse(distrust)

  if (offer.now < certificate.validAfter) {
    return refuse({ because: 'not-yet-valid', validAfter: certificate.validAfter, now: offer.now })
  }
  if (offer.now >= certificate.validBefore) {
    return refuse({ because: 'expired', validBefore: certificate.validBefore, now: offer.now })
  }

  const agent = findAgent(certificate.principals, ca)
  if (!agent.ok) return agent

  const restrictions = readRestrictions(certificate)
  if (!restrictions.ok) return refuse(restrictions.fault)
  const { sourceAddress, forceCommand, permitPty, task, onBehalfOf } = restrictions.value
  const { clientAddress } = offer
  if (sourceAddress !== null && !liesIn(clientAddress, sourceAddress.networks)) {
    return refuse({ because: 'source-address', clientAddress, allowed: sourceAddress.text })
  }

  const { key, keyId, serial, validBefore } = certificate
  if (trust.isRevoked({ caFingerprint, ca: ca.key, key, keyId, serial })) {
    return refuse({ because: 'revoked', keyId, serial })
  }

  const identity: Identity = {
    agent: agent.value,
    task,
    onBehalfOf,
    keyId,
    serial,
    key,
    ca: ca.key,
    keyFingerprint: fingerprint(key),
    caFingerprint,
    validBefore,
    forceCommand,
    permitPty,
  }
  return { ok: true, value: { identity, certificate, restrictions: restrictions.value } }
}

/**
 * Why a certificate that was accepted once counts no more; null while it does. For sessions that go on
 * when the trust changes: a rotated CA is trusted further, a compromised one is not.
 *
 * @param now seconds since 1970 UTC.
 */
export function whyDistrusted(
  identity: Identity,
  trust: UserTrust,
  now: bigint,
): 'ca-not-trusted' | 'revoked' | null {
  if (findCa(trust, identity.ca, now) === undefined) return 'ca-not-trusted'
  return trust.isRevoked(identity) ? 'revoked' : null
}

function notNamedAsCertificate({ algorithm, blob }: Offer): CertificateRefusal {
  if (algorithm.includes('-cert-v')) return { because: 'algorithm-not-accepted', algorithm }
  const isCertificate = parseCertificate(blob).ok
  return { because: isCertificate ? 'named-as-plain-key' : 'not-a-certificate', algorithm }
}

function findCa({ cas }: UserTrust, signatureKey: PublicKey, now: bigint): UserCa | undefined {
  return cas.find(({ key, trustedBefore }) => {
    const isOver = trustedBefore !== undefined && now >= trustedBefore
    return !isOver && isSameKey(key, signatureKey)
  })
}

function checkCaSignature(
  certificate: Certificate,
  caFingerprint: string,
): CertificateRefusal | null {
  const signature = parseSignature(certificate.signature)
  if (!signature.ok) return { because: 'unreadable', fault: `signature: ${signature.fault}` }
  const { algorithm } = signature.value
  if (!SIGNATURE_ALGORITHMS.has(algorithm)) return { because: 'ca-signature-algorithm', algorithm }
  // As sshd, we ask no touch of a CA's security key: whoever signs certificates is not logging in.
  return isSignedBy(certificate.signatureKey, signature.value, certificate.signedBytes)
    ? null
    : { because: 'ca-signature-wrong', caFingerprint }
}

function checkSizes({ key, signatureKey }: Certificate): CertificateRefusal | null {
  for (const [whose, bits] of [
    ['ca', rsaBits(signatureKey)],
    ['user', rsaBits(key)],
  ] as const) {
    if (bits !== null && bits < RSA_LEAST_BITS) {
      return { because: 'rsa-too-short', whose, bits, leastBits: RSA_LEAST_BITS }
    }
  }
  return null
}

/**
 * The one agent the principals stand for. An empty list is nobody: OpenSSH refuses it too,
 * golang.org/x/crypto reads it as "any user", and a CA set up for the second must not open ours.
 * Two agents are nobody either: every event names one, and a guess would name the wrong one.
 */
function findAgent(principals: readonly string[], ca: UserCa): Result<string, CertificateRefusal> {
  if (principals.length === 0) return refuse({ because: 'no-principals' })
  const agents = new Set(principals.flatMap(principal => agentOf(principal, ca) ?? []))
  const [agent, another] = agents
  if (agent === undefined) return refuse({ because: 'no-agent', principals })
  if (another !== undefined) return refuse({ because: 'several-agents', agents: [...agents] })
  return { ok: true, value: agent }
}

function agentOf(principal: string, { principals }: UserCa): string | null {
  if (principals !== 'agent-names') return principals.get(principal) ?? null
  return NAME.test(principal) && principal !== RESERVED_NAME ? principal : null
}

function refuse(refusal: CertificateRefusal): { ok: false; fault: CertificateRefusal } {
  return { ok: false, fault: refusal }
}
