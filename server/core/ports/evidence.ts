/** Where things are written down before they happen. `store` keeps these promises. */
import type { Grant, Identity, Target } from '../access.ts'
import type { JournalEvent, SessionEvent } from '../audit/events.ts'
import type { Policy } from '../policy/policy.ts'
import type { Result } from '../result.ts'
import type { Refusal } from '../verdict.ts'

export interface Journal {
  /** Resolves once the fact is durable. */
  record(event: JournalEvent): Promise<void>
}

export interface SessionOpening {
  readonly identity: Identity
  readonly grant: Grant
  readonly target: Target
  readonly policy: Policy
  readonly unfiltered: boolean
  readonly observed: boolean
  readonly client: { readonly address: string; readonly version: string }
}

/** Opens sessions in the evidence. */
export interface Evidence {
  /**
   * Writes the session and its first event. Refuses, in the same transaction, when the grant is no
   * longer good or already has `maxSessions` live sessions.
   */
  open(opening: SessionOpening): Promise<Result<SessionRecord, Refusal>>
}

/** One session's chain and recording. Events are numbered from 0 without gaps, in the order of the calls. */
export interface SessionRecord {
  readonly id: string
  /** Milliseconds since 1970 UTC; recordings count from here. */
  readonly startedAtMs: number
  /** Resolves with the event's number once it is durable. After a rejection the session must end. */
  append(event: SessionEvent): Promise<number>
  /**
   * The same for an allowed command: written only if the grant is still good in the same statement,
   * otherwise nothing is written and the refusal comes back.
   */
  appendWhileGranted(event: SessionEvent): Promise<Result<number, Refusal>>
  openTape(channel: number, header: TapeHeader): Tape
  /** Finishes the tapes, writes `session-closed`. Idempotent. */
  close(reason: string): Promise<void>
}

export interface TapeHeader {
  readonly terminal: {
    readonly term: string
    readonly columns: number
    readonly rows: number
  } | null
  readonly title: string
}

export type TapeStream = 'stdout' | 'stderr' | 'stdin'

/** One channel's recording. When `write` resolves, the bytes are in the spool and survive a SIGKILL of this process. */
export interface Tape {
  /** Milliseconds since the session's start of the newest record; 0 while empty. */
  readonly atMs: number
  write(stream: TapeStream, bytes: Uint8Array): Promise<void>
  resize(columns: number, rows: number): Promise<void>
  close(): Promise<void>
}

/** What ends sessions: revocations, expiries, terminations, and losing touch with the database. */
export interface Endings {
  /**
   * Calls `end` once, at the latest a second after the reason exists. Returns how to stop watching. A
   * visit to the counter has no grant and ends with its certificate.
   */
  watch(
    session: { id: string; grant: Grant | null; identity: Identity },
    end: (refusal: Refusal) => void,
  ): () => void
  /** False once the last successful poll is older than 5 s: no more input may be forwarded. */
  mayForward(): boolean
  isCertificateRevoked(certificate: {
    caFingerprint: string
    serial: bigint
    keyId: string
  }): boolean
}

/** What ends sessions beside the database: the keys folder says whose certificates count. */
export interface Distrust {
  /**
   * Looks at every watched session with these eyes, now and whenever one is watched anew; `reason`
   * yields why the identity counts no more. Called again when the answer may be another.
   */
  distrust(reason: (identity: Identity) => Refusal | null): void
}
