import { sign } from 'node:crypto'
import { fingerprint } from '../core/ssh-wire/fingerprint.ts'
import { formatKeyLine } from '../core/ssh-wire/key-line.ts'
import type { PrivateKey } from '../core/ssh-wire/private-key.ts'
import { toKeyObject } from './key-material.ts'
import { signAs, signatureAlgorithm } from './sign.ts'

/** A private key of ours, ready for use. */
export interface KeyPair {
  /** Its file's name. */
  readonly name: string
  readonly publicKey: PrivateKey['publicKey']
  /** As in its `.pub` file, without a line break. */
  readonly publicKeyLine: string
  /** `SHA256:…` */
  readonly fingerprint: string
}

/** Signs as an SSH key does. */
export interface SshSigner extends KeyPair {
  /** A whole signature blob (RFC 4253 §6.6): algorithm and bytes. */
  sign(bytes: Uint8Array): Uint8Array
}

/** An ed25519 key that signs evidence. */
export interface EvidenceSigner extends KeyPair {
  /** 32 bytes (RFC 8032 §5.1.5). */
  readonly rawPublicKey: Uint8Array
  /** 64 bytes (RFC 8032 §5.1.6). */
  sign(bytes: Uint8Array): Uint8Array
}

/** A key that is handed to ssh2, which signs with it. */
export interface LoginKey extends KeyPair {
  /** The file as it lies there. */
  readonly privateKey: Buffer
}

export function keyPair(name: string, key: PrivateKey): KeyPair {
  return {
    name,
    publicKey: key.publicKey,
    publicKeyLine: formatKeyLine(key.publicKey, key.comment),
    fingerprint: fingerprint(key.publicKey),
  }
}

export function sshSigner(name: string, key: PrivateKey): SshSigner {
  const secret = toKeyObject(key)
  const algorithm = signatureAlgorithm(key.publicKey.type)
  return {
    ...keyPair(name, key),
    sign: bytes => signAs(algorithm, bytes, secret),
  }
}

/** Null for a key that is not ed25519. */
export function evidenceSigner(name: string, key: PrivateKey): EvidenceSigner | null {
  if (key.publicKey.type !== 'ssh-ed25519') return null
  const secret = toKeyObject(key)
  return {
    ...keyPair(name, key),
    rawPublicKey: key.publicKey.point,
    sign: bytes => new Uint8Array(sign(null, bytes, secret)),
  }
}
