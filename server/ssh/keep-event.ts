import type { JournalEvent } from '../core/audit/events.ts'
import type { Journal } from '../core/ports/evidence.ts'

export interface EventKeeper {
  readonly journal: Journal
  /** One line for the operator. */
  readonly log: (message: string, fields: Readonly<Record<string, unknown>>) => void
}

/** Writes down that somebody was not let in. */
export async function keepEvent({ journal, log }: EventKeeper, event: JournalEvent): Promise<void> {
  try {
    await journal.record(event)
  } catch (error) {
    // Nobody was let in, so nothing has to be stopped; the operator's log is what is left.
    log(`${event.kind} could not be written down: ${String(error)}`, {})
  }
}
