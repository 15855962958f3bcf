import { readUserCas } from '../core/certificate/user-ca.ts'
import { fingerprint } from '../core/ssh-wire/fingerprint.ts'
import type { PublicKey } from '../core/ssh-wire/public-key.ts'
import type { Trust } from '../keys/trust.ts'
import { type Desk, Misconfigured } from './desk.ts'

/** Every user CA that the bastion knows, by whose certificates agents log in or did. */
export interface TrustedCas {
  /** Our own, old ones included. */
  readonly own: readonly PublicKey[]
  readonly ownFingerprints: readonly string[]
  readonly compromised: readonly PublicKey[]
  /** Ours and those of the configuration. */
  readonly all: readonly PublicKey[]
  readonly revokedKeys: Trust['revokedKeys']
}

export async function trustedCas(desk: Desk): Promise<TrustedCas> {
  const { trust } = await desk.keys()
  const read = readUserCas(trust.userCas, (await desk.config()).userCas)
  if (!read.ok) throw new Misconfigured(read.fault)
  const own = trust.userCas.map(({ key }) => key)
  return {
    own,
    ownFingerprints: own.map(key => fingerprint(key)),
    compromised: trust.userCas.filter(ca => ca.trustedBefore === 0n).map(({ key }) => key),
    all: read.value.map(({ key }) => key),
    revokedKeys: trust.revokedKeys,
  }
}
