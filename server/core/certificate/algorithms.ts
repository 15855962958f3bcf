import type { KeyType } from '../ssh-wire/public-key.ts'

/** A public key algorithm by which a client may offer a certificate. */
export interface CertificateAlgorithm {
  /** The name that stands in the blob. */
  readonly blobType: string
  /** The only algorithm the client's signature may then have. */
  readonly signatureAlgorithm: string
}

/**
 * By the name in the client's request. RSA certificates have one blob name and two request names,
 * which say how the client signs (OpenSSH PROTOCOL.certkeys); `ssh-rsa-cert-v01@openssh.com` as a
 * request name would mean SHA-1 and is not here.
 */
export const CERTIFICATE_ALGORITHMS: ReadonlyMap<string, CertificateAlgorithm> = new Map(
  (
    [
      'ssh-ed25519',
      'ecdsa-sha2-nistp256',
      'ecdsa-sha2-nistp384',
      'ecdsa-sha2-nistp521',
      'sk-ssh-ed25519@openssh.com',
      'sk-ecdsa-sha2-nistp256@openssh.com',
    ] satisfies KeyType[]
  )
    .map((type): [string, CertificateAlgorithm] => [
      blobTypeOf(type),
      { blobType: blobTypeOf(type), signatureAlgorithm: type },
    ])
    .concat(
      ['rsa-sha2-512', 'rsa-sha2-256'].map((algorithm): [string, CertificateAlgorithm] => [
        certificateAlgorithmOf(algorithm),
        { blobType: blobTypeOf('ssh-rsa'), signatureAlgorithm: algorithm },
      ]),
    ),
)

/** `ssh-ed25519` → `ssh-ed25519-cert-v01@openssh.com`; a vendor's name keeps its domain at the end. */
export function blobTypeOf(type: KeyType): string {
  return certificateAlgorithmOf(type)
}

/** The name by which a client offers a certificate whose key signs like this. */
export function certificateAlgorithmOf(signatureAlgorithm: string): string {
  return `${signatureAlgorithm.replace(/@openssh\.com$/, '')}-cert-v01@openssh.com`
}

const KEY_TYPES: ReadonlyMap<string, KeyType> = new Map(
  (
    [
      'ssh-ed25519',
      'ecdsa-sha2-nistp256',
      'ecdsa-sha2-nistp384',
      'ecdsa-sha2-nistp521',
      'ssh-rsa',
      'sk-ssh-ed25519@openssh.com',
      'sk-ecdsa-sha2-nistp256@openssh.com',
    ] satisfies KeyType[]
  ).map(type => [blobTypeOf(type), type]),
)

/** The type of the key inside a certificate; null when the name is not a certificate's. */
export function keyTypeOf(blobType: string): KeyType | null {
  return KEY_TYPES.get(blobType) ?? null
}
