import type { PublicKey } from '../ssh-wire/public-key.ts'

/** What a certificate can be taken back by. */
export interface Revocable {
  /** `SHA256:…` of `ca`. */
  readonly caFingerprint: string
  readonly ca: PublicKey
  readonly key: PublicKey
  readonly keyId: string
  readonly serial: bigint
}

/** What an administrator took back: one certificate of a CA, or all that carry a key id. */
export type Revocation =
  | { readonly caFingerprint: string; readonly serial: bigint }
  | { readonly keyId: string }

/**
 * Serial 0 takes nobody's certificate back: it is what CAs write that do not number their
 * certificates, so it would mean all of them (OpenSSH `krl.c`, `is_cert_revoked`).
 */
export function revokes(
  revocation: Revocation,
  certificate: Pick<Revocable, 'caFingerprint' | 'keyId' | 'serial'>,
): boolean {
  if ('keyId' in revocation) return revocation.keyId === certificate.keyId
  return (
    revocation.serial !== 0n &&
    revocation.serial === certificate.serial &&
    revocation.caFingerprint === certificate.caFingerprint
  )
}
