import type { Result } from '../result.ts'
import { WireReader } from './reader.ts'
import { WireFault } from './wire-fault.ts'
import { WireWriter } from './writer.ts'

/** Elliptic curves by the name SSH gives them (RFC 5656 §10.1). */
export type Curve = 'nistp256' | 'nistp384' | 'nistp521'

/** The key material, without its name. Every `point` is as it travels. */
export type KeyMaterial =
  | { readonly type: 'ssh-ed25519'; readonly point: Uint8Array }
  | {
      readonly type: `ecdsa-sha2-${Curve}`
      readonly curve: Curve
      /** Uncompressed: 0x04, x, y. */
      readonly point: Uint8Array
    }
  | {
      readonly type: 'ssh-rsa'
      readonly exponent: Uint8Array
      readonly modulus: Uint8Array
    }
  | {
      readonly type: 'sk-ssh-ed25519@openssh.com'
      readonly point: Uint8Array
      /** What the security key was enrolled for, usually `ssh:`. */
      readonly application: Uint8Array
    }
  | {
      readonly type: 'sk-ecdsa-sha2-nistp256@openssh.com'
      readonly curve: 'nistp256'
      readonly point: Uint8Array
      readonly application: Uint8Array
    }

export type KeyType = KeyMaterial['type']

/** A public key and the one way it is spelled on the wire. Two keys are equal when their blobs are. */
export type PublicKey = KeyMaterial & { readonly blob: Uint8Array }

/** Bytes of one coordinate. */
export const COORDINATE_BYTES: Record<Curve, number> = { nistp256: 32, nistp384: 48, nistp521: 66 }

/** Below this OpenSSH does not read a key either (SSH_RSA_MINIMUM_MODULUS_SIZE). */
const RSA_LEAST_BITS = 1024
/** What OpenSSL will still compute with (OPENSSL_RSA_MAX_MODULUS_BITS); a check then takes about 10 ms. */
const RSA_MOST_BITS = 16384
/** OpenSSL's own bound for large moduli; every key maker in use writes 65537. */
const RSA_EXPONENT_MOST_BYTES = 8
/** `ssh:` and a host name fit many times over. */
const APPLICATION_MOST_BYTES = 1024

/** Reads a public key blob (RFC 4253 §6.6, RFC 5656 §3.1, RFC 8709 §4, OpenSSH PROTOCOL.u2f). */
export function parsePublicKey(blob: Uint8Array): Result<PublicKey, string> {
  try {
    const own = new Uint8Array(blob)
    const fields = new WireReader(own)
    const material = readKeyMaterial(fields.text('key type'), fields)
    fields.end()
    return { ok: true, value: { ...material, blob: own } }
  } catch (error) {
    if (error instanceof WireFault) return { ok: false, fault: error.message }
    throw error
  }
}

/**
 * Reads what follows the key type: the same fields in a plain key and, after the nonce, in a
 * certificate. Throws `WireFault`. That a point lies on its curve is found out when a signature is
 * verified with it.
 */
export function readKeyMaterial(type: string, fields: WireReader): KeyMaterial {
  switch (type) {
    case 'ssh-ed25519':
      return { type, point: readEd25519Point(fields) }
    case 'sk-ssh-ed25519@openssh.com':
      return { type, point: readEd25519Point(fields), application: readApplication(fields) }
    case 'ecdsa-sha2-nistp256':
      return { type, curve: 'nistp256', point: readCurvePoint('nistp256', fields) }
    case 'ecdsa-sha2-nistp384':
      return { type, curve: 'nistp384', point: readCurvePoint('nistp384', fields) }
    case 'ecdsa-sha2-nistp521':
      return { type, curve: 'nistp521', point: readCurvePoint('nistp521', fields) }
    case 'sk-ecdsa-sha2-nistp256@openssh.com':
      return {
        type,
        curve: 'nistp256',
        point: readCurvePoint('nistp256', fields),
        application: readApplication(fields),
      }
    case 'ssh-rsa':
      return readRsa(fields)
    default:
      throw new WireFault(`key type: ${JSON.stringify(type.slice(0, 64))} is not supported`)
  }
}

/** The blob of a key whose material was found inside something else, such as a certificate. */
export function withBlob<Material extends KeyMaterial>(
  material: Material,
): Material & { readonly blob: Uint8Array } {
  const blob = new WireWriter().string(material.type)
  switch (material.type) {
    case 'ssh-ed25519':
      blob.string(material.point)
      break
    case 'sk-ssh-ed25519@openssh.com':
      blob.string(material.point).string(material.application)
      break
    case 'ecdsa-sha2-nistp256':
    case 'ecdsa-sha2-nistp384':
    case 'ecdsa-sha2-nistp521':
      blob.string(material.curve).string(material.point)
      break
    case 'sk-ecdsa-sha2-nistp256@openssh.com':
      blob.string(material.curve).string(material.point).string(material.application)
      break
    case 'ssh-rsa':
      blob.mpint(material.exponent).mpint(material.modulus)
      break
  }
  return { ...material, blob: blob.bytes() }
}

export function isSameKey(one: PublicKey, other: PublicKey): boolean {
  return (
    one.blob.length === other.blob.length && one.blob.every((byte, at) => byte === other.blob[at])
  )
}

/** Bits of an RSA modulus; null for the other types, whose size is in their name. */
export function rsaBits(key: KeyMaterial): number | null {
  return key.type === 'ssh-rsa' ? bitLength(key.modulus) : null
}

function readEd25519Point(fields: WireReader): Uint8Array {
  const point = fields.string('public key')
  if (point.length !== 32) throw new WireFault(`public key: ${point.length} bytes instead of 32`)
  return point
}

function readCurvePoint(curve: Curve, fields: WireReader): Uint8Array {
  const named = fields.text('curve')
  if (named !== curve) throw new WireFault('curve: is not the one in the key type')
  const point = fields.string('public key')
  if (point[0] !== 4 || point.length !== 1 + 2 * COORDINATE_BYTES[curve]) {
    throw new WireFault('public key: is not an uncompressed point of the curve') // RFC 5656 §3.1 leaves the other forms out
  }
  return point
}

function readApplication(fields: WireReader): Uint8Array {
  const application = fields.string('application')
  if (application.length > APPLICATION_MOST_BYTES) {
    throw new WireFault(`application: ${application.length} bytes`)
  }
  return application
}

function readRsa(fields: WireReader): KeyMaterial {
  const exponent = fields.positiveMpint('public exponent')
  const modulus = fields.positiveMpint('modulus')
  const bits = bitLength(modulus)
  if (bits < RSA_LEAST_BITS || bits > RSA_MOST_BITS) throw new WireFault(`modulus: ${bits} bits`)
  if (exponent.length > RSA_EXPONENT_MOST_BYTES) throw new WireFault('public exponent: too large')
  const isOdd = ((exponent.at(-1) ?? 0) & 1) === 1
  const isOne = exponent.length === 1 && exponent[0] === 1
  if (!isOdd || isOne) throw new WireFault('public exponent: must be odd and at least 3')
  return { type: 'ssh-rsa', exponent, modulus }
}

function bitLength(magnitude: Uint8Array): number {
  return magnitude.length * 8 - (Math.clz32(magnitude[0] ?? 0) - 24)
}
