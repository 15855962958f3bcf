import {
  createPrivateKey,
  generateKeyPairSync,
  type JsonWebKey,
  type KeyObject,
  randomInt,
} from 'node:crypto'
import {
  type EllipticPrivateKey,
  formatPrivateKey,
  isRsa,
  type PrivateKey,
  type RsaPrivateKey,
} from '../core/ssh-wire/private-key.ts'
import { COORDINATE_BYTES, type Curve, withBlob } from '../core/ssh-wire/public-key.ts'
import type { KeyKind } from './key-names.ts'

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
export const RSA_BITS = 3072

/** A new private key as text for a file. */
export function makePrivateKey(kind: KeyKind, comment: string): string {
  return formatPrivateKey({ ...fromKeyObject(generate(kind)), comment }, randomInt(2 ** 32))
}

function generate(kind: KeyKind): KeyObject {
  switch (kind) {
    case 'ed25519':
      return generateKeyPairSync('ed25519').privateKey
    case 'ecdsa':
      return generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
    case 'ecdsa-384':
      return generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey
    case 'ecdsa-521':
      return generateKeyPairSync('ec', { namedCurve: 'P-521' }).privateKey
    case 'rsa':
      return generateKeyPairSync('rsa', { modulusLength: RSA_BITS }).privateKey
  }
}

/** From what Node made. A key of another kind is a mistake of the caller. */
export function fromKeyObject(
  key: KeyObject,
): Omit<EllipticPrivateKey, 'comment'> | Omit<RsaPrivateKey, 'comment'> {
  const jwk = key.export({ format: 'jwk' })
  const part = (name: 'd' | 'e' | 'n' | 'p' | 'q' | 'qi' | 'x' | 'y'): Uint8Array =>
    Buffer.from(jwk[name] ?? '', 'base64url')
  if (jwk.kty === 'RSA') {
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
  if (jwk.crv === 'Ed25519') {
    return { publicKey: withBlob({ type: 'ssh-ed25519', point: part('x') }), secret: part('d') }
  }
  const [curve] = (Object.keys(JWK_CURVE) as Curve[]).filter(name => JWK_CURVE[name] === jwk.crv)
  if (curve === undefined) throw new RangeError(`${jwk.kty} ${jwk.crv} is no key of SSH`)
  const point = Buffer.concat([Uint8Array.of(4), part('x'), part('y')])
  return {
    publicKey: withBlob({ type: `ecdsa-sha2-${curve}`, curve, point }),
    secret: part('d'),
  }
}

const JWK_CURVE = { nistp256: 'P-256', nistp384: 'P-384', nistp521: 'P-521' } as const

/** For signing. Throws what OpenSSL finds wrong with it. */
export function toKeyObject(key: PrivateKey): KeyObject {
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
