import constants from 'ssh2/lib/protocol/constants.js'
import type { HostKey, KeyExchange, Protocol } from 'ssh2/lib/protocol/Protocol.js'
import utils from 'ssh2/lib/protocol/utils.js'
import {
  CERTIFICATE_ALGORITHMS,
  certificateAlgorithmOf,
} from '../../core/certificate/algorithms.ts'
import type { Certificate } from '../../core/certificate/certificate.ts'
import { parseCertificate } from '../../core/certificate/parse.ts'
import { acted } from './acted.ts'
import type { Undo } from './repair.ts'

/** By the names that a key exchange agrees on, best first. No `ssh-rsa-cert…`: it would be signed with SHA-1. */
export const HOST_CERTIFICATE_ALGORITHMS = [
  'ssh-ed25519-cert-v01@openssh.com',
  'ecdsa-sha2-nistp256-cert-v01@openssh.com',
  'ecdsa-sha2-nistp384-cert-v01@openssh.com',
  'ecdsa-sha2-nistp521-cert-v01@openssh.com',
  'rsa-sha2-512-cert-v01@openssh.com',
  'rsa-sha2-256-cert-v01@openssh.com',
] as const

/** Fault: ssh2 refuses to offer or ask for a host certificate, because its list lacks their names. */
export function permitHostCertificates(): Undo {
  const list = constants.SUPPORTED_SERVER_HOST_KEY
  const added = HOST_CERTIFICATE_ALGORITHMS.filter(algorithm => !list.includes(algorithm))
  list.push(...added)
  return () => {
    for (const algorithm of added) list.splice(list.indexOf(algorithm), 1)
  }
}

/** How the host of an exchange has to sign, where a certificate was agreed on. */
const signatureOf = new WeakMap<KeyExchange, string>()

/**
 * Fault: ssh2's client wants the name that was agreed on in three places: in the host's blob, in its
 * signature, and to choose the hash. For a certificate these are up to three names (rsa-sha2-512-cert-…,
 * ssh-rsa-cert-…, rsa-sha2-512). Here each exchange gets the one that the blob has; from then on
 * `verifyWithCertifiedKey` takes over. For the client's side, before the first key exchange.
 */
export function expectHostCertificate(protocol: Protocol): void {
  let current = protocol._kex
  Object.defineProperty(protocol, '_kex', {
    configurable: true,
    get: () => current,
    set(kex: KeyExchange | undefined) {
      current = kex
      const agreed = kex && CERTIFICATE_ALGORITHMS.get(kex.negotiated.serverHostKey)
      if (kex === undefined || agreed === undefined) return
      signatureOf.set(kex, agreed.signatureAlgorithm)
      kex.negotiated.serverHostKey = agreed.blobType
    },
  })
}

/**
 * Fault: ssh2's client takes the host certificate for a key of an unknown type when it verifies the
 * host's signature. Call this from the host verifier once the certificate is accepted: the exchange hash
 * is then made with the certificate (RFC 4253 §8, K_S), and the signature verified with the key in it.
 */
export function verifyWithCertifiedKey(protocol: Protocol, certificate: Certificate): void {
  const kex = protocol._kex
  if (kex === undefined) return
  acted('host-certificates')
  // kex.js:638 compares the name in the signature with this, and chooses the hash by it.
  kex.negotiated.serverHostKey = signatureOf.get(kex) ?? certificate.key.type
  const presented = kex._hostKey
  const certified = Buffer.from(certificate.key.blob)
  // kex.js reads it first for the exchange hash, then twice to parse the key that verifies.
  let isHashed = false
  Object.defineProperty(kex, '_hostKey', {
    configurable: true,
    get: () => {
      const value = isHashed ? certified : presented
      isHashed = true
      return value
    },
    set() {
      // ssh2 only clears it, at the end.
    },
  })
}

/**
 * Fault: ssh2's server has no host certificates. It signs with whatever it is given as a key, so it is
 * given the host key under the certificate's name; `presentHostKeys` sets right what it calls the result.
 *
 * @returns null for a certificate of another key.
 */
export function certifiedHostKey(plain: HostKey, certificate: Uint8Array): HostKey | null {
  const parsed = parseCertificate(certificate)
  if (!parsed.ok || Buffer.compare(parsed.value.key.blob, plain.getPublicSSH()) !== 0) return null
  const blob = Buffer.from(certificate)
  // Inherits the marks by which ssh2 knows its own parsed keys.
  return Object.create(plain, {
    type: { value: certificateAlgorithmOf(plain.type) },
    getPublicSSH: { value: () => blob },
    sign: {
      value: (data: Buffer) => {
        const signature = plain.sign(data)
        return signature instanceof Error
          ? signature
          : utils.convertSignature(signature, plain.type)
      },
    },
  }) as HostKey
}

/**
 * The other half for the server, once for each connection: a signature carries the plain key's name,
 * ssh2 writes the negotiated one. It looks it up after it has signed.
 */
export function presentHostKeys(
  protocol: Protocol,
  hostKeys: Readonly<Record<string, HostKey>>,
): void {
  protocol._hostKeys = Object.fromEntries(
    Object.entries(hostKeys).map(([name, key]) => {
      const algorithm = CERTIFICATE_ALGORITHMS.get(name)
      if (algorithm === undefined) return [name, key]
      const sign = (data: Buffer): Buffer | Error => {
        if (protocol._kex !== undefined) {
          protocol._kex.negotiated.serverHostKey = algorithm.signatureAlgorithm
        }
        acted('host-certificates')
        return key.sign(data)
      }
      return [name, Object.create(key, { sign: { value: sign } }) as HostKey]
    }),
  )
}
