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

/** Addresses that are remembered for what they were given; the one that asked longest ago is forgotten first. */
const KNOWN_MOST = 10_000

/**
 * Counts requests per address and in all, by the minute. Of those beyond a limit only the first of a
 * minute is worth an event: the journal must not grow as fast as somebody can ask. The number for all is for
 * strangers: an address that was given a certificate keeps its own, whoever else asks.
 */
export class RequestLimit {
  readonly #limits: RequestLimits
  readonly #clock: Clock
  readonly #known = new Set<string>()
  #counts = new Map<string, number>()
  #strangers = 0
  #windowStartMs: number

  constructor(limits: RequestLimits, clock: Clock) {
    this.#limits = limits
    this.#clock = clock
    this.#windowStartMs = clock.monotonicMs()
  }

  admit(address: string): Admission {
    this.#turn()
    const { perMinute, perMinutePerAddress } = this.#limits
    const origin = originOf(address)
    const own = (this.#counts.get(origin) ?? 0) + 1
    const isStranger = !this.#known.has(origin)
    // Counted only while there is room for all: the map holds no more strangers than that.
    if (isStranger && this.#strangers >= perMinute && own <= perMinutePerAddress) {
      this.#strangers += 1
      return { is: 'refused', scope: 'all', isFirst: this.#strangers === perMinute + 1 }
    }
    this.#counts.set(origin, own)
    if (own > perMinutePerAddress) {
      return { is: 'refused', scope: 'address', isFirst: own === perMinutePerAddress + 1 }
    }
    if (isStranger) this.#strangers += 1
    return { is: 'admitted' }
  }

  /** A token from there became a certificate. */
  remember(address: string): void {
    const origin = originOf(address)
    this.#known.delete(origin)
    this.#known.add(origin)
    const [longestAgo] = this.#known
    if (this.#known.size > KNOWN_MOST && longestAgo !== undefined) this.#known.delete(longestAgo)
  }

  #turn(): void {
    if (this.#clock.monotonicMs() - this.#windowStartMs < WINDOW_MS) return
    this.#counts = new Map()
    this.#strangers = 0
    this.#windowStartMs = this.#clock.monotonicMs()
  }
}
