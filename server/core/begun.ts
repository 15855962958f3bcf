/** How something that was begun ends. */
type End = (reason: string) => unknown

/**
 * What was begun so far and how it ends, the newest first, as it may stand on what is older. Invariant: every
 * end is tried, and once; one that fails keeps no other from being tried.
 */
export class Begun {
  readonly #ends: End[] = []

  add(end: End): void {
    this.#ends.push(end)
  }

  /** Rejects once all is ended, with every fault that was met. */
  async end(reason: string): Promise<void> {
    const faults: unknown[] = []
    for (const end of this.#ends.splice(0).toReversed()) {
      try {
        await end(reason)
      } catch (error) {
        faults.push(error) // told below, when the rest is ended
      }
    }
    if (faults.length === 1) throw faults[0]
    if (faults.length > 1) throw new AggregateError(faults, faults.map(wordsOf).join('; '))
  }

  /** Ends all because `error` was met on the way; that is what there is to tell, with what came of ending. */
  async failed(error: unknown, told: (fault: string) => void): Promise<never> {
    await this.end('the start failed').catch(fault => told(wordsOf(fault)))
    throw error
  }
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
