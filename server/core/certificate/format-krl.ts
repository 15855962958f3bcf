import { WireWriter } from '../ssh-wire/writer.ts'
import {
  KRL_CERTIFICATES,
  KRL_FORMAT_VERSION,
  KRL_MAGIC,
  KRL_SECTION,
  mergeRanges,
  type RevocationList,
  type RevokedCertificates,
} from './krl.ts'

/**
 * Writes a revocation list that sshd and `ssh-keygen -Q` read, for hosts that trust a CA of ours.
 * Serials go out as ranges and lists; the bitmaps that `ssh-keygen` also writes only save bytes.
 */
export function formatRevocationList(list: RevocationList): Uint8Array {
  const whole = new WireWriter()
    .uint64(KRL_MAGIC)
    .uint32(KRL_FORMAT_VERSION)
    .uint64(list.version)
    .uint64(list.generatedAt)
    .uint64(0n) // flags: none are defined
    .string('') // reserved
    .string(list.comment)
  for (const certificates of list.certificates) {
    whole.byte(KRL_SECTION.certificates).string(encodeCertificates(certificates))
  }
  for (const [section, values] of [
    [KRL_SECTION.keys, list.keys],
    [KRL_SECTION.sha1, ascending(list.sha1)],
    [KRL_SECTION.sha256, ascending(list.sha256)],
  ] as const) {
    if (values.length > 0) whole.byte(section).string(encodeStrings(values))
  }
  return whole.bytes()
}

function encodeCertificates({ ca, keyIds, serials }: RevokedCertificates): Uint8Array {
  const fields = new WireWriter().string(ca?.blob ?? '').string('') // reserved
  const single = new WireWriter()
  for (const { first, last } of mergeRanges(serials)) {
    // Written out of range, a serial 0 would make the whole list unreadable. A mistake of the caller.
    if (first === 0n) throw new RangeError('serial 0 revokes nobody and cannot be listed')
    if (first === last) single.uint64(first)
    else {
      const range = new WireWriter().uint64(first).uint64(last).bytes()
      fields.byte(KRL_CERTIFICATES.serialRange).string(range)
    }
  }
  const list = single.bytes()
  if (list.length > 0) fields.byte(KRL_CERTIFICATES.serialList).string(list)
  if (keyIds.length > 0) fields.byte(KRL_CERTIFICATES.keyId).string(encodeStrings(keyIds))
  return fields.bytes()
}

function encodeStrings(values: readonly (Uint8Array | string)[]): Uint8Array {
  const strings = new WireWriter()
  for (const value of values) strings.string(value)
  return strings.bytes()
}

/** PROTOCOL.krl §4 wants hashes in numeric order. */
function ascending(hashes: readonly Uint8Array[]): readonly Uint8Array[] {
  return hashes.toSorted((one, other) => Buffer.compare(one, other))
}
