import { type Allowance, FULL_ALLOWANCE, isFull, takeQuestion } from '../core/counter/pace.ts'

/** Agents whose questions are counted at once; who was quiet for 40 seconds is forgotten first. */
const MOST_AGENTS = 10_000

interface Asker {
  readonly allowance: Allowance
  readonly isWaiting: boolean
}

/** How often each agent asked at this node's counter. Invariant: remembers at most MOST_AGENTS. */
export class CounterPace {
  readonly #askers = new Map<string, Asker>()

  /** `waitMs` is 0 for a question that may be answered; `isFirst` marks the first that may not. */
  take(agent: string, nowMs: number): { readonly waitMs: number; readonly isFirst: boolean } {
    const asker = this.#askers.get(agent) ?? { allowance: FULL_ALLOWANCE, isWaiting: false }
    const { left, waitMs } = takeQuestion(asker.allowance, nowMs)
    const isWaiting = waitMs > 0
    // Put behind all others: the first in the map was quiet the longest.
    this.#askers.delete(agent)
    this.#forget(nowMs)
    this.#askers.set(agent, { allowance: left, isWaiting })
    return { waitMs, isFirst: isWaiting && !asker.isWaiting }
  }

  #forget(nowMs: number): void {
    for (const [agent, { allowance }] of this.#askers) {
      if (this.#askers.size < MOST_AGENTS && !isFull(allowance, nowMs)) return
      this.#askers.delete(agent)
    }
  }
}
