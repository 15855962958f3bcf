import type { JournalEvent } from '../core/audit/events.ts'
import { type EventKeeper, keepEvent } from './keep-event.ts'

type LoginRefused = Extract<JournalEvent, { kind: 'login-refused' }>

/** Refused connections are counted over this long and written down as one event for each reason. */
const SPAN_MS = 10_000

/**
 * Refused logins that are written down singly in that time. A person or a pipeline with the wrong
 * certificate makes a handful; who makes more is counted.
 */
const SINGLE_EVENTS = 50

export interface RefusalTally {
  /** Counts one refused connection. */
  add(address: string, because: string): void
  /** Writes one refused login down, or counts it where there are too many. */
  keep(event: LoginRefused): Promise<void>
  /** Writes down what was counted so far. */
  flush(): Promise<void>
}

/** A flood of connections must not become a flood of evidence. */
export function refusalTally(keeper: EventKeeper): RefusalTally {
  let seen = new Map<string, { address: string; times: number }>()
  let timer: NodeJS.Timeout | null = null
  let singles = 0

  const flush = async (): Promise<void> => {
    if (timer !== null) clearTimeout(timer)
    timer = null
    singles = 0
    const counted = [...seen]
    seen = new Map()
    for (const [because, { address, times }] of counted) {
      const why = times === 1 ? because : `${because} (${times} times, last from this address)`
      await keepEvent(keeper, {
        kind: 'connection-refused',
        client: { address },
        because: why,
      })
    }
  }

  const add = (address: string, because: string): void => {
    seen.set(because, { address, times: (seen.get(because)?.times ?? 0) + 1 })
    timer ??= setTimeout(() => void flush(), SPAN_MS).unref()
  }

  return {
    add,
    async keep(event) {
      timer ??= setTimeout(() => void flush(), SPAN_MS).unref()
      singles += 1
      if (singles <= SINGLE_EVENTS) await keepEvent(keeper, event)
      else add(event.client.address, `login-refused: ${event.because}`)
    },
    flush,
  }
}
