import type { TapeHeader, TapeStream } from '../ports/evidence.ts'

/** What happened on one channel, in order, as the spool keeps it. `atMs` counts from the session's start. */
export type TapeRecord =
  | { readonly is: 'open'; readonly atMs: number; readonly opening: TapeOpening }
  | {
      readonly is: 'bytes'
      readonly stream: TapeStream
      readonly atMs: number
      readonly bytes: Uint8Array
    }
  | {
      readonly is: 'resize'
      readonly atMs: number
      readonly columns: number
      readonly rows: number
    }
  | { readonly is: 'close'; readonly atMs: number }

export interface TapeOpening {
  readonly session: string
  readonly channel: number
  /** Milliseconds since 1970 UTC. */
  readonly startedAtMs: number
  readonly header: TapeHeader
}
