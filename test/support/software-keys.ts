import {
  createHash,
  createPrivateKey,
  generateKeyPairSync,
  type KeyObject,
  sign as signBytes,
} from 'node:crypto'
import type { CertificateAuthority } from '../../server/core/certificate/issue.ts'
import type { KeyType, PublicKey } from '../../server/core/ssh-wire/public-key.ts'
import { withBlob } from '../../server/core/ssh-wire/public-key.ts'
import { WireWriter } from '../../server/core/ssh-wire/writer.ts'

/** How a signature should come out, where a test wants it otherwise than a proper key makes it. */
export interface Signing {
  /** For RSA: `ssh-rsa` is SHA-1. Written into the signature whatever was computed. */
  readonly algorithm?: string
  /** For security keys. Touched and not verified by default. */
  readonly flags?: number
  readonly counter?: number
}

/** A key pair in memory; security keys are played by software. */
export interface SoftwareKey extends CertificateAuthority {
  readonly publicKey: PublicKey
  readonly privateKey: KeyObject
  /** A whole signature blob. */
  sign(bytes: Uint8Array, how?: Signing): Uint8Array
}

export const KEY_TYPES: readonly KeyType[] = [
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'ssh-rsa',
  'sk-ssh-ed25519@openssh.com',
  'sk-ecdsa-sha2-nistp256@openssh.com',
]

const made = new Map<string, SoftwareKey>()

/** One key per type and name for the whole run: RSA keys take a quarter of a second each. */
export function softwareKey(type: KeyType, name = 'a', rsaBits = 3072): SoftwareKey {
  const id = `${type} ${name} ${rsaBits}`
  const key = made.get(id) ?? makeKey(type, rsaBits)
  made.set(id, key)
  return key
}

/** The name a client gives the algorithm when it offers a certificate for a key of this type. */
export function offeredAs(type: KeyType): string {
  const name = type === 'ssh-rsa' ? 'rsa-sha2-512' : type.replace('@openssh.com', '')
  return `${name}-cert-v01@openssh.com`
}

function makeKey(type: KeyType, rsaBits: number): SoftwareKey {
  switch (type) {
    case 'ssh-ed25519': {
      const { privateKey, point } = ed25519()
      const publicKey = withBlob({ type, point })
      return {
        publicKey,
        privateKey,
        sign: (bytes, { algorithm = type } = {}) =>
          signature(algorithm, signBytes(null, bytes, privateKey)),
      }
    }
    case 'ecdsa-sha2-nistp256':
      return ecdsaKey(type, 'nistp256', 'P-256', 'sha256')
    case 'ecdsa-sha2-nistp384':
      return ecdsaKey(type, 'nistp384', 'P-384', 'sha384')
    case 'ecdsa-sha2-nistp521':
      return ecdsaKey(type, 'nistp521', 'P-521', 'sha512')
    case 'ssh-rsa':
      return rsaKey(rsaBits)
    case 'sk-ssh-ed25519@openssh.com': {
      const { privateKey, point } = ed25519()
      const application = Buffer.from('ssh:')
      const publicKey = withBlob({ type, point, application })
      return {
        publicKey,
        privateKey,
        sign: (bytes, how = {}) =>
          securityKeySignature(type, application, bytes, how, signed =>
            signBytes(null, signed, privateKey),
          ),
      }
    }
    case 'sk-ecdsa-sha2-nistp256@openssh.com': {
      const { privateKey, point } = elliptic('P-256')
      const application = Buffer.from('ssh:')
      const publicKey = withBlob({ type, curve: 'nistp256', point, application })
      return {
        publicKey,
        privateKey,
        sign: (bytes, how = {}) =>
          securityKeySignature(type, application, bytes, how, signed =>
            twoNumbers(signBytes('sha256', signed, { key: privateKey, dsaEncoding: 'ieee-p1363' })),
          ),
      }
    }
  }
}

function ed25519(): { privateKey: KeyObject; point: Buffer } {
  const { privateKey } = generateKeyPairSync('ed25519')
  return { privateKey, point: field(privateKey, 'x') }
}

function elliptic(namedCurve: string): { privateKey: KeyObject; point: Buffer } {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve })
  return {
    privateKey,
    point: Buffer.concat([Uint8Array.of(4), field(privateKey, 'x'), field(privateKey, 'y')]),
  }
}

function ecdsaKey(
  type: 'ecdsa-sha2-nistp256' | 'ecdsa-sha2-nistp384' | 'ecdsa-sha2-nistp521',
  curve: 'nistp256' | 'nistp384' | 'nistp521',
  namedCurve: string,
  hash: string,
): SoftwareKey {
  const { privateKey, point } = elliptic(namedCurve)
  return {
    publicKey: withBlob({ type, curve, point }),
    privateKey,
    sign: (bytes, { algorithm = type } = {}) => {
      const both = signBytes(hash, bytes, { key: privateKey, dsaEncoding: 'ieee-p1363' })
      return signature(algorithm, twoNumbers(both))
    },
  }
}

const RSA_HASH: Record<string, string> = {
  'ssh-rsa': 'sha1',
  'rsa-sha2-256': 'sha256',
  'rsa-sha2-512': 'sha512',
}

function rsaKey(modulusLength: number): SoftwareKey {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength })
  const exponent = field(privateKey, 'e')
  const modulus = field(privateKey, 'n')
  return {
    publicKey: withBlob({ type: 'ssh-rsa', exponent, modulus }),
    privateKey: createPrivateKey(privateKey.export({ type: 'pkcs8', format: 'pem' })),
    sign: (bytes, { algorithm = 'rsa-sha2-512' } = {}) =>
      signature(algorithm, signBytes(RSA_HASH[algorithm] ?? 'sha512', bytes, privateKey)),
  }
}

/** OpenSSH PROTOCOL.u2f, written here a second time so that the tests do not believe the server's. */
function securityKeySignature(
  type: string,
  application: Uint8Array,
  bytes: Uint8Array,
  { algorithm = type, flags = 0x01, counter = 17 }: Signing,
  sign: (signed: Uint8Array) => Uint8Array,
): Uint8Array {
  const tail = Buffer.alloc(5)
  tail.writeUInt8(flags, 0)
  tail.writeUInt32BE(counter, 1)
  const signed = Buffer.concat([sha256(application), tail, sha256(bytes)])
  return new WireWriter().string(algorithm).string(sign(signed)).raw(tail).bytes()
}

function sha256(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest()
}

function signature(algorithm: string, value: Uint8Array): Uint8Array {
  return new WireWriter().string(algorithm).string(value).bytes()
}

function twoNumbers(both: Buffer): Uint8Array {
  const half = both.length / 2
  return new WireWriter().mpint(both.subarray(0, half)).mpint(both.subarray(half)).bytes()
}

function field(key: KeyObject, name: 'x' | 'y' | 'e' | 'n'): Buffer {
  return Buffer.from(key.export({ format: 'jwk' })[name] ?? '', 'base64url')
}
