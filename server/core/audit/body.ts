/** Event bodies: JSON in UTF-8, `at` first. The bytes made here are the bytes stored and hashed. */
import type { VerdictWord } from '../policy/policy.ts'
import type { Result } from '../result.ts'
import type { JournalEvent, SessionEvent } from './events.ts'

/** What of an event stands in columns of its own, to be searched; the body is what counts. */
export interface EventColumns {
  readonly kind: string
  readonly verdict: VerdictWord | null
  readonly rule: string | null
}

/** `atMs` counts from 1970 UTC, by the clock of the node that wrote the event. */
export function encodeBody(atMs: number, event: SessionEvent | JournalEvent): Uint8Array {
  return new TextEncoder().encode(JSON.stringify({ at: new Date(atMs).toISOString(), ...event }))
}

export function decodeSessionBody(
  body: Uint8Array,
): Result<{ atMs: number; event: SessionEvent }, string> {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body)
    const { at, ...event } = JSON.parse(text) as { at: unknown; kind: unknown }
    const atMs = typeof at === 'string' ? Date.parse(at) : Number.NaN
    if (Number.isNaN(atMs)) return { ok: false, fault: 'body says no time' }
    if (typeof event.kind !== 'string') return { ok: false, fault: 'body says no kind' }
    return { ok: true, value: { atMs, event: event as SessionEvent } }
  } catch (error) {
    // Stored bytes may have been tampered with; that they cannot be read is an answer, not a crash.
    return { ok: false, fault: error instanceof Error ? error.message : String(error) }
  }
}

export function columnsOf(event: SessionEvent): EventColumns {
  switch (event.kind) {
    case 'command-decided':
      return { kind: event.kind, verdict: event.verdict, rule: event.rule }
    case 'request-refused':
      return { kind: event.kind, verdict: 'deny', rule: event.rule }
    case 'session-opened':
    case 'command-ended':
    case 'input-recorded':
    case 'environment-ignored':
    case 'channel-opened':
    case 'target-connected':
    case 'target-failed':
    case 'recording-chunk':
    case 'session-closed':
      return { kind: event.kind, verdict: null, rule: null }
  }
}
