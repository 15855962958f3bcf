import { createHash, createPublicKey, type KeyObject, verify } from 'node:crypto'
import type { Result } from '../result.ts'
import { COORDINATE_BYTES, type Curve, type PublicKey } from './public-key.ts'
import { WireReader } from './reader.ts'
import { WireFault } from './wire-fault.ts'
import { WireWriter } from './writer.ts'

/** A signature blob, taken apart: what it claims, not yet what it proves. */
export interface Signature {
  readonly algorithm: string
  readonly value: Uint8Array
  /** What a security key says about itself, and signs (OpenSSH PROTOCOL.u2f); null for other keys. */
  readonly securityKey: SecurityKeyUse | null
}

export interface SecurityKeyUse {
  readonly flags: number
  /** Grows with each use, where the security key keeps count. */
  readonly counter: number
}

/** Somebody touched the security key. */
export const USER_PRESENT = 0x01
/** The security key knew who: by PIN or fingerprint. */
export const USER_VERIFIED = 0x04

/**
 * The algorithms `isSignedBy` knows: the newer of the two RSA forms only. SHA-1 (`ssh-rsa`) proves
 * nothing any more, so there is no switch that turns it on.
 */
export const SIGNATURE_ALGORITHMS: ReadonlySet<string> = new Set([
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'rsa-sha2-256',
  'rsa-sha2-512',
  'sk-ssh-ed25519@openssh.com',
  'sk-ecdsa-sha2-nistp256@openssh.com',
])

/** Reads a signature blob (RFC 4253 §6.6, OpenSSH PROTOCOL.u2f). */
export function parseSignature(blob: Uint8Array): Result<Signature, string> {
  try {
    const fields = new WireReader(blob)
    const algorithm = fields.text('signature algorithm')
    const value = fields.string('signature')
    const securityKey = algorithm.startsWith('sk-')
      ? { flags: fields.byte('flags'), counter: fields.uint32('counter') }
      : null
    fields.end()
    return { ok: true, value: { algorithm, value, securityKey } }
  } catch (error) {
    if (error instanceof WireFault) return { ok: false, fault: error.message }
    throw error
  }
}

/** Whether the owner of `key` signed `data`; false also where the algorithm is not one of this key. */
export function isSignedBy(key: PublicKey, signature: Signature, data: Uint8Array): boolean {
  const publicKey = importKey(key)
  if (publicKey === null) return false
  switch (key.type) {
    case 'ssh-ed25519':
      if (signature.algorithm !== key.type) return false
      return verify(null, data, publicKey, signature.value)
    case 'ecdsa-sha2-nistp256':
    case 'ecdsa-sha2-nistp384':
    case 'ecdsa-sha2-nistp521':
      if (signature.algorithm !== key.type) return false
      return isEcdsaSignature(key.curve, publicKey, signature.value, data)
    case 'ssh-rsa':
      return isRsaSignature(publicKey, key.modulus.length, signature, data)
    case 'sk-ssh-ed25519@openssh.com':
    case 'sk-ecdsa-sha2-nistp256@openssh.com': {
      if (signature.algorithm !== key.type || signature.securityKey === null) return false
      const signed = signedBySecurityKey(key.application, signature.securityKey, data)
      return key.type === 'sk-ssh-ed25519@openssh.com'
        ? verify(null, signed, publicKey, signature.value)
        : isEcdsaSignature('nistp256', publicKey, signature.value, signed)
    }
  }
}

const JWK_CURVE = { nistp256: 'P-256', nistp384: 'P-384', nistp521: 'P-521' } as const
/** RFC 5656 §6.2.1: the hash goes with the size of the curve. */
const CURVE_HASH = { nistp256: 'sha256', nistp384: 'sha384', nistp521: 'sha512' } as const
const RSA_HASH: ReadonlyMap<string, string> = new Map([
  ['rsa-sha2-256', 'sha256'],
  ['rsa-sha2-512', 'sha512'],
])

/** Null when the material is no key at all, such as a point beside its curve. */
function importKey(key: PublicKey): KeyObject | null {
  try {
    return createPublicKey({ format: 'jwk', key: toJwk(key) })
  } catch {
    return null // OpenSSL has no names for what it dislikes; a key that cannot be used signed nothing
  }
}

function toJwk(key: PublicKey): Record<string, string> {
  switch (key.type) {
    case 'ssh-ed25519':
    case 'sk-ssh-ed25519@openssh.com':
      return { kty: 'OKP', crv: 'Ed25519', x: base64Url(key.point) }
    case 'ssh-rsa':
      return { kty: 'RSA', e: base64Url(key.exponent), n: base64Url(key.modulus) }
    case 'ecdsa-sha2-nistp256':
    case 'ecdsa-sha2-nistp384':
    case 'ecdsa-sha2-nistp521':
    case 'sk-ecdsa-sha2-nistp256@openssh.com': {
      const half = 1 + COORDINATE_BYTES[key.curve]
      return {
        kty: 'EC',
        crv: JWK_CURVE[key.curve],
        x: base64Url(key.point.subarray(1, half)),
        y: base64Url(key.point.subarray(half)),
      }
    }
  }
}

/** RFC 5656 §3.1.2: r and s as two mpints; OpenSSL takes both at full width. */
function isEcdsaSignature(
  curve: Curve,
  key: KeyObject,
  value: Uint8Array,
  data: Uint8Array,
): boolean {
  try {
    const fields = new WireReader(value)
    const r = fullWidth(fields.positiveMpint('r'), COORDINATE_BYTES[curve])
    const s = fullWidth(fields.positiveMpint('s'), COORDINATE_BYTES[curve])
    fields.end()
    const both = new WireWriter().raw(r).raw(s).bytes()
    return verify(CURVE_HASH[curve], data, { key, dsaEncoding: 'ieee-p1363' }, both)
  } catch (error) {
    if (error instanceof WireFault) return false
    throw error
  }
}

/** RFC 8332 §3. Some clients drop leading zeros of the signature; OpenSSH puts them back and so do we. */
function isRsaSignature(
  key: KeyObject,
  modulusBytes: number,
  signature: Signature,
  data: Uint8Array,
): boolean {
  const hash = RSA_HASH.get(signature.algorithm)
  if (hash === undefined || signature.value.length > modulusBytes) return false
  return verify(hash, data, key, fullWidth(signature.value, modulusBytes))
}

/** OpenSSH PROTOCOL.u2f, "SSH U2F Signatures": what the security key really signed. */
function signedBySecurityKey(
  application: Uint8Array,
  use: SecurityKeyUse,
  data: Uint8Array,
): Uint8Array {
  return new WireWriter()
    .raw(createHash('sha256').update(application).digest())
    .byte(use.flags)
    .uint32(use.counter)
    .raw(createHash('sha256').update(data).digest())
    .bytes()
}

function fullWidth(magnitude: Uint8Array, width: number): Uint8Array {
  if (magnitude.length > width) throw new WireFault('signature: a number is too large')
  const padded = new Uint8Array(width)
  padded.set(magnitude, width - magnitude.length)
  return padded
}

function base64Url(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64url')
}
