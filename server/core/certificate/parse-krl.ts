import type { Result } from '../result.ts'
import { parsePublicKey, type PublicKey } from '../ssh-wire/public-key.ts'
import { WireReader } from '../ssh-wire/reader.ts'
import { WireFault } from '../ssh-wire/wire-fault.ts'
import {
  KRL_CERTIFICATES,
  KRL_FORMAT_VERSION,
  KRL_MAGIC,
  KRL_SECTION,
  mergeRanges,
  type RevocationList,
  type RevokedCertificates,
  type SerialRange,
} from './krl.ts'

/** 8 MB hold half a million single serials or fingerprints. */
const KRL_MOST_BYTES = 8 * 1024 * 1024

/** A bitmap says so much in so few bytes that bytes alone bound nothing. */
const RANGES_MOST = 1_000_000

/**
 * Reads a revocation list. Whatever cannot be understood makes the whole list a fault, as with sshd:
 * a list that is half read lets in whom its other half names.
 */
export function parseRevocationList(bytes: Uint8Array): Result<RevocationList, string> {
  if (bytes.length > KRL_MOST_BYTES) return { ok: false, fault: `has ${bytes.length} bytes` }
  try {
    return { ok: true, value: readRevocationList(new Uint8Array(bytes)) }
  } catch (error) {
    if (error instanceof WireFault) return { ok: false, fault: error.message }
    throw error // a bug of ours
  }
}

function readRevocationList(bytes: Uint8Array): RevocationList {
  const fields = new WireReader(bytes)
  if (fields.uint64('magic') !== KRL_MAGIC) {
    throw new WireFault('is not a revocation list (make one with ssh-keygen -k)')
  }
  const format = fields.uint32('format version')
  if (format !== KRL_FORMAT_VERSION) throw new WireFault(`format version: ${format} is not known`)
  const version = fields.uint64('version')
  const generatedAt = fields.uint64('generated date')
  fields.uint64('flags')
  fields.string('reserved')
  const comment = fields.text('comment')
  const certificates: RevokedCertificates[] = []
  const keys: Uint8Array[] = []
  const sha1: Uint8Array[] = []
  const sha256: Uint8Array[] = []
  while (!fields.isAtEnd) {
    const type = fields.byte('section type')
    const section = new WireReader(fields.string('section'))
    switch (type) {
      case KRL_SECTION.certificates:
        certificates.push(readCertificates(section))
        break
      case KRL_SECTION.keys:
        readAll(section, reader => keys.push(readPlainKey(reader.string('key')).blob))
        break
      case KRL_SECTION.sha1:
        readAll(section, reader => sha1.push(readHash(reader, 20)))
        break
      case KRL_SECTION.sha256:
        readAll(section, reader => sha256.push(readHash(reader, 32)))
        break
      case KRL_SECTION.extension:
        readExtension(section)
        break
      case KRL_SECTION.signature:
        // OpenSSH has given them up (PROTOCOL.krl §6): an unchecked one would promise too much.
        throw new WireFault('is signed inside, which is not supported; use ssh-keygen -Y sign')
      default:
        throw new WireFault(`section type: ${type} is not known`)
    }
    section.end()
  }
  return { version, generatedAt, comment, certificates, keys, sha1, sha256 }
}

function readCertificates(fields: WireReader): RevokedCertificates {
  const caBlob = fields.string('ca key')
  const ca = caBlob.length === 0 ? null : readPlainKey(caBlob)
  fields.string('reserved')
  const ranges: SerialRange[] = []
  const keyIds: string[] = []
  while (!fields.isAtEnd) {
    const type = fields.byte('certificate section type')
    const section = new WireReader(fields.string('certificate section'))
    switch (type) {
      case KRL_CERTIFICATES.serialList:
        readAll(section, reader => {
          const serial = reader.uint64('serial')
          ranges.push(range(serial, serial))
        })
        break
      case KRL_CERTIFICATES.serialRange:
        ranges.push(range(section.uint64('first serial'), section.uint64('last serial')))
        break
      case KRL_CERTIFICATES.serialBitmap:
        readBitmap(section, ranges)
        break
      case KRL_CERTIFICATES.keyId:
        readAll(section, reader => keyIds.push(reader.text('key id')))
        break
      case KRL_CERTIFICATES.extension:
        readExtension(section)
        break
      default:
        throw new WireFault(`certificate section type: ${type} is not known`)
    }
    section.end()
    if (ranges.length > RANGES_MOST)
      throw new WireFault(`lists more than ${RANGES_MOST} serials apart`)
  }
  return { ca, serials: mergeRanges(ranges), keyIds }
}

/** Bit N from the right stands for serial `offset + N`; runs of bits become one range. */
function readBitmap(fields: WireReader, ranges: SerialRange[]): void {
  const offset = fields.uint64('serial offset')
  const bytes = fields.positiveMpint('bitmap')
  const bits = bytes.length * 8
  const isSet = (bit: number) =>
    bit < bits && (((bytes[bytes.length - 1 - (bit >> 3)] ?? 0) >> (bit & 7)) & 1) === 1
  for (let bit = 0; bit < bits && ranges.length <= RANGES_MOST; bit += 1) {
    if (!isSet(bit)) continue
    const start = bit
    while (isSet(bit + 1)) bit += 1
    ranges.push(range(offset + BigInt(start), offset + BigInt(bit)))
  }
}

/** Zero is no serial, so a list that names it means something we do not know (sshd refuses it, too). */
function range(first: bigint, last: bigint): SerialRange {
  if (first === 0n || last < first || last > 0xffff_ffff_ffff_ffffn) {
    throw new WireFault(`serial: ${first} to ${last} is not a range of serials`)
  }
  return { first, last }
}

function readPlainKey(blob: Uint8Array): PublicKey {
  const key = parsePublicKey(blob)
  if (!key.ok) throw new WireFault(key.fault)
  return key.value
}

function readHash(fields: WireReader, length: number): Uint8Array {
  const hash = fields.string('hash')
  if (hash.length !== length) throw new WireFault(`hash: ${hash.length} bytes instead of ${length}`)
  return hash
}

/** None is known; one that is critical makes the list unreadable (PROTOCOL.krl §5). */
function readExtension(fields: WireReader): void {
  const name = fields.text('extension name')
  const isCritical = fields.byte('extension is critical') !== 0
  fields.string('extension contents')
  if (isCritical) throw new WireFault(`critical extension ${JSON.stringify(name)} is not known`)
}

function readAll(fields: WireReader, readOne: (fields: WireReader) => void): void {
  while (!fields.isAtEnd) readOne(fields)
}
