import type { Refusal } from '../core/verdict.ts'

/**
 * How a visit goes on and comes to an end. Two can end it: the bastion, with a refusal, of which the first
 * stands; and the agent, by leaving.
 */
export class VisitLife {
  /** Resolves when the bastion ends the visit. */
  readonly ended: Promise<Refusal>
  /** Resolves when the agent has left. */
  readonly gone: Promise<void>
  readonly #serving = new Set<Promise<void>>()
  #ending: Refusal | null = null
  #resolveEnded: (refusal: Refusal) => void = () => {}
  #resolveGone: () => void = () => {}

  constructor() {
    this.ended = new Promise(resolve => {
      this.#resolveEnded = resolve
    })
    this.gone = new Promise(resolve => {
      this.#resolveGone = resolve
    })
  }

  /** Why the bastion ended the visit; null while it goes on. */
  get ending(): Refusal | null {
    return this.#ending
  }

  /** @returns false when it was ended before. */
  end(refusal: Refusal): boolean {
    if (this.#ending !== null) return false
    this.#ending = refusal
    this.#resolveEnded(refusal)
    return true
  }

  leave(): void {
    this.#resolveGone()
  }

  /** Counts a channel as being served until the work is done. */
  async serve(work: Promise<void>): Promise<void> {
    this.#serving.add(work)
    await work.finally(() => this.#serving.delete(work))
  }

  /** Resolves when no channel is being served. */
  async idle(): Promise<void> {
    await Promise.allSettled(this.#serving)
  }
}
