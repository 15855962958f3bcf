/** What the browser part is told, as JSON: the whole contract between `server/http` and `replay-ui`. */
import type { SessionSummary, StoredChunk } from '../ports/archive.ts'
import type { Role } from '../ports/administration.ts'
import type { ChannelFacts, SessionFacts, Step } from './steps.ts'

export interface Me {
  readonly user: string
  readonly roles: readonly Role[]
  /** Milliseconds since 1970 UTC. */
  readonly expiresAtMs: number
}

/** How people can sign in; a one-time link always works. */
export interface WaysIn {
  /** The identity provider's name for the button; null where there is none. */
  readonly provider: string | null
}

/** Why the way through the identity provider ended, as `/sign-in?refused=…` has it. */
export type RefusedSignIn = 'begin-again' | 'provider-away' | 'no-role' | 'too-many'

export interface SessionList {
  readonly sessions: readonly SessionSummary[]
  /** The `before` of the next page; null on the last one. */
  readonly next: string | null
  /** The bastion's clock, so that "4 minutes ago" does not depend on the reader's. */
  readonly nowMs: number
}

export interface SessionPage {
  readonly session: SessionSummary
  readonly facts: SessionFacts
  readonly channels: readonly ChannelFacts[]
  readonly steps: readonly Step[]
  readonly nowMs: number
}

export interface ChunkIndex {
  readonly chunks: readonly StoredChunk[]
  readonly live: boolean
}

/** Every answer that is not a 2xx: a code for programs and a sentence for a person. */
export interface Complaint {
  readonly error: string
  readonly message: string
}
