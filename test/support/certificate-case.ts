import type { RevocationList } from '../../server/core/certificate/krl.ts'
import type { CertificateRefusal } from '../../server/core/certificate/refusal.ts'
import type { PublicKey } from '../../server/core/ssh-wire/public-key.ts'
import type { Forgery } from './forged-certificate.ts'
import { KEY_TYPES, type Signing, type SoftwareKey, softwareKey } from './software-keys.ts'

/** One login with a certificate: what is offered, and what comes of it. */
export interface CertificateCase {
  readonly name: string
  readonly ours: 'accepted' | CertificateRefusal['because']
  /** Why we refuse what sshd accepts; the only way in which the two may differ. */
  readonly stricter?: string
  /** The certified key, and who signs the login with it. */
  readonly key?: SoftwareKey
  readonly forgery?: Partial<Forgery>
  /** Instead of the name that goes with the key. */
  readonly algorithm?: string
  /** Changes the finished blob. */
  readonly damage?: (blob: Uint8Array) => Uint8Array
  readonly signing?: Signing
  /** Instead of a signature by `key`; null never signs. */
  readonly proof?: ((signedBytes: Uint8Array) => Uint8Array) | null
  readonly from?: '127.0.0.1' | '127.0.0.2' | '::1'
}

export const ca = softwareKey('ssh-ed25519', 'ca')
export const key = softwareKey('ssh-ed25519')
export const rsa = softwareKey('ssh-rsa')
export const securityKey = softwareKey('sk-ssh-ed25519@openssh.com')
export const stranger = softwareKey('ssh-ed25519', 'stranger')
export const revokedKey = softwareKey('ssh-ed25519', 'revoked')
export const revokedCa = softwareKey('ssh-ed25519', 'revoked ca')
export const nextCa = softwareKey('ecdsa-sha2-nistp384', 'next ca')
export const shortCa = softwareKey('ssh-rsa', 'ca', 2048)

export const trustedCas: readonly PublicKey[] = [
  ...KEY_TYPES.map(type => softwareKey(type, 'ca')),
  revokedCa,
  nextCa,
  shortCa,
].map(({ publicKey }) => publicKey)

export const revoked: RevocationList = {
  version: 1n,
  generatedAt: 1_700_000_000n,
  comment: '',
  certificates: [
    {
      ca: ca.publicKey,
      serials: [
        { first: 1313n, last: 1313n },
        { first: 2000n, last: 2999n },
      ],
      keyIds: ['taken back'],
    },
  ],
  keys: [revokedKey.publicKey.blob, revokedCa.publicKey.blob],
  sha1: [],
  sha256: [],
}
