import type { Result } from '../result.ts'
import { decodeBase64, encodeBase64 } from './base64.ts'
import { COORDINATE_BYTES, type Curve, type PublicKey, parsePublicKey } from './public-key.ts'
import { WireReader } from './reader.ts'
import { WireFault } from './wire-fault.ts'
import { WireWriter } from './writer.ts'

/** A private key as `ssh-keygen` keeps it, unencrypted. */
export type PrivateKey = EllipticPrivateKey | RsaPrivateKey

export interface EllipticPrivateKey {
  readonly publicKey: Extract<PublicKey, { readonly type: 'ssh-ed25519' | `ecdsa-sha2-${Curve}` }>
  /** The seed of an ed25519 key (RFC 8032 §5.1.5), or the scalar of an ecdsa key at full width. */
  readonly secret: Uint8Array
  readonly comment: string
}

export interface RsaPrivateKey {
  readonly publicKey: Extract<PublicKey, { readonly type: 'ssh-rsa' }>
  readonly secret: RsaSecret
  readonly comment: string
}

/** Magnitudes, big-endian, by their names in RFC 8017 §3.2. */
export interface RsaSecret {
  readonly privateExponent: Uint8Array
  /** q⁻¹ mod p. */
  readonly coefficient: Uint8Array
  readonly prime1: Uint8Array
  readonly prime2: Uint8Array
}

const MAGIC = 'openssh-key-v1\0'
const FIRST_LINE = '-----BEGIN OPENSSH PRIVATE KEY-----'
const LAST_LINE = '-----END OPENSSH PRIVATE KEY-----'

/** OpenSSH breaks its lines here. */
const LINE_CHARACTERS = 70

/** The block size that goes with the cipher `none`. */
const BLOCK_BYTES = 8

/**
 * Writes OpenSSH's own format (PROTOCOL.key), which every `ssh` program reads; PKCS#8 they do not
 * read for ed25519. `checkNumber` is random: where a key is encrypted, it shows that the passphrase
 * was right.
 */
export function formatPrivateKey(key: PrivateKey, checkNumber: number): string {
  const secret = new WireWriter().uint32(checkNumber).uint32(checkNumber)
  writeSecret(secret, key)
  secret.string(key.comment)
  let length = secret.bytes().length
  for (let pad = 1; length % BLOCK_BYTES !== 0; pad += 1, length += 1) secret.byte(pad)

  const whole = new WireWriter()
    .raw(new TextEncoder().encode(MAGIC))
    .string('none') // cipher
    .string('none') // key derivation
    .string('') // its options
    .uint32(1)
    .string(key.publicKey.blob)
    .string(secret.bytes())
    .bytes()
  const lines = encodeBase64(whole).match(new RegExp(`.{1,${LINE_CHARACTERS}}`, 'g')) ?? []
  return [FIRST_LINE, ...lines, LAST_LINE, ''].join('\n')
}

export function parsePrivateKey(text: string): Result<PrivateKey, string> {
  const [first, ...rest] = text.trimEnd().split(/\r?\n/)
  if (first !== FIRST_LINE || rest.pop() !== LAST_LINE) {
    return {
      ok: false,
      fault: 'is not a private key in the OpenSSH format (ssh-keygen -t ed25519)',
    }
  }
  const blob = decodeBase64(rest.join(''))
  if (blob === null) return { ok: false, fault: 'is damaged: not base64' }
  try {
    return { ok: true, value: readPrivateKey(blob) }
  } catch (error) {
    if (error instanceof WireFault) return { ok: false, fault: error.message }
    throw error
  }
}

