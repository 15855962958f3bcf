import { type KeyObject, sign } from 'node:crypto'
import type { PrivateKey } from '../core/ssh-wire/private-key.ts'
import { WireWriter } from '../core/ssh-wire/writer.ts'

/** What a key of ours signs with. */
export type OwnSignatureAlgorithm =
  | Exclude<PrivateKey['publicKey']['type'], 'ssh-rsa'>
  | 'rsa-sha2-512'

/** By the type of the key: RSA has several, of which SHA-1 (`ssh-rsa`) is none any more. */
export function signatureAlgorithm(type: PrivateKey['publicKey']['type']): OwnSignatureAlgorithm {
  return type === 'ssh-rsa' ? 'rsa-sha2-512' : type
}

/** A whole signature blob (RFC 4253 §6.6, RFC 5656 §3.1.2, RFC 8332 §3, RFC 8709 §6). */
export function signAs(
  algorithm: OwnSignatureAlgorithm,
  bytes: Uint8Array,
  key: KeyObject,
): Uint8Array {
  return new WireWriter()
    .string(algorithm)
    .string(signature(algorithm, bytes, key))
    .bytes()
}

function signature(
  algorithm: OwnSignatureAlgorithm,
  bytes: Uint8Array,
  key: KeyObject,
): Uint8Array {
  switch (algorithm) {
    case 'ssh-ed25519':
      return sign(null, bytes, key)
    case 'rsa-sha2-512':
      return sign('sha512', bytes, key)
    case 'ecdsa-sha2-nistp256':
    case 'ecdsa-sha2-nistp384':
    case 'ecdsa-sha2-nistp521': {
      const both = sign(HASH[algorithm], bytes, { key, dsaEncoding: 'ieee-p1363' })
      const half = both.length / 2
      return new WireWriter().mpint(both.subarray(0, half)).mpint(both.subarray(half)).bytes()
    }
  }
}

/** RFC 5656 §6.2.1. */
const HASH = {
  'ecdsa-sha2-nistp256': 'sha256',
  'ecdsa-sha2-nistp384': 'sha384',
  'ecdsa-sha2-nistp521': 'sha512',
} as const
