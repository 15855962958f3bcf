import constants from 'ssh2/lib/protocol/constants.js'
import type { Protocol } from 'ssh2/lib/protocol/Protocol.js'
import type { Certificate } from '../../core/certificate/certificate.ts'
import type { Undo } from './repair.ts'

/**
 * Host certificates that ssh2 can be taught. Not RSA: there the name that is negotiated differs from
 * the name in the blob, and ssh2 ends the connection before anybody is asked.
 */
export const HOST_CERTIFICATE_ALGORITHMS = [
  'ssh-ed25519-cert-v01@openssh.com',
  'ecdsa-sha2-nistp256-cert-v01@openssh.com',
  'ecdsa-sha2-nistp384-cert-v01@openssh.com',
  'ecdsa-sha2-nistp521-cert-v01@openssh.com',
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

/**
 * Fault: ssh2 takes the host certificate for a key of an unknown type when it verifies the host's
 * signature. Call this from the host verifier once the certificate is accepted: the exchange hash is
 * then made with the certificate (RFC 4253 §8, K_S), and the signature verified with the key in it.
 */
export function verifyWithCertifiedKey(protocol: Protocol, certificate: Certificate): void {
  const kex = protocol._kex
  if (kex === undefined) return
  // kex.js:639 compares the name in the signature, which is the plain key's, with this.
  kex.negotiated.serverHostKey = certificate.key.type
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
