import type { KeyKind } from './key-pair.ts'

interface KeyPlan {
  readonly kind: KeyKind
  /** Whether others must learn its public half before it may be used; if not, rotating is one step. */
  readonly isKnownToOthers: boolean
}

/** Every key, by file name. keys/README.md says what each is for. */
const PLANS = {
  host_ed25519: { kind: 'ed25519', isKnownToOthers: true },
  // For clients without ed25519, such as OpenSSH in FIPS mode.
  host_ecdsa: { kind: 'ecdsa', isKnownToOthers: true },
  user_ca: { kind: 'ed25519', isKnownToOthers: false },
  host_ca: { kind: 'ed25519', isKnownToOthers: true },
  target_ca: { kind: 'ed25519', isKnownToOthers: true },
  node: { kind: 'ed25519', isKnownToOthers: false },
  checkpoint: { kind: 'ed25519', isKnownToOthers: false },
  upstream: { kind: 'ed25519', isKnownToOthers: true },
} as const satisfies Record<string, KeyPlan>

export type KeyName = keyof typeof PLANS

export const KEY_PLANS: Readonly<Record<KeyName, KeyPlan>> = PLANS

export const KEY_NAMES = Object.keys(PLANS) as readonly KeyName[]

export function isKeyName(text: string): text is KeyName {
  return Object.hasOwn(PLANS, text)
}

/** A key that waits until others know it. */
export function nextName(name: KeyName): string {
  return `${name}.next`
}
