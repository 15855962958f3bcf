import { originOf } from './origin.ts'

/** Somebody at the gate whom we do not know yet. */
export interface Waiting {
  readonly address: string
  /** Has shown to speak our language (has finished a key exchange, say), so is probably a client and no scanner. */
  hasSpoken: boolean
}

export interface CrowdLimits {
  readonly inAll: number
  readonly perAddress: number
}

/**
 * Those at the gate whom we do not know yet, oldest first.
 *
 * Where a place is missing, somebody goes who is there already: the one who has waited longest among those
 * who have spoken or among those who have not, whichever are more. Honest clients are young (a login takes a
 * fraction of a second) and are outlived by none of their kind; so neither idle sockets, which cost
 * nothing, nor finished key exchanges, which cost little, can take all places. Refusing newcomers instead
 * would let 20 idle connections keep everybody out.
 */
export class Crowd<Who extends Waiting> {
  readonly #limits: CrowdLimits
  /** Each with the origin of its address, which is read once. */
  readonly #waiting = new Map<Who, string>()

  constructor(limits: CrowdLimits) {
    this.#limits = limits
  }

  get size(): number {
    return this.#waiting.size
  }

  /** Lets `newcomer` in and returns who has to go for it, if anybody. */
  enter(newcomer: Who): Who | null {
    const origin = originOf(newcomer.address)
    const leaving = this.#whoLeaves(origin)
    if (leaving !== null) this.#waiting.delete(leaving)
    this.#waiting.set(newcomer, origin)
    return leaving
  }

  leave(who: Who): void {
    this.#waiting.delete(who)
  }

  #whoLeaves(origin: string): Who | null {
    const neighbours = [...this.#waiting].flatMap(([who, from]) => (from === origin ? [who] : []))
    if (neighbours.length >= this.#limits.perAddress) return longestOfMost(neighbours)
    return this.#waiting.size >= this.#limits.inAll
      ? longestOfMost([...this.#waiting.keys()])
      : null
  }
}

function longestOfMost<Who extends Waiting>(oldestFirst: readonly Who[]): Who | null {
  const spoken = oldestFirst.filter(({ hasSpoken }) => hasSpoken)
  const silent = oldestFirst.filter(({ hasSpoken }) => !hasSpoken)
  const [oldest = null] = spoken.length > silent.length ? spoken : silent
  return oldest
}
