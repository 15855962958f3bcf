import {
  createPrivateKey,
  generateKeyPairSync,
  type JsonWebKey,
  type KeyObject,
  randomInt,
  sign,
} from 'node:crypto'
import { fingerprint } from '../core/ssh-wire/fingerprint.ts'
import { formatKeyLine } from '../core/ssh-wire/key-line.ts'
import {
  type EllipticPrivateKey,
  formatPrivateKey,
  isRsa,
  type PrivateKey,
  type RsaPrivateKey,
} from '../core/ssh-wire/private-key.ts'
import { COORDINATE_BYTES, type Curve, withBlob } from '../core/ssh-wire/public-key.ts'
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

/** What we make keys of. A file may hold any of these, whoever made it. */
export const KEY_KINDS = ['ed25519', 'ecdsa', 'ecdsa-384', 'ecdsa-521', 'rsa'] as const
export type KeyKind = (typeof KEY_KINDS)[number]

const KIND_OF: Readonly<Record<PrivateKey['publicKey']['type'], KeyKind>> = {
  'ssh-ed25519': 'ed25519',
  'ecdsa-sha2-nistp256': 'ecdsa',
  'ecdsa-sha2-nistp384': 'ecdsa-384',
  'ecdsa-sha2-nistp521': 'ecdsa-521',
  'ssh-rsa': 'rsa',
}

export function kindOf({ publicKey }: Pick<PrivateKey, 'publicKey'>): KeyKind {
  return KIND_OF[publicKey.type]
}

/** What `ssh-keygen -t rsa` makes, and what matches the 128 bits of the other two. */
const RSA_BITS = 3072

/** A new private key as text for a file. */
export function makePrivateKey(kind: KeyKind, comment: string): string {
  return formatPrivateKey({ ...makeSecret(kind), comment }, randomInt(2 ** 32))
}

type Made = Omit<EllipticPrivateKey, 'comment'> | Omit<RsaPrivateKey, 'comment'>

function makeSecret(kind: KeyKind): Made {
  switch (kind) {
    case 'ed25519': {
      const part = partsOf(generateKeyPairSync('ed25519').privateKey)
      return {
        publicKey: withBlob({ type: 'ssh-ed25519', point: part('x') }),
        secret: part('d'),
      }
    }
    case 'ecdsa':
      return makeEcdsa('nistp256')
    case 'ecdsa-384':
      return makeEcdsa('nistp384')
    case 'ecdsa-521':
      return makeEcdsa('nistp521')
    case 'rsa': {
      const part = partsOf(generateKeyPairSync('rsa', { modulusLength: RSA_BITS }).privateKey)
      return {
        publicKey: withBlob({ type: 'ssh-rsa', exponent: part('e'), modulus: part('n') }),
        secret: {
          privateExponent: part('d'),
          coefficient: part('qi'),
          prime1: part('p'),
          prime2: part('q'),
        },
      }
    }
  }
}

function makeEcdsa(curve: Curve): Made {
  const part = partsOf(generateKeyPairSync('ec', { namedCurve: JWK_CURVE[curve] }).privateKey)
  const point = Buffer.concat([Uint8Array.of(4), part('x'), part('y')])
  return {
    publicKey: withBlob({ type: `ecdsa-sha2-${curve}`, curve, point }),
    secret: part('d'),
  }
}

/** The numbers of a key by their names in a JSON web key (RFC 7518 §6). */
function partsOf(
  key: KeyObject,
): (name: 'd' | 'e' | 'n' | 'p' | 'q' | 'qi' | 'x' | 'y') => Uint8Array {
  const jwk = key.export({ format: 'jwk' })
  return name => Buffer.from(jwk[name] ?? '', 'base64url')
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

const JWK_CURVE = { nistp256: 'P-256', nistp384: 'P-384', nistp521: 'P-521' } as const

function toKeyObject(key: PrivateKey): KeyObject {
  return createPrivateKey({ format: 'jwk', key: isRsa(key) ? rsaJwk(key) : ellipticJwk(key) })
}

function ellipticJwk({ publicKey, secret }: EllipticPrivateKey): JsonWebKey {
  const d = base64Url(secret)
  if (publicKey.type === 'ssh-ed25519') {
    return { kty: 'OKP', crv: 'Ed25519', d, x: base64Url(publicKey.point) }
  }
  const half = 1 + COORDINATE_BYTES[publicKey.curve]
  const x = base64Url(publicKey.point.subarray(1, half))
  const y = base64Url(publicKey.point.subarray(half))
  return { kty: 'EC', crv: JWK_CURVE[publicKey.curve], d, x, y }
}

function rsaJwk({ publicKey, secret }: RsaPrivateKey): JsonWebKey {
  const { coefficient, prime1, prime2, privateExponent } = secret
  const d = toNumber(privateExponent)
  return {
    kty: 'RSA',
    n: base64Url(publicKey.modulus),
    e: base64Url(publicKey.exponent),
    d: base64Url(privateExponent),
    p: base64Url(prime1),
    q: base64Url(prime2),
    qi: base64Url(coefficient),
    // OpenSSH's file leaves these two out (RFC 8017 §3.2): they follow from the others.
    dp: base64Url(toBytes(d % (toNumber(prime1) - 1n))),
    dq: base64Url(toBytes(d % (toNumber(prime2) - 1n))),
  }
}

function toNumber(magnitude: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(magnitude).toString('hex')}`)
}

function toBytes(number: bigint): Uint8Array {
  const digits = number.toString(16)
  return Buffer.from(digits.padStart(digits.length + (digits.length % 2), '0'), 'hex')
}

function base64Url(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64url')
}
