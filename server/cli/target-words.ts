import type { HostTrust, Target } from '../core/access.ts'
import { fingerprint } from '../core/ssh-wire/fingerprint.ts'
import { parseKeyLine } from '../core/ssh-wire/key-line.ts'

export function addressOf({ host, port }: Target): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`
}

/** `ssh-ed25519 SHA256:…`, or `host CA …`. */
export function trustText({ by, publicKey }: HostTrust): string {
  return `${by === 'host-ca' ? 'host CA ' : ''}${publicKey.split(' ')[0]} ${fingerprintOf(publicKey)}`
}

/** The one place that says what a target looks like as JSON. */
export function targetJson(target: Target): object {
  return {
    ...target,
    trust: { ...target.trust, fingerprint: fingerprintOf(target.trust.publicKey) },
  }
}

function fingerprintOf(publicKey: string): string {
  const read = parseKeyLine(publicKey)
  return read.ok ? fingerprint(read.value.key) : 'unreadable'
}
