import type { PublicKey } from '../ssh-wire/public-key.ts'

/**
 * What a certificate can be taken back by: its key id, its CA and serial, its key. Serial 0 takes back
 * nobody's: it is what CAs write that do not number their certificates, so it would mean all of them
 * (OpenSSH `krl.c`, `is_cert_revoked`).
 */
export interface Revocable {
  /** `SHA256:…` of `ca`. */
  readonly caFingerprint: string
  readonly ca: PublicKey
  readonly key: PublicKey
  readonly keyId: string
  readonly serial: bigint
}
