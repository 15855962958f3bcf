/** What a responder reads back: used by the browser part and by the command. `store` keeps these promises. */
import type { SentText, SessionEvent } from '../audit/events.ts'

export interface SessionSummary {
  readonly id: string
  readonly agent: string
  readonly task: string
  readonly onBehalfOf: string | null
  readonly target: string
  readonly login: string
  readonly grant: string
  readonly policy: string
  readonly policyDigest: string
  readonly node: string
  readonly clientAddress: string
  readonly startedAtMs: number
  readonly endedAtMs: number | null
  readonly endReason: string | null
  readonly allowed: number
  readonly denied: number
  /** True under a policy that judges nothing. */
  readonly unfiltered: boolean
  /** What to know a session by: its first denied line, or else its first; cut to 200 characters. */
  readonly headline: SentText | null
}

export interface StoredEvent {
  readonly seq: number
  readonly atMs: number
  readonly event: SessionEvent
}

export interface StoredChunk {
  readonly chunk: number
  readonly channel: number
  /** Milliseconds since the session's start, first and last event in the chunk. */
  readonly fromMs: number
  readonly toMs: number
  readonly offset: number
  readonly length: number
  readonly sha256: string
  /** Pairs of first and one-past-last byte within the chunk's text that came from standard error; absent for none. */
  readonly stderr?: readonly number[]
}

export interface SessionFilter {
  readonly agent?: string
  readonly task?: string
  readonly target?: string
  readonly grant?: string
  readonly live?: boolean
  readonly denied?: boolean
  /** The id of the last session of the page before. */
  readonly before?: string
  readonly limit: number
}

export interface Archive {
  sessions(filter: SessionFilter): Promise<SessionSummary[]>
  session(id: string): Promise<SessionSummary | null>
  events(id: string): Promise<StoredEvent[]>
  chunks(id: string): Promise<StoredChunk[]>
  /** The chunk's asciicast text: whole lines, UTF-8; a channel's first chunk begins with the header line. */
  chunk(id: string, chunk: number): Promise<Uint8Array | null>
}
