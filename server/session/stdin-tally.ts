import { createHash } from 'node:crypto'
import type { Tape } from '../core/ports/evidence.ts'

/**
 * Standard input of one command: recorded up to a bound, beyond it counted and digested, so that what
 * was sent can always be proved and a large upload does not fill the evidence. What is typed at a
 * terminal is only counted: it may be a password, and of one alone even a digest says too much.
 */
export class StdinTally {
  readonly #hash = createHash('sha256')
  readonly #tape: Tape
  readonly #recordedMost: number
  readonly #isTyped: boolean
  #bytes = 0
  #recorded = 0

  constructor(tape: Tape, recordedMost: number, isTyped: boolean) {
    this.#tape = tape
    this.#recordedMost = recordedMost
    this.#isTyped = isTyped
  }

  async take(bytes: Uint8Array): Promise<Uint8Array> {
    this.#bytes += bytes.length
    if (this.#isTyped) return bytes
    this.#hash.update(bytes)
    const kept = bytes.subarray(0, Math.max(0, this.#recordedMost - this.#recorded))
    if (kept.length > 0) {
      this.#recorded += kept.length
      await this.#tape.write('stdin', kept)
    }
    return bytes
  }

  /** Lower-case hex; call once, at the end. */
  result(): { bytes: number; sha256: string; recordedBytes: number } {
    return { bytes: this.#bytes, sha256: this.#hash.digest('hex'), recordedBytes: this.#recorded }
  }
}
