import { fingerprint } from '../ssh-wire/fingerprint.ts'
import type { PublicKey } from '../ssh-wire/public-key.ts'
import type { RevocationList, RevokedCertificates, SerialRange } from './krl.ts'

/** One certificate that was taken back: by its key id, or by its CA and serial. */
export type Revoked =
  | { readonly keyId: string }
  | { readonly caFingerprint: string; readonly serial: bigint }

/** Everything that says a certificate counts no more. */
export interface RevocationFacts {
  readonly revoked: readonly Revoked[]
  /** Whose keys go into the list in place of their fingerprints. */
  readonly cas: readonly PublicKey[]
  /** They take all their certificates with them. */
  readonly compromisedCas: readonly PublicKey[]
  /** A list that somebody else made and that is obeyed as well. */
  readonly listed: RevocationList | null
}

/**
 * One list of all that is revoked. A list names CAs by their keys, so serials of a CA whose key is not
 * known cannot be in it: their fingerprints come back beside it.
 *
 * @param now seconds since 1970 UTC.
 */
export function compileRevocationList(
  { cas, compromisedCas, listed, revoked }: RevocationFacts,
  now: bigint,
): { readonly list: RevocationList; readonly unknownCas: readonly string[] } {
  const keyIds = new Set<string>()
  const serials = new Map<string, SerialRange[]>()
  for (const which of revoked) {
    if ('keyId' in which) {
      keyIds.add(which.keyId)
    } else {
      const known = serials.get(which.caFingerprint) ?? []
      known.push({ first: which.serial, last: which.serial })
      serials.set(which.caFingerprint, known)
    }
  }
  const keys = new Map(cas.map(key => [fingerprint(key), key]))
  const certificates: RevokedCertificates[] = [...(listed?.certificates ?? [])]
  const unknownCas: string[] = []
  for (const [caFingerprint, ranges] of serials) {
    const ca = keys.get(caFingerprint)
    if (ca === undefined) unknownCas.push(caFingerprint)
    else certificates.push({ ca, serials: ranges, keyIds: [] })
  }
  // A key id is revoked whoever signed it, here as at the login.
  if (keyIds.size > 0) certificates.push({ ca: null, serials: [], keyIds: [...keyIds] })
  return {
    list: {
      version: now,
      generatedAt: now,
      comment: 'sallyport',
      certificates,
      keys: [...(listed?.keys ?? []), ...compromisedCas.map(({ blob }) => blob)],
      sha1: listed?.sha1 ?? [],
      sha256: listed?.sha256 ?? [],
    },
    unknownCas,
  }
}
