import { type EventKeeper, keepEvent } from './keep-event.ts'

/** Refused connections are counted over this long and written down as one event for each reason. */
const SPAN_MS = 10_000

export interface RefusalTally {
  add(address: string, because: string): void
  /** Writes down what was counted so far. */
  flush(): Promise<void>
}

/** A flood of connections must not become a flood of evidence. */
export function refusalTally(keeper: EventKeeper): RefusalTally {
  let seen = new Map<string, { address: string; times: number }>()
  let timer: NodeJS.Timeout | null = null

  const flush = async (): Promise<void> => {
    if (timer !== null) clearTimeout(timer)
    timer = null
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

  return {
    add(address, because) {
      seen.set(because, { address, times: (seen.get(because)?.times ?? 0) + 1 })
      timer ??= setTimeout(() => void flush(), SPAN_MS).unref()
    },
    flush,
  }
}
