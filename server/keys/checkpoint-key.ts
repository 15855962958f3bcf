import { createHash } from 'node:crypto'
import type { EvidenceSigner } from './key-pair.ts'

/** Signs checkpoints as C2SP signed notes (c2sp.org/signed-note). */
export interface CheckpointSigner extends EvidenceSigner {
  /** The key name in the signature line of a note. */
  readonly noteKeyName: string
  /** The 4 bytes before the signature in that line. */
  readonly noteKeyId: Uint8Array
  /** What a verifier is told, `NAME+ID+KEY`: the note's "vkey". */
  readonly noteVerifierKey: string
}

/** C2SP's signature type for Ed25519. */
const ED25519 = 0x01

/**
 * The name follows from the key, so that it needs no place of its own to be kept and two bastions
 * never share one.
 */
export function checkpointSigner(key: EvidenceSigner): CheckpointSigner {
  const typedKey = Buffer.concat([Uint8Array.of(ED25519), key.rawPublicKey])
  const digest = createHash('sha256').update(key.rawPublicKey).digest('hex')
  const noteKeyName = `sallyport/${digest.slice(0, 16)}`
  const noteKeyId = createHash('sha256')
    .update(`${noteKeyName}\n`)
    .update(typedKey)
    .digest()
    .subarray(0, 4)
  const noteVerifierKey = `${noteKeyName}+${noteKeyId.toString('hex')}+${typedKey.toString('base64')}`
  return { ...key, noteKeyName, noteKeyId, noteVerifierKey }
}
