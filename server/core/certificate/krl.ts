import { createHash } from 'node:crypto'
import type { PublicKey } from '../ssh-wire/public-key.ts'
import type { Revocable } from './revocation.ts'

/** An OpenSSH key revocation list (OpenSSH PROTOCOL.krl), as `ssh-keygen -k` writes it. */
export interface RevocationList {
  /** Grows with each new list. */
  readonly version: bigint
  /** Seconds since 1970 UTC. */
  readonly generatedAt: bigint
  readonly comment: string
  readonly certificates: readonly RevokedCertificates[]
  /** Key blobs; a revoked CA key takes all its certificates with it. */
  readonly keys: readonly Uint8Array[]
  readonly sha1: readonly Uint8Array[]
  readonly sha256: readonly Uint8Array[]
}

export interface RevokedCertificates {
  /** Null for certificates of any CA. */
  readonly ca: PublicKey | null
  /** In ascending order, no two of them touching. */
  readonly serials: readonly SerialRange[]
  readonly keyIds: readonly string[]
}

/** Both ends are revoked. Never holds 0, which is no serial (see `Revocable`). */
export interface SerialRange {
  readonly first: bigint
  readonly last: bigint
}

export const KRL_MAGIC = 0x5353_484b_524c_0a00n // "SSHKRL\n\0"
export const KRL_FORMAT_VERSION = 1

export const KRL_SECTION = {
  certificates: 1,
  keys: 2,
  sha1: 3,
  signature: 4,
  sha256: 5,
  extension: 255,
} as const

export const KRL_CERTIFICATES = {
  serialList: 0x20,
  serialRange: 0x21,
  serialBitmap: 0x22,
  keyId: 0x23,
  extension: 0x39,
} as const

/**
 * Prepares the lookup for `checkUserCertificate`. As OpenSSH's (`ssh_krl_check_key`) it answers yes
 * for a certificate whose serial or key id is listed, whose key is, or whose CA's key is.
 */
export function lookIn(list: RevocationList): (certificate: Revocable) => boolean {
  const keys = new Set(list.keys.map(hex))
  const sha1 = new Set(list.sha1.map(hex))
  const sha256 = new Set(list.sha256.map(hex))
  const byCa = new Map<string, { keyIds: Set<string>; serials: SerialRange[] }>()
  for (const { ca, keyIds, serials } of list.certificates) {
    const name = ca === null ? ANY_CA : hex(ca.blob)
    const known = byCa.get(name) ?? { keyIds: new Set(), serials: [] }
    for (const keyId of keyIds) known.keyIds.add(keyId)
    byCa.set(name, { keyIds: known.keyIds, serials: mergeRanges([...known.serials, ...serials]) })
  }

  const isKeyListed = ({ blob }: PublicKey): boolean =>
    keys.has(hex(blob)) || sha1.has(digest('sha1', blob)) || sha256.has(digest('sha256', blob))
  return ({ ca, key, keyId, serial }) =>
    isKeyListed(key) ||
    isKeyListed(ca) ||
    [hex(ca.blob), ANY_CA].some(name => {
      const listed = byCa.get(name)
      return listed !== undefined && (listed.keyIds.has(keyId) || holds(listed.serials, serial))
    })
}

/** Sorts ranges and joins those that overlap or touch. */
export function mergeRanges(ranges: readonly SerialRange[]): SerialRange[] {
  const merged: SerialRange[] = []
  const ascending = ranges.toSorted((one, other) => (one.first < other.first ? -1 : 1))
  for (const range of ascending) {
    const before = merged.at(-1)
    if (before === undefined || range.first > before.last + 1n) merged.push(range)
    else if (range.last > before.last) {
      merged[merged.length - 1] = { first: before.first, last: range.last }
    }
  }
  return merged
}

/** No blob is empty, so this is no CA's. */
const ANY_CA = ''

/** `ranges` as `mergeRanges` leaves them. */
function holds(ranges: readonly SerialRange[], serial: bigint): boolean {
  let low = 0
  let high = ranges.length
  while (low < high) {
    const middle = (low + high) >>> 1
    const range = ranges[middle]
    if (range === undefined) return false
    if (serial < range.first) high = middle
    else if (serial > range.last) low = middle + 1
    else return true
  }
  return false
}

function digest(algorithm: 'sha1' | 'sha256', blob: Uint8Array): string {
  return createHash(algorithm).update(blob).digest('hex')
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex')
}
