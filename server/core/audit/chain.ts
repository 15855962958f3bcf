/**
 * One session's chain (FORMAT.md): each event's hash covers the one before it, and an event is
 * represented by a salted commitment to its body, so a body can be erased and the chain still stand.
 */
import { sha256 } from '@noble/hashes/sha2.js'

/** Part of the first hash, so that a later version of the chain can never be mistaken for this one. */
export const SESSION_PREFIX = 'sallyport session v1\n'

/** Keeps a link from being mistaken for any other hash of ours. */
const LINK_PREFIX = Uint8Array.of(0x01)

/** Bytes of salt per body: enough that a short body cannot be guessed from its commitment. */
export const SALT_BYTES = 16

/** hash(-1): where the chain of a session with this header begins. `header` is the bytes as stored. */
export function chainStart(header: Uint8Array): Uint8Array {
  return sha256.create().update(new TextEncoder().encode(SESSION_PREFIX)).update(header).digest()
}

export function commitmentTo(salt: Uint8Array, body: Uint8Array): Uint8Array {
  return sha256.create().update(salt).update(body).digest()
}

/** hash(n) from hash(n-1). `seq` counts from 0 within its session. */
export function nextLink(previous: Uint8Array, seq: number, commitment: Uint8Array): Uint8Array {
  const number = new Uint8Array(8)
  new DataView(number.buffer).setBigUint64(0, BigInt(seq))
  return sha256
    .create()
    .update(LINK_PREFIX)
    .update(previous)
    .update(number)
    .update(commitment)
    .digest()
}
