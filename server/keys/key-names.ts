/** What we make keys of. A file may hold any of these, whoever made it. */
export const KEY_KINDS = ['ed25519', 'ecdsa', 'ecdsa-384', 'ecdsa-521', 'rsa'] as const
export type KeyKind = (typeof KEY_KINDS)[number]

interface KeyPlan {
  readonly kind: KeyKind
  /** Whether others must learn its public half before it may be used; if not, rotating is one step. */
  readonly isKnownToOthers: boolean
  /** Whether we do without it where nobody put one; the others are made. */
  readonly isOptional?: true
  /** Whether no other kind will do: formats outside SSH know one only. */
  readonly isOfThisKindOnly?: true
}

/** Every key, by file name. keys/README.md says what each is for. */
const PLANS = {
  host_ed25519: { kind: 'ed25519', isKnownToOthers: true },
  // For clients without ed25519, such as OpenSSH in FIPS mode.
  host_ecdsa: { kind: 'ecdsa', isKnownToOthers: true },
  // For clients that know another bastion's key, which moved here, or that are older than the two above.
  host_rsa: { kind: 'rsa', isKnownToOthers: true, isOptional: true },
  user_ca: { kind: 'ed25519', isKnownToOthers: false },
  host_ca: { kind: 'ed25519', isKnownToOthers: true },
  target_ca: { kind: 'ed25519', isKnownToOthers: true },
  node: { kind: 'ed25519', isKnownToOthers: false, isOfThisKindOnly: true },
  checkpoint: { kind: 'ed25519', isKnownToOthers: false, isOfThisKindOnly: true },
  upstream: { kind: 'ed25519', isKnownToOthers: true },
} as const satisfies Record<string, KeyPlan>

export type KeyName = keyof typeof PLANS

export const KEY_PLANS: Readonly<Record<KeyName, KeyPlan>> = PLANS

export const KEY_NAMES = Object.keys(PLANS) as readonly KeyName[]

/** What clients may know the bastion by; the preferred one first. */
export const HOST_KEY_NAMES = ['host_ed25519', 'host_ecdsa', 'host_rsa'] as const

/** Those without which there is no bastion. */
export type NeededKeyName = {
  [Name in KeyName]: (typeof PLANS)[Name] extends { isOptional: true } ? never : Name
}[KeyName]

export function isNeeded(name: KeyName): name is NeededKeyName {
  return KEY_PLANS[name].isOptional !== true
}

export function isKeyName(text: string): text is KeyName {
  return Object.hasOwn(PLANS, text)
}

/** A key that waits until others know it. */
export function nextName(name: KeyName): string {
  return `${name}.next`
}
