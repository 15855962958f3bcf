import type { JournalEvent } from '../../core/audit/events.ts'
import type { Clock } from '../../core/ports/deciding.ts'
import type { Journal } from '../../core/ports/evidence.ts'

type CertificateRefused = Extract<JournalEvent, { kind: 'certificate-refused' }>

/** A pipeline that is set up wrongly makes dozens; who makes more in a minute is counted. */
const SINGLE_EVENTS = 300
const WINDOW_MS = 60_000

export interface RefusalBook {
  /** Writes a refusal down before it resolves, or counts it where there are too many. */
  keep(event: CertificateRefused): Promise<void>
}

/** A flood of bad tokens, from however many addresses, must not become a flood of evidence. */
export function keepRefusals(journal: Journal, clock: Clock): RefusalBook {
  let singles = 0
  let windowStartMs = clock.monotonicMs()
  let counted = new Map<string, { last: CertificateRefused; times: number }>()

  return {
    async keep(event) {
      if (clock.monotonicMs() - windowStartMs >= WINDOW_MS) await turnPage()
      singles += 1
      if (singles <= SINGLE_EVENTS) return journal.record(event)
      const times = (counted.get(event.because)?.times ?? 0) + 1
      // The first of a kind is written at once: what is counted may wait for the next refusal.
      if (times === 1) await journal.record(event)
      counted.set(event.because, { last: event, times })
    },
  }

  async function turnPage(): Promise<void> {
    const past = [...counted.values()].filter(({ times }) => times > 1)
    counted = new Map()
    singles = 0
    windowStartMs = clock.monotonicMs()
    for (const { last, times } of past) {
      const detail = `${times - 1} more within a minute, the last: ${last.detail}`
      await journal.record({ ...last, detail })
    }
  }
}
