import type { PublicKey } from '../ssh-wire/public-key.ts'

/** An OpenSSH certificate, read and not yet believed (OpenSSH PROTOCOL.certkeys). */
export interface Certificate {
  readonly type: 'user' | 'host'
  /** The name in front of the blob, such as `ssh-ed25519-cert-v01@openssh.com`. */
  readonly blobType: string
  /** The certified key, as it would be spelled without a certificate. */
  readonly key: PublicKey
  readonly serial: bigint
  readonly keyId: string
  /** For a host certificate: the names of the host. */
  readonly principals: readonly string[]
  /** Seconds since 1970 UTC: the first second the certificate is valid. */
  readonly validAfter: bigint
  /** Seconds since 1970 UTC: the first second it no longer is. */
  readonly validBefore: bigint
  /** In the order they came; a name may stand there twice. */
  readonly criticalOptions: readonly Option[]
  readonly extensions: readonly Option[]
  readonly signatureKey: PublicKey
  /** What the CA signed: every byte before the signature field. */
  readonly signedBytes: Uint8Array
  readonly signature: Uint8Array
}

export interface Option {
  readonly name: string
  readonly data: Uint8Array
}

/** "Until the end of time", as `ssh-keygen -V always:forever` writes it. */
export const FOREVER = 0xffff_ffff_ffff_ffffn

export const CERTIFICATE_TYPE_NUMBER = { user: 1, host: 2 } as const

/** OpenSSH reads no more (SSHKEY_CERT_MAX_PRINCIPALS). */
export const PRINCIPALS_MOST = 256
