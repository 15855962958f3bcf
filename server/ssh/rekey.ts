import { fullAllowance, type Pace, takeOne } from '../core/pace.ts'
import type { Ssh2Peer } from './transport.ts'

/** When a connection gets fresh keys. */
export interface RekeyTerms {
  readonly afterMs: number
  readonly afterBytes: number
  /** How often a connection is looked at. */
  readonly lookMs: number
}

export const REKEY_TERMS: RekeyTerms = {
  // RFC 4253 §9 says an hour.
  afterMs: 3600_000,
  // RFC 4344 §3.2 allows AES 64 GiB. Far below: what is looked at every 10 s may run 10 GB over.
  afterBytes: 4 * 1024 ** 3,
  lookMs: 10_000,
}

/**
 * How often a peer may exchange keys with little data in between: each costs up to 8 ms of processor time.
 * Clients do so by the hour or the gigabyte; one that is set to every megabyte counts as well.
 */
const HASTY: Pace = { burst: 20, everyMs: 1000 }
const LITTLE_BYTES = 1024 * 1024

/** A peer that has not finished a key exchange by then never will; data is held back meanwhile. */
const PATIENCE_MS = 60_000

/**
 * Exchanges keys again after a while or after much data; ssh2 never does so by itself. Both sides may
 * start it: what the peer starts counts as well, and a peer that does little else is given up.
 * Only after the login: OpenSSH's client takes no KEXINIT in the middle of it. Returns how to stop.
 */
export function rekeyNowAndThen(
  peer: Ssh2Peer,
  giveUp: () => void,
  terms: RekeyTerms = REKEY_TERMS,
): () => void {
  const { _protocol: protocol, _sock: socket } = peer
  let freshAtMs = performance.now()
  let freshAtBytes = bytesThrough(socket)
  let pendingSinceMs: number | null = null
  let isOurs = false
  let allowance = fullAllowance(HASTY)

  peer.on('handshake', () => {
    const isLittle = bytesThrough(socket) - freshAtBytes < LITTLE_BYTES
    if (!isOurs && isLittle) {
      const taken = takeOne(allowance, HASTY, performance.now())
      allowance = taken.allowance
      if (taken.waitMs > 0) giveUp()
    }
    isOurs = false
    freshAtMs = performance.now()
    freshAtBytes = bytesThrough(socket)
    pendingSinceMs = null
  })
  const timer = setInterval(() => {
    const nowMs = performance.now()
    if (protocol._destruct === undefined) return // it is closing
    if (protocol._kexinit !== undefined) {
      pendingSinceMs ??= nowMs
      if (nowMs - pendingSinceMs > PATIENCE_MS) socket.destroy()
    } else if (
      nowMs - freshAtMs >= terms.afterMs ||
      bytesThrough(socket) - freshAtBytes >= terms.afterBytes
    ) {
      isOurs = true
      protocol.rekey()
    }
  }, terms.lookMs).unref()
  return () => clearInterval(timer)
}

function bytesThrough(socket: Ssh2Peer['_sock']): number {
  return socket.bytesRead + socket.bytesWritten
}
