/** How a peer that is gone without a word is noticed. */
export interface KeepaliveTerms {
  /** A peer that says nothing for so long is asked whether it is there. */
  readonly everyMs: number
  /** So many questions without an answer, and it is gone. */
  readonly missed: number
}

/** Two minutes without an answer: a laptop's short sleep and a network that restarts take less. */
export const KEEPALIVE_TERMS: KeepaliveTerms = { everyMs: 15_000, missed: 8 }
