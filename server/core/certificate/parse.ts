import type { Result } from '../result.ts'
import {
  parsePublicKey,
  type PublicKey,
  readKeyMaterial,
  withBlob,
} from '../ssh-wire/public-key.ts'
import { WireReader } from '../ssh-wire/reader.ts'
import { WireFault } from '../ssh-wire/wire-fault.ts'
import { keyTypeOf } from './algorithms.ts'
import { type Certificate, type Option, PRINCIPALS_MOST } from './certificate.ts'

/** Far above any certificate in use (an RSA 16384 key under an RSA 16384 CA has 6 KB). */
const CERTIFICATE_MOST_BYTES = 32_768

/** Options and extensions; OpenSSH knows nine names in all. */
const OPTIONS_MOST = 64

/**
 * Reads a certificate blob (OpenSSH PROTOCOL.certkeys). Says nothing about whether to believe it.
 * The result holds a copy of the bytes, so that it outlives the packet they came in.
 */
export function parseCertificate(blob: Uint8Array): Result<Certificate, string> {
  if (blob.length > CERTIFICATE_MOST_BYTES) {
    return { ok: false, fault: `the certificate has ${blob.length} bytes` }
  }
  try {
    return { ok: true, value: readCertificate(new Uint8Array(blob)) }
  } catch (error) {
    if (error instanceof WireFault) return { ok: false, fault: error.message }
    throw error // a bug of ours, not of the peer
  }
}

function readCertificate(blob: Uint8Array): Certificate {
  const fields = new WireReader(blob)
  const blobType = fields.text('certificate type')
  const keyType = keyTypeOf(blobType)
  if (keyType === null) throw new WireFault('certificate type: is not one of a certificate')
  fields.string('nonce')
  const key = withBlob(readKeyMaterial(keyType, fields))
  const serial = fields.uint64('serial')
  const type = readType(fields.uint32('type'))
  const keyId = fields.text('key id')
  const principals = readPrincipals(fields.string('valid principals'))
  const validAfter = fields.uint64('valid after')
  const validBefore = fields.uint64('valid before')
  const criticalOptions = readOptions(fields.string('critical options'), 'critical options')
  const extensions = readOptions(fields.string('extensions'), 'extensions')
  fields.string('reserved')
  const signatureKey = readSignatureKey(fields.string('signature key'))
  const signedBytes = blob.subarray(0, fields.at)
  const signature = fields.string('signature')
  fields.end()
  return {
    type,
    blobType,
    key,
    serial,
    keyId,
    principals,
    validAfter,
    validBefore,
    criticalOptions,
    extensions,
    signatureKey,
    signedBytes,
    signature,
  }
}

function readType(number: number): Certificate['type'] {
  if (number === 1) return 'user'
  if (number === 2) return 'host'
  throw new WireFault(`type: ${number} is neither user nor host`)
}

function readPrincipals(bytes: Uint8Array): string[] {
  const list = new WireReader(bytes)
  const principals: string[] = []
  while (!list.isAtEnd) {
    if (principals.length === PRINCIPALS_MOST) {
      throw new WireFault(`valid principals: more than ${PRINCIPALS_MOST}`)
    }
    principals.push(list.text('valid principals'))
  }
  return principals
}

function readOptions(bytes: Uint8Array, field: string): Option[] {
  const list = new WireReader(bytes)
  const options: Option[] = []
  while (!list.isAtEnd) {
    if (options.length === OPTIONS_MOST) throw new WireFault(`${field}: more than ${OPTIONS_MOST}`)
    options.push({ name: list.text(field), data: list.string(field) })
  }
  return options
}

/** A plain key: a certificate as a CA would make chains, which SSH does not have. */
function readSignatureKey(blob: Uint8Array): PublicKey {
  const key = parsePublicKey(blob)
  if (!key.ok) throw new WireFault(`signature key: ${key.fault}`)
  return key.value
}
