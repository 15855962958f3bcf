import ssh2 from 'ssh2'
import constants from 'ssh2/lib/protocol/constants.js'
import type { HostKey, Protocol } from 'ssh2/lib/protocol/Protocol.js'
import utils from 'ssh2/lib/protocol/utils.js'
import type { Certificate } from '../../core/certificate/certificate.ts'
import { parseCertificate } from '../../core/certificate/parse.ts'
import type { Result } from '../../core/result.ts'
import { WireReader } from '../../core/ssh-wire/reader.ts'
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

const SUFFIX = '-cert-v01@openssh.com'

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
 * Fault: ssh2's client takes the host certificate for a key of an unknown type when it verifies the
 * host's signature. Call this from the host verifier once the certificate is accepted: the exchange hash
 * is then made with the certificate (RFC 4253 §8, K_S), and the signature verified with the key in it.
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

/** A host key that shows a certificate in place of itself. */
export interface CertifiedHostKey {
  /** For the `hostKeys` of ssh2's server. */
  readonly key: HostKey
  /** Shows this certificate from the next connection on; false for a certificate of another key. */
  readonly renew: (certificate: Uint8Array) => boolean
}

/**
 * Fault: ssh2's server has no host certificates. It signs with whatever it is given as a key, so it is
 * given the private key under the certificate's name; `nameTheSignature` sets right what it calls the result.
 */
export function certifiedHostKey(
  privateKey: string | Buffer,
  certificate: Uint8Array,
): Result<CertifiedHostKey, string> {
  const plain = ssh2.utils.parseKey(privateKey) as unknown as HostKey | Error
  if (plain instanceof Error) return { ok: false, fault: plain.message }
  const isOfThisKey = (blob: Uint8Array): boolean => {
    const parsed = parseCertificate(blob)
    return parsed.ok && Buffer.compare(parsed.value.key.blob, plain.getPublicSSH()) === 0
  }
  if (!isOfThisKey(certificate)) return { ok: false, fault: 'it is a certificate of another key' }
  let shown = Buffer.from(certificate)
  // Inherits the marks by which ssh2 knows its own parsed keys.
  const key = Object.create(plain, {
    type: { value: `${plain.type}${SUFFIX}` },
    getPublicSSH: { value: () => shown },
    sign: {
      value: (data: Buffer, algorithm?: string) => {
        const signature = plain.sign(data, algorithm)
        return signature instanceof Error
          ? signature
          : utils.convertSignature(signature, plain.type)
      },
    },
  }) as HostKey
  const renew = (next: Uint8Array): boolean => {
    if (!isOfThisKey(next)) return false
    shown = Buffer.from(next)
    return true
  }
  return { ok: true, value: { key, renew } }
}

/**
 * The other half for the server, once for each connection: a signature carries the plain key's name,
 * ssh2 writes the negotiated one. It looks it up after it has signed.
 *
 * @param certificates are shown on this connection in place of those the server was made with.
 */
export function nameTheSignature(
  protocol: Protocol,
  certificates: readonly Uint8Array[] = [],
): void {
  const own: Record<string, HostKey> = {}
  const ofType = new Map(
    certificates.map(blob => [new WireReader(blob).text('certificate type'), Buffer.from(blob)]),
  )
  for (const [name, key] of Object.entries(protocol._hostKeys)) {
    const plainName = HOST_CERTIFICATE_ALGORITHMS.some(algorithm => algorithm === name)
      ? name.replace(SUFFIX, '')
      : null
    own[name] =
      plainName === null
        ? key
        : (Object.create(key, {
            getPublicSSH: { value: () => ofType.get(name) ?? key.getPublicSSH() },
            sign: {
              value: (data: Buffer, algorithm?: string) => {
                if (protocol._kex !== undefined) protocol._kex.negotiated.serverHostKey = plainName
                return key.sign(data, algorithm)
              },
            },
          }) as HostKey)
  }
  protocol._hostKeys = own
}
