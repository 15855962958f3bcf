import { createHash } from 'node:crypto'
import type { Clock } from '../core/ports/deciding.ts'
import type { Journal } from '../core/ports/evidence.ts'
import type { Person } from './asked.ts'

/** A page that asked for nothing this long is closed; the next question is a new view. */
const VIEW_ENDS_AFTER_MS = 15 * 60_000
/** Views remembered at once. Forgetting one costs a second event, never a missing one. */
const MAX_VIEWS = 10_000

/**
 * Who has which recording open. Nothing of a session leaves before `session-viewed` is durable; a
 * page that is open and asks again (to seek, to follow a live session) writes no second event.
 */
export interface Views {
  /** `opening` when a page is being opened, which is always a view of its own. */
  see(person: Person, session: string, opening: boolean): Promise<void>
}

export function keepViews(journal: Journal, clock: Clock): Views {
  const lastSeenMs = new Map<string, number>()
  return {
    see: async (person, session, opening) => {
      const nowMs = clock.monotonicMs()
      const key = createHash('sha256').update(`${person.token} ${session}`).digest('base64')
      const last = lastSeenMs.get(key)
      if (opening || last === undefined || nowMs - last > VIEW_ENDS_AFTER_MS) {
        await journal.record({ kind: 'session-viewed', session, user: person.user })
      }
      // Deleting first keeps the map in order of use, so that the oldest view is the first key.
      lastSeenMs.delete(key)
      lastSeenMs.set(key, nowMs)
      const [oldest] = lastSeenMs.keys()
      if (lastSeenMs.size > MAX_VIEWS && oldest !== undefined) lastSeenMs.delete(oldest)
    },
  }
}
