import { originOf } from '../../core/origin.ts'
import type { Clock } from '../../core/ports/deciding.ts'

export interface RequestLimits {
  readonly perMinute: number
  readonly perMinutePerAddress: number
}

/** What a request may do: go on, be refused in writing, or be refused without one more event. */
export type Admission =
  | { is: 'admitted' }
  | { is: 'refused'; scope: 'address' | 'all'; isFirst: boolean }

const WINDOW_MS = 60_000

/**
 * Counts requests per address and in all, by the minute. Of those beyond a limit only the first of a
 * minute is worth an event: the journal must not grow as fast as somebody can ask.
 */
export function limitRequests(limits: RequestLimits, clock: Clock): (address: string) => Admission {
  let counts = new Map<string, number>()
  let all = 0
  let windowStartMs = clock.monotonicMs()

  return address => {
    if (clock.monotonicMs() - windowStartMs >= WINDOW_MS) {
      counts = new Map()
      all = 0
      windowStartMs = clock.monotonicMs()
    }
    const origin = originOf(address)
    const own = (counts.get(origin) ?? 0) + 1
    // Counted only while there is room for all: the map holds no more addresses than that.
    if (all >= limits.perMinute && own <= limits.perMinutePerAddress) {
      all += 1
      return { is: 'refused', scope: 'all', isFirst: all === limits.perMinute + 1 }
    }
    counts.set(origin, own)
    if (own > limits.perMinutePerAddress) {
      return { is: 'refused', scope: 'address', isFirst: own === limits.perMinutePerAddress + 1 }
    }
    all += 1
    return { is: 'admitted' }
  }
}