function readPrivateKey(blob: Uint8Array): PrivateKey {
  const fields = new WireReader(blob)
  for (const character of MAGIC) {
    if (fields.byte('magic') !== character.charCodeAt(0))
      throw new WireFault('is not openssh-key-v1')
  }
  if (fields.text('cipher') !== 'none') {
    throw new WireFault('has a passphrase; remove it with: ssh-keygen -p -N "" -f FILE')
  }
  fields.string('key derivation')
  fields.string('key derivation options')
  if (fields.uint32('number of keys') !== 1) throw new WireFault('holds more than one key')
  const publicKey = parsePublicKey(fields.string('public key'))
  if (!publicKey.ok) throw new WireFault(publicKey.fault)
  const secret = new WireReader(fields.string('private section'))
  fields.end()
  return readPrivateSection(secret, publicKey.value)
}

function readPrivateSection(fields: WireReader, publicKey: PublicKey): PrivateKey {
  const checkNumber = fields.uint32('check number')
  if (fields.uint32('check number') !== checkNumber) throw new WireFault('is damaged')
  if (fields.text('key type') !== publicKey.type) throw new WireFault('holds two different keys')
  switch (publicKey.type) {
    case 'ssh-ed25519': {
      expectSame(fields.string('public key'), publicKey.point)
      const both = fields.string('private key')
      if (both.length !== 64) throw new WireFault('private key: is not 64 bytes')
      expectSame(both.subarray(32), publicKey.point)
      return { publicKey, secret: both.subarray(0, 32), comment: readComment(fields) }
    }
    case 'ecdsa-sha2-nistp256':
    case 'ecdsa-sha2-nistp384':
    case 'ecdsa-sha2-nistp521': {
      if (fields.text('curve') !== publicKey.curve) throw new WireFault('holds two different keys')
      expectSame(fields.string('public key'), publicKey.point)
      const scalar = fields.positiveMpint('private key')
      const width = COORDINATE_BYTES[publicKey.curve]
      if (scalar.length > width) throw new WireFault('private key: is too large')
      const secret = new Uint8Array(width)
      secret.set(scalar, width - scalar.length)
      return { publicKey, secret, comment: readComment(fields) }
    }
    case 'ssh-rsa': {
      // The other way round than in the public key.
      expectSame(fields.positiveMpint('modulus'), publicKey.modulus)
      expectSame(fields.positiveMpint('public exponent'), publicKey.exponent)
      const secret = {
        privateExponent: fields.positiveMpint('private exponent'),
        coefficient: fields.positiveMpint('coefficient'),
        prime1: fields.positiveMpint('first prime'),
        prime2: fields.positiveMpint('second prime'),
      }
      return { publicKey, secret, comment: readComment(fields) }
    }
    case 'sk-ssh-ed25519@openssh.com':
    case 'sk-ecdsa-sha2-nistp256@openssh.com':
      throw new WireFault(
        `is of type ${publicKey.type}, which needs a touch; ed25519, ecdsa or RSA is needed here`,
      )
  }
}

function readComment(fields: WireReader): string {
  const comment = fields.text('comment')
  for (let pad = 1; !fields.isAtEnd; pad += 1) {
    if (pad >= BLOCK_BYTES || fields.byte('padding') !== pad) throw new WireFault('is damaged')
  }
  return comment
}

function writeSecret(fields: WireWriter, key: PrivateKey): void {
  fields.string(key.publicKey.type)
  if (isRsa(key)) {
    const { publicKey, secret } = key
    fields
      .mpint(publicKey.modulus)
      .mpint(publicKey.exponent)
      .mpint(secret.privateExponent)
      .mpint(secret.coefficient)
      .mpint(secret.prime1)
      .mpint(secret.prime2)
    return
  }
  const { publicKey, secret } = key
  if (publicKey.type === 'ssh-ed25519') {
    const both = new WireWriter().raw(secret).raw(publicKey.point).bytes()
    fields.string(publicKey.point).string(both)
  } else {
    fields.string(publicKey.curve).string(publicKey.point).mpint(secret)
  }
}

export function isRsa(key: PrivateKey): key is RsaPrivateKey {
  return key.publicKey.type === 'ssh-rsa'
}

function expectSame(one: Uint8Array, other: Uint8Array): void {
  const isSame = one.length === other.length && one.every((byte, at) => byte === other[at])
  if (!isSame) throw new WireFault('holds two different keys')
}
