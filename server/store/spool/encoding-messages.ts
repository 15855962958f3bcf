import type { PackedChunk } from '../evidence/chunk-row.ts'
import type { SpoolEnd } from './spool.ts'

/** To the thread that encodes what the spool holds. */
export type ToEncoding =
  /** The spool is written up to here. */
  | { readonly is: 'advance'; readonly end: SpoolEnd }
  /** So much of the text that it handed over is in the database, or given up. */
  | { readonly is: 'settled'; readonly bytes: number }
  /** Nothing more of this session: its records are left to salvage. */
  | { readonly is: 'drop'; readonly sessionId: string }
  /** It was salvaged: no record of it lies beyond `end`, so nothing of it is to be remembered there. */
  | { readonly is: 'forget'; readonly sessionId: string; readonly end: SpoolEnd }
  /** Hand over everything, then say so. */
  | { readonly is: 'stop' }

/** From it. */
export type FromEncoding =
  /** A channel's chunks come in their order. */
  | {
      readonly is: 'chunk'
      readonly sessionId: string
      /** Where the first record in it lies. */
      readonly segment: number
      readonly packed: PackedChunk
    }
  /** The channel was closed, and all its chunks are handed over. */
  | { readonly is: 'closed'; readonly sessionId: string; readonly channel: number }
  /** Segments before this one are not needed any more by what is not handed over yet. */
  | { readonly is: 'place'; readonly segment: number; readonly uncutBytes: number }
  | { readonly is: 'fault'; readonly fault: string }
  | { readonly is: 'stopped' }
