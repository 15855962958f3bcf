import type { PublicKey } from './ssh-wire/public-key.ts'

/**
 * Who may reach what: the facts that an administrator writes down and that every session is opened
 * under. All of them are append-only; a removal or revocation is a fact of its own.
 */

/** Agent and target names, which SSH user names and host certificates carry; `sallyport` itself is reserved. */
export const NAME = /^[a-z0-9][a-z0-9.-]{0,62}$/
export const RESERVED_NAME = 'sallyport'

/** A login on a target: what an SSH user name may carry before its `+`. */
export const LOGIN = /^[A-Za-z0-9_][A-Za-z0-9_.@-]{0,63}\$?$/

/** A grant is for one errand; what lasts longer than a quarter is a standing permission and wants another look. */
export const GRANT_MOST_MS = 90 * 86_400_000

/** Which shell reads the command line on the target; the judge reads the line as that shell does. */
export type TargetShell = 'bash' | 'sh'

/** How a target proves that it is itself: a pinned key, or a host certificate of a pinned CA. */
export interface HostTrust {
  readonly by: 'host-key' | 'host-ca'
  /** One authorized_keys-style line: `ssh-ed25519 AAAA…`. */
  readonly publicKey: string
}

/** What the bastion logs in to a target with; the agent holds none of it. */
export type Credential =
  /** The bastion's own, `keys/upstream`: the target holds it in its authorized_keys. */
  | { readonly is: 'upstream-key' }
  | { readonly is: 'key-file'; readonly path: string }
  /** A certificate for each session, for a target whose TrustedUserCAKeys names `keys/target_ca`. */
  | { readonly is: 'certificate'; readonly sourceAddress: SourceAddress }

/**
 * Where a certificate may be used from: the address that the bastion's connection has, any (behind an
 * address translation the target sees another one), or what an administrator knows that it sees.
 */
export type SourceAddress =
  | { readonly is: 'own' }
  | { readonly is: 'any' }
  | { readonly is: 'listed'; readonly networks: string }

/** For whom the bastion logs in to a target, as the target's own log shall say. */
export interface Errand {
  readonly agent: string
  readonly task: string
  readonly session: string
}

export interface Target {
  readonly id: string
  readonly name: string
  readonly host: string
  readonly port: number
  readonly logins: readonly string[]
  readonly trust: HostTrust
  readonly credential: Credential
  readonly shell: TargetShell
  readonly tags: readonly string[]
  /** True for the demonstration target where it could not be isolated: only `investigator` then. */
  readonly restricted: boolean
}

export interface Grant {
  readonly id: string
  readonly agent: string
  readonly task: string
  readonly target: string
  readonly login: string
  /** A policy's name; the session stores the digest of the text it found under that name. */
  readonly policy: string
  readonly onBehalfOf: string | null
  readonly reason: string
  readonly createdBy: string
  readonly approvedBy: string | null
  /** Milliseconds since 1970 UTC: the first instant the grant is good. */
  readonly startsAtMs: number
  /** Milliseconds since 1970 UTC: the first instant it no longer is. */
  readonly expiresAtMs: number
  /** Sessions that may be live under this grant at once; null for no limit. */
  readonly maxSessions: number | null
}

/** A grant together with what has happened to it since. */
export interface GrantStatus extends Grant {
  readonly createdAtMs: number
  readonly revoked: { readonly atMs: number; readonly by: string; readonly reason: string } | null
  readonly liveSessions: number
}

/** Who the client proved to be, by the certificate whose key signed this SSH session. */
export interface Identity {
  readonly agent: string
  /** From the extension `task@sallyport`; null leaves the choice to the agent's only grant. */
  readonly task: string | null
  readonly onBehalfOf: string | null
  readonly keyId: string
  readonly serial: bigint
  /** The certified key and the CA that signed it: revocation lists name either. */
  readonly key: PublicKey
  readonly ca: PublicKey
  /** `SHA256:…` of the two. */
  readonly keyFingerprint: string
  readonly caFingerprint: string
  /** Seconds since 1970 UTC: the first second the certificate is no longer valid. */
  readonly validBefore: bigint
  /** Replaces what the agent asked for, and is judged in its stead. */
  readonly forceCommand: string | null
  readonly permitPty: boolean
}

/** What the agent asked to reach: `login+target`, or `target` with the login left to the grant. */
export interface Destination {
  readonly target: string
  readonly login: string | null
}

/** Splits an SSH user name at its last `+`; null when it names nothing that could be a target. */
export function parseDestination(userName: string): Destination | null {
  const plus = userName.lastIndexOf('+')
  const target = userName.slice(plus + 1)
  const login = plus === -1 ? null : userName.slice(0, plus)
  if (!NAME.test(target) || login === '') return null
  return { target, login }
}
