import type { Exit, SentText } from '../core/audit/events.ts'
import { isoMoment } from '../core/duration.ts'
import type { SessionSummary } from '../core/ports/archive.ts'

/** The one place that says what a session looks like as JSON. */
export function sessionJson(session: SessionSummary): object {
  const { startedAtMs, endedAtMs, ...rest } = session
  return {
    ...rest,
    live: endedAtMs === null,
    startedAt: isoMoment(startedAtMs),
    endedAt: endedAtMs === null ? null : isoMoment(endedAtMs),
  }
}

/** What an agent sent, for reading. Escaped by whoever prints it. */
export function sentWords(sent: SentText): string {
  return 'text' in sent ? sent.text : `(not UTF-8, base64) ${sent.base64}`
}

/** `exit 0`, `killed by SIGTERM`. */
export function exitWords(exit: Exit | null): string {
  if (exit === null) return 'no exit status'
  return 'status' in exit ? `exit ${exit.status}` : `killed by SIG${exit.signal}`
}
