import { createPrivateKey, generateKeyPairSync, type KeyObject, randomInt, sign } from 'node:crypto'
import { fingerprint } from '../core/ssh-wire/fingerprint.ts'
import { formatKeyLine } from '../core/ssh-wire/key-line.ts'
import { formatPrivateKey, type PrivateKey } from '../core/ssh-wire/private-key.ts'
import { COORDINATE_BYTES, withBlob } from '../core/ssh-wire/public-key.ts'
import { WireWriter } from '../core/ssh-wire/writer.ts'

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

export type KeyKind = 'ed25519' | 'ecdsa'

/** A new private key as text for a file. */
export function makePrivateKey(kind: KeyKind, comment: string): string {
  const { privateKey } =
    kind === 'ed25519'
      ? generateKeyPairSync('ed25519')
      : generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const jwk = privateKey.export({ format: 'jwk' })
  const x = Buffer.from(jwk.x ?? '', 'base64url')
  const publicKey =
    kind === 'ed25519'
      ? withBlob({ type: 'ssh-ed25519', point: x })
      : withBlob({
          type: 'ecdsa-sha2-nistp256',
          curve: 'nistp256',
          point: Buffer.concat([Uint8Array.of(4), x, Buffer.from(jwk.y ?? '', 'base64url')]),
        })
  const secret = Buffer.from(jwk.d ?? '', 'base64url')
  return formatPrivateKey({ publicKey, secret, comment }, randomInt(2 ** 32))
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
  const { type } = key.publicKey
  return {
    ...keyPair(name, key),
    sign: bytes => {
      if (type === 'ssh-ed25519') {
        return new WireWriter()
          .string(type)
          .string(sign(null, bytes, secret))
          .bytes()
      }
      const both = sign(HASH[type], bytes, { key: secret, dsaEncoding: 'ieee-p1363' })
      const half = both.length / 2
      const value = new WireWriter()
        .mpint(both.subarray(0, half))
        .mpint(both.subarray(half))
        .bytes()
      return new WireWriter().string(type).string(value).bytes()
    },
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

/** RFC 5656 §6.2.1. */
const HASH = {
  'ecdsa-sha2-nistp256': 'sha256',
  'ecdsa-sha2-nistp384': 'sha384',
  'ecdsa-sha2-nistp521': 'sha512',
} as const

const JWK_CURVE = { nistp256: 'P-256', nistp384: 'P-384', nistp521: 'P-521' } as const

function toKeyObject({ publicKey, secret }: PrivateKey): KeyObject {
  const d = Buffer.from(secret).toString('base64url')
  if (publicKey.type === 'ssh-ed25519') {
    const x = Buffer.from(publicKey.point).toString('base64url')
    return createPrivateKey({ format: 'jwk', key: { kty: 'OKP', crv: 'Ed25519', d, x } })
  }
  const point = Buffer.from(publicKey.point)
  const half = 1 + COORDINATE_BYTES[publicKey.curve]
  const x = point.subarray(1, half).toString('base64url')
  const y = point.subarray(half).toString('base64url')
  return createPrivateKey({
    format: 'jwk',
    key: { kty: 'EC', crv: JWK_CURVE[publicKey.curve], d, x, y },
  })
}
