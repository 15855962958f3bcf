import type { Clock } from '../core/ports/deciding.ts'

/** Refused sign-ins per address and minute. A token of 256 bits needs no limit; the journal does. */
const MAX_REFUSED = 10
const WINDOW_MS = 60_000
/** Addresses remembered; with more, everyone new waits until the window is over. */
const MAX_ADDRESSES = 10_000

/** Says whether an address may try again, and counts its failures. */
export interface RefusalLimit {
  mayTry(address: string): boolean
  failed(address: string): void
}

export function limitRefusals(clock: Clock): RefusalLimit {
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
    mayTry: address => {
      const counts = current()
      const count = counts.get(address)
      return count === undefined ? counts.size < MAX_ADDRESSES : count < MAX_REFUSED
    },
    failed: address => {
      const counts = current()
      counts.set(address, (counts.get(address) ?? 0) + 1)
    },
  }
}
