import { type Allowance, fullAllowance, isFull, type Pace, takeOne } from './pace.ts'

/** Agents that are counted at once; who was quiet the longest is forgotten first. */
const MOST_AGENTS = 10_000

interface Counted {
  readonly allowance: Allowance
  readonly isWaiting: boolean
}

/** How often each agent did one thing on this node. Invariant: remembers at most MOST_AGENTS. */
export class AgentPace {
  readonly #pace: Pace
  readonly #agents = new Map<string, Counted>()

  constructor(pace: Pace) {
    this.#pace = pace
  }

  /** `waitMs` is 0 for once more that is within the pace; `isFirst` marks the first that is not. */
  take(agent: string, nowMs: number): { readonly waitMs: number; readonly isFirst: boolean } {
    const counted = this.#agents.get(agent) ?? {
      allowance: fullAllowance(this.#pace),
      isWaiting: false,
    }
    const { allowance, waitMs } = takeOne(counted.allowance, this.#pace, nowMs)
    const isWaiting = waitMs > 0
    // Put behind all others: the first in the map was quiet the longest.
    this.#agents.delete(agent)
    this.#forget(nowMs)
    this.#agents.set(agent, { allowance, isWaiting })
    return { waitMs, isFirst: isWaiting && !counted.isWaiting }
  }

  #forget(nowMs: number): void {
    for (const [agent, { allowance }] of this.#agents) {
      if (this.#agents.size < MOST_AGENTS && !isFull(allowance, this.#pace, nowMs)) return
      this.#agents.delete(agent)
    }
  }
}
