import type { HostTrust } from '../core/access.ts'
import type { Result } from '../core/result.ts'
import { fingerprint } from '../core/ssh-wire/fingerprint.ts'
import { parseKeyLine } from '../core/ssh-wire/key-line.ts'
import type { PublicKey } from '../core/ssh-wire/public-key.ts'
import { HOST_KEY_ALGORITHMS } from './algorithms.ts'

/** How a target must prove that it is itself, with its key read. */
export interface Trust {
  readonly by: HostTrust['by']
  readonly key: PublicKey
}

export type HostVerdict =
  | { readonly isTrusted: true; readonly fingerprint: string }
  | { readonly isTrusted: false; readonly fingerprint: string; readonly fault: string }

export function readTrust({ by, publicKey }: HostTrust): Result<Trust, string> {
  const line = parseKeyLine(publicKey)
  return line.ok ? { ok: true, value: { by, key: line.value.key } } : line
}

/**
 * The pinned key's type goes first, so that a host with several keys shows the pinned one. The others
 * stay in the list only so that a changed key can be named in the refusal.
 */
export function orderOfHostKeys({ key }: Trust): string[] {
  const pinned = HOST_KEY_ALGORITHMS.filter(algorithm => isOfType(algorithm, key.type))
  return [...pinned, ...HOST_KEY_ALGORITHMS.filter(algorithm => !pinned.includes(algorithm))]
}

/** Whether the presented key is the pinned one, byte for byte. */
export function judgeHostKey(blob: Uint8Array, trust: Trust): HostVerdict {
  const presented = fingerprint({ blob })
  if (trust.by === 'host-key' && Buffer.compare(blob, trust.key.blob) === 0) {
    return { isTrusted: true, fingerprint: presented }
  }
  const pinned = fingerprint(trust.key)
  return {
    isTrusted: false,
    fingerprint: presented,
    fault: `its host key is ${presented}, but ${pinned} is on record: somebody may be listening in; if the host was rebuilt, an administrator has to register the new key`,
  }
}

function isOfType(algorithm: string, type: string): boolean {
  return type === 'ssh-rsa' ? algorithm.startsWith('rsa-') : algorithm === type
}
