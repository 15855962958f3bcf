/** What the connection protocol needs of the encrypted transport beneath it. */
export interface Transport {
  /** Sends one message made of these parts. Does nothing once the connection is gone. */
  send(...parts: readonly Uint8Array[]): void
  /**
   * True while more lies in the socket than should, or a key exchange holds packets back. Whoever has
   * data to send waits for `onceClear`; control messages go out all the same.
   */
  isCongested(): boolean
  onceClear(then: () => void): void
  /** Ends the connection; the peer reads the sentence. */
  disconnect(reason: DisconnectReason, sentence: string): void
}

/** RFC 4253 §11.1. */
export type DisconnectReason = (typeof DISCONNECT)[keyof typeof DISCONNECT]

export const DISCONNECT = {
  protocolError: 2,
  byApplication: 11,
  tooManyConnections: 12,
  noMoreAuthMethods: 14,
} as const
