import { parseClientAddress } from '../core/certificate/ip-address.ts'

/** Somebody who has connected and not logged in yet. */
export interface Waiting {
  readonly address: string
  /** Has finished a key exchange, so is probably a client and not a scanner. */
  hasHandshaken: boolean
}

export interface CrowdLimits {
  readonly unauthenticated: number
  readonly unauthenticatedPerAddress: number
}

/**
 * Those at the gate who have not logged in, oldest first.
 *
 * Where a place is missing, the one who has waited longest goes, first among those who have not even
 * finished a key exchange: a login takes a fraction of a second, so honest clients are young, and idle
 * strangers are old. Refusing newcomers instead would let 20 idle connections keep everybody out.
 */
export class Crowd<Who extends Waiting> {
  readonly #limits: CrowdLimits
  readonly #waiting = new Set<Who>()

  constructor(limits: CrowdLimits) {
    this.#limits = limits
  }

  get size(): number {
    return this.#waiting.size
  }

  /** Lets `newcomer` in and returns who has to go for it, if anybody. */
  enter(newcomer: Who): Who | null {
    const origin = originOf(newcomer.address)
    const neighbours = [...this.#waiting].filter(({ address }) => originOf(address) === origin)
    let leaving: Who | null = null
    if (neighbours.length >= this.#limits.unauthenticatedPerAddress) leaving = longest(neighbours)
    else if (this.#waiting.size >= this.#limits.unauthenticated) leaving = longest(this.#waiting)
    if (leaving !== null) this.#waiting.delete(leaving)
    this.#waiting.add(newcomer)
    return leaving
  }

  leave(who: Who): void {
    this.#waiting.delete(who)
  }
}

/** Whoever has one IPv6 address has 2^64 of them (RFC 6177 gives a site at least a /64), so these count as one. */
function originOf(address: string): string {
  const bytes = parseClientAddress(address)
  return bytes?.length === 16 ? bytes.subarray(0, 8).join('.') : address
}

function longest<Who extends Waiting>(waiting: Iterable<Who>): Who | null {
  let oldest: Who | null = null
  for (const who of waiting) {
    if (!who.hasHandshaken) return who
    oldest ??= who
  }
  return oldest
}
