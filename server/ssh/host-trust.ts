import type { HostTrust, Target } from '../core/access.ts'
import type { Certificate } from '../core/certificate/certificate.ts'
import { checkHostCertificate } from '../core/certificate/check-host.ts'
import type { Result } from '../core/result.ts'
import { fingerprint } from '../core/ssh-wire/fingerprint.ts'
import { parseKeyLine } from '../core/ssh-wire/key-line.ts'
import type { PublicKey } from '../core/ssh-wire/public-key.ts'
import { HOST_KEY_ALGORITHMS } from './algorithms.ts'
import { HOST_CERTIFICATE_ALGORITHMS } from './repairs/host-certificates.ts'

/** How a target must prove that it is itself, with its key read. */
export interface Trust {
  readonly by: HostTrust['by']
  readonly key: PublicKey
  /** Names that a host certificate may carry for this target. */
  readonly names: readonly string[]
}

export type HostVerdict =
  | {
      readonly isTrusted: true
      readonly fingerprint: string
      /** What it showed in place of a plain key. */
      readonly certificate: Certificate | null
    }
  | { readonly isTrusted: false; readonly fingerprint: string; readonly fault: string }

export function readTrust({ trust, host, name }: Target): Result<Trust, string> {
  const line = parseKeyLine(trust.publicKey)
  if (!line.ok) return line
  return { ok: true, value: { by: trust.by, key: line.value.key, names: [host, name] } }
}

/**
 * The pinned key's type goes first, so that a host with several keys shows the pinned one. The others
 * stay in the list only so that a changed key can be named in the refusal.
 */
export function orderOfHostKeys({ by, key }: Trust): string[] {
  if (by === 'host-ca') return [...HOST_CERTIFICATE_ALGORITHMS, ...HOST_KEY_ALGORITHMS]
  const pinned = HOST_KEY_ALGORITHMS.filter(algorithm => isOfType(algorithm, key.type))
  return [...pinned, ...HOST_KEY_ALGORITHMS.filter(algorithm => !pinned.includes(algorithm))]
}

/**
 * Whether what the host showed is the pinned key, byte for byte, or a certificate of the pinned CA.
 *
 * @param nowSeconds since 1970 UTC.
 */
export function judgeHostKey(blob: Uint8Array, trust: Trust, nowSeconds: bigint): HostVerdict {
  if (trust.by === 'host-ca') return judgeHostCertificate(blob, trust, nowSeconds)
  const presented = fingerprint({ blob })
  if (Buffer.compare(blob, trust.key.blob) === 0) {
    return { isTrusted: true, fingerprint: presented, certificate: null }
  }
  return {
    isTrusted: false,
    fingerprint: presented,
    fault: `its host key is ${presented}, but ${fingerprint(trust.key)} is on record: somebody may stand in between; if the host was rebuilt, an administrator has to register its new key`,
  }
}

function judgeHostCertificate(
  blob: Uint8Array,
  { key: ca, names }: Trust,
  now: bigint,
): HostVerdict {
  const checked = checkHostCertificate({ blob, names, now }, ca)
  if (!checked.ok) {
    return { isTrusted: false, fingerprint: fingerprint({ blob }), fault: checked.fault }
  }
  const { value: certificate } = checked
  return { isTrusted: true, fingerprint: fingerprint(certificate.key), certificate }
}

function isOfType(algorithm: string, type: string): boolean {
  return type === 'ssh-rsa' ? algorithm.startsWith('rsa-') : algorithm === type
}
