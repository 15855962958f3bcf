import type { Clock } from './ports/deciding.ts'
import { originOf } from './origin.ts'

const WINDOW_MS = 60_000

/** Origins remembered; beyond, the one that failed first in this minute is forgotten. */
const MOST_ORIGINS = 10_000

/** Says whether an address may try again, and counts its failures. */
export interface FailureLimit {
  mayTry(address: string): boolean
  /** Counted before it is known how it ends, a hundred attempts at once are a hundred. */
  failed(address: string): void
  /** It was no failure after all. */
  forgive(address: string): void
}

/** Lets each address fail so many times a minute and then refuses it until the minute is over. */
export function limitFailures(
  mostPerMinute: number,
  clock: Pick<Clock, 'monotonicMs'>,
): FailureLimit {
  let failures = new Map<string, number>()
  let windowStartMs = clock.monotonicMs()

  const current = (): Map<string, number> => {
    if (clock.monotonicMs() - windowStartMs > WINDOW_MS) {
      failures = new Map()
      windowStartMs = clock.monotonicMs()
    }
    return failures
  }
  return {
    mayTry: address => (current().get(originOf(address)) ?? 0) < mostPerMinute,
    failed: address => {
      const counts = current()
      const origin = originOf(address)
      const count = counts.get(origin) ?? 0
      const [first] = counts.keys()
      if (count === 0 && counts.size >= MOST_ORIGINS && first !== undefined) counts.delete(first)
      counts.set(origin, count + 1)
    },
    forgive: address => {
      const counts = current()
      const count = counts.get(originOf(address))
      if (count !== undefined && count > 0) counts.set(originOf(address), count - 1)
    },
  }
}
