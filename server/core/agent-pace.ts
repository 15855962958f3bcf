import { type Allowance, fullAllowance, isFull, type Pace, takeOne } from '../core/pace.ts'

/** Agents whose questions are counted at once; who was quiet the longest is forgotten first. */
const MOST_AGENTS = 10_000

interface Asker {
  readonly allowance: Allowance
  readonly isWaiting: boolean
}

/** How often each agent asked at this node's counter. Invariant: remembers at most MOST_AGENTS. */
export class CounterPace {
  readonly #pace: Pace
  readonly #askers = new Map<string, Asker>()

  constructor(pace: Pace) {
    this.#pace = pace
  }

  /** `waitMs` is 0 for a question that may be answered; `isFirst` marks the first that may not. */
  take(agent: string, nowMs: number): { readonly waitMs: number; readonly isFirst: boolean } {
    const asker = this.#askers.get(agent) ?? {
      allowance: fullAllowance(this.#pace),
      isWaiting: false,
    }
    const { allowance, waitMs } = takeOne(asker.allowance, this.#pace, nowMs)
    const isWaiting = waitMs > 0
    // Put behind all others: the first in the map was quiet the longest.
    this.#askers.delete(agent)
    this.#forget(nowMs)
    this.#askers.set(agent, { allowance, isWaiting })
    return { waitMs, isFirst: isWaiting && !asker.isWaiting }
  }

  #forget(nowMs: number): void {
    for (const [agent, { allowance }] of this.#askers) {
      if (this.#askers.size < MOST_AGENTS && !isFull(allowance, this.#pace, nowMs)) return
      this.#askers.delete(agent)
    }
  }
}
