import type { PublicKey } from '../../server/core/ssh-wire/public-key.ts'
import { withBlob } from '../../server/core/ssh-wire/public-key.ts'

/** A key that nobody has the other half of, for identities that never log in; another for each `seed`. */
export function someKey(seed: number): PublicKey {
  return withBlob({ type: 'ssh-ed25519', point: new Uint8Array(32).fill(seed) })
}
