/**
 * What an administrator changes: used by the command and by the browser part. Every change writes its
 * journal event in the same transaction; `by` names who did it. `store` keeps these promises.
 */
import type { AccessRequest, RequestStatus } from '../access-request.ts'
import type { Credential, Grant, GrantStatus, HostTrust, Target, TargetShell } from '../access.ts'
import type { Revoked } from '../certificate/compile-krl.ts'
import type { Result } from '../result.ts'

export interface NewTarget {
  readonly name: string
  readonly host: string
  readonly port: number
  readonly logins: readonly string[]
  readonly trust: HostTrust
  readonly credential: Credential
  readonly shell: TargetShell
  readonly tags: readonly string[]
  readonly restricted: boolean
}

export interface TargetBook {
  list(): Promise<Target[]>
  find(name: string): Promise<Target | null>
  /** Refuses a name that is in use. */
  add(target: NewTarget, by: string): Promise<Result<Target, 'name-in-use'>>
  /** False when there is no such target. Grants for it stay, and open nothing. */
  remove(name: string, by: string): Promise<boolean>
}

export type NewGrant = Omit<Grant, 'id' | 'createdBy'>

export interface GrantBook {
  list(filter: { agent?: string; target?: string; all: boolean }): Promise<GrantStatus[]>
  find(id: string): Promise<GrantStatus | null>
  create(grant: NewGrant, by: string): Promise<Grant>
  /** Writes the revocation and tells every node. Resolves with the sessions that were live under the grant. */
  revoke(
    id: string,
    reason: string,
    by: string,
  ): Promise<Result<{ liveSessions: readonly string[] }, 'not-found' | 'already-revoked'>>
}

/** What agents ask for. Each step writes its event. */
export interface RequestBook {
  /**
   * Writes a request down, within the bounds on how many may wait. The same wish that waits already is the same
   * request: an agent that asks again gets it back.
   */
  make(
    wish: Omit<AccessRequest, 'id' | 'madeAtMs'>,
  ): Promise<Result<RequestStatus, 'too-many-of-agent' | 'too-many'>>
  find(id: string): Promise<RequestStatus | null>
  /** Oldest first; without `all` only those that wait for an answer. */
  list(filter: { agent?: string; all: boolean }): Promise<RequestStatus[]>
  /** Answers with a grant, which is created in the same transaction. */
  grant(
    id: string,
    grant: NewGrant,
    by: string,
  ): Promise<Result<Grant, 'not-found' | 'answered-already'>>
  deny(
    id: string,
    reason: string,
    by: string,
  ): Promise<Result<null, 'not-found' | 'answered-already'>>
}

export interface SessionControl {
  /** Asks the node that has the session to end it. */
  terminate(
    id: string,
    reason: string,
    by: string,
  ): Promise<Result<null, 'not-found' | 'already-ended'>>
}

export interface CertificateBook {
  /** A serial that no certificate of this CA has carried before. */
  nextSerial(): Promise<bigint>
  recordIssue(
    certificate: {
      agent: string
      task: string | null
      keyId: string
      serial: bigint
      keyFingerprint: string
      /** Seconds since 1970 UTC. */
      validAfter: bigint
      validBefore: bigint
    },
    by: string,
  ): Promise<void>
  /**
   * Newest first. `ownCas` are the fingerprints of our own user CAs, old ones included: a serial counts
   * as revoked when it is one of theirs.
   */
  list(filter: {
    agent?: string
    serial?: bigint
    keyId?: string
    ownCas: readonly string[]
    /** Also those that are valid no more. */
    all: boolean
    limit: number
  }): Promise<IssuedCertificate[]>
  /** Oldest first, of foreign CAs' certificates as well. */
  revocations(): Promise<CertificateRevocation[]>
  /** By (CA, serial) or by key id. Resolves with the sessions that were live with the certificate. */
  revoke(
    which: Revoked,
    reason: string,
    by: string,
  ): Promise<Result<{ liveSessions: readonly string[] }, 'already-revoked'>>
}

export interface IssuedCertificate {
  readonly agent: string
  readonly task: string | null
  readonly keyId: string
  readonly serial: bigint
  /** `SHA256:…` */
  readonly keyFingerprint: string
  /** Seconds since 1970 UTC. */
  readonly validAfter: bigint
  readonly validBefore: bigint
  readonly issuedBy: string
  readonly revoked: RevocationFact | null
}

export interface RevocationFact {
  readonly atMs: number
  readonly by: string
  readonly reason: string
}

export interface CertificateRevocation extends RevocationFact {
  readonly which: Revoked
}

export type Role = 'viewer' | 'approver' | 'administrator'

export interface BrowserSession {
  readonly user: string
  readonly roles: readonly Role[]
  /** Milliseconds since 1970 UTC. */
  readonly expiresAtMs: number
}

/** An evening at an incident, and no longer alone with an unlocked screen than a coffee takes. */
export const BROWSER_SESSION = { absoluteMs: 12 * 3_600_000, idleMs: 30 * 60_000 } as const

/** People in the browser. Tokens are 256-bit random, handed out once; only their SHA-256 is stored. */
export interface SignIns {
  makeLink(
    role: Role,
    by: string,
    lifetimeMs: number,
  ): Promise<{ token: string; expiresAtMs: number }>
  /**
   * Uses the link up and opens a browser session; null when it is unknown, used or too old. That is for the
   * caller to write down, who knows how many there are.
   */
  redeem(
    linkToken: string,
    address: string,
  ): Promise<{ sessionToken: string; session: BrowserSession } | null>
  /** Opens a browser session for somebody whom an identity provider vouched for. */
  openFor(
    user: string,
    roles: readonly Role[],
    address: string,
  ): Promise<{ sessionToken: string; session: BrowserSession }>
  /** True once somebody has signed in as an administrator, ever and by whichever way. */
  hasHadAdministrator(): Promise<boolean>
  /**
   * Null when it is unknown, was ended, is older than BROWSER_SESSION.absoluteMs or was not used for
   * BROWSER_SESSION.idleMs. Being found counts as use, on whichever node it happens.
   */
  find(sessionToken: string): Promise<BrowserSession | null>
  end(sessionToken: string, address: string): Promise<void>
}
