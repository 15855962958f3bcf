import type { Terminal } from '../core/ports/channels.ts'
import { delay } from './say.ts'

/** Twice as often as a screen shows a new picture; a client under a storm of changes sends thousands a second. */
const PACE_MS = 8

/**
 * Applies sizes of a terminal one after the other, and of those that come meanwhile the newest alone: each is
 * a message that waits for the target, a line of the recording and a line that is drawn again.
 */
export class NewestSize {
  readonly #apply: (size: Terminal) => Promise<void>
  readonly #fail: (error: unknown) => void
  #newest: Terminal | null = null
  #applied: Promise<void> = Promise.resolve()
  #isPaced = false

  constructor(apply: (size: Terminal) => Promise<void>, fail: (error: unknown) => void) {
    this.#apply = apply
    this.#fail = fail
  }

  take(size: Terminal): void {
    this.#newest = size
    if (!this.#isPaced) this.#keepPace().catch(this.#fail)
  }

  /** Applies what still waits for its time: keys that come after a size are for a terminal that has it. */
  settle(): Promise<void> {
    const size = this.#newest
    this.#newest = null
    if (size !== null) this.#applied = this.#applied.then(() => this.#apply(size))
    return this.#applied
  }

  async #keepPace(): Promise<void> {
    this.#isPaced = true
    while (this.#newest !== null) {
      // oxlint-disable-next-line no-await-in-loop -- one at a time is the point
      await this.settle()
      // oxlint-disable-next-line no-await-in-loop
      await delay(PACE_MS)
    }
    this.#isPaced = false
  }
}
