import type { Result } from '../result.ts'
import { parseKeyLine } from '../ssh-wire/key-line.ts'
import { isSameKey, type PublicKey, rsaBits } from '../ssh-wire/public-key.ts'

/** A CA whose user certificates are believed, and for whom it may speak. */
export interface UserCa {
  readonly key: PublicKey
  /**
   * Our own CA writes the agent's name as the principal. For a foreign one the configuration says
   * which principal is which agent, exactly; a principal that is not listed is nobody.
   */
  readonly principals: 'agent-names' | ReadonlyMap<string, string>
  /** Seconds since 1970 UTC: the first second it is no longer trusted. Left out for no end. */
  readonly trustedBefore?: bigint
}

/** A CA of our own: the one in use, or an older one that is being rotated out. */
export type OwnCa = Omit<UserCa, 'principals'>

/** A foreign CA as the configuration has it. */
export interface ConfiguredCa {
  /** One authorized_keys-style line. */
  readonly publicKey: string
  /** Agents' names by principal. */
  readonly agents: Readonly<Record<string, string>>
}

/**
 * Of users and CAs. NIST SP 800-57 part 1 puts 2048 bits at 112 bits of strength; 3072 is what
 * matches the 128 bits of ed25519, and what `ssh-keygen -t rsa` makes since OpenSSH 8.0.
 */
export const RSA_LEAST_BITS = 3072

/** Our own CAs (the current one, and older ones while they are rotated out) and the configured ones. */
export function readUserCas(
  own: readonly OwnCa[],
  configured: readonly ConfiguredCa[],
): Result<readonly UserCa[], readonly string[]> {
  const cas: UserCa[] = own.map(ca => ({ ...ca, principals: 'agent-names' }))
  const faults: string[] = []
  for (const [index, { publicKey, agents }] of configured.entries()) {
    const line = parseKeyLine(publicKey)
    if (!line.ok) {
      faults.push(`userCas[${index}].publicKey: ${line.fault}`)
      continue
    }
    const { key } = line.value
    const bits = rsaBits(key)
    if (bits !== null && bits < RSA_LEAST_BITS) {
      faults.push(
        `userCas[${index}].publicKey: RSA ${bits}, at least ${RSA_LEAST_BITS} bits are needed`,
      )
    } else if (cas.some(ca => isSameKey(ca.key, key))) {
      // Which principals hold would depend on the order of the list.
      faults.push(`userCas[${index}].publicKey: this CA is listed already, or is the bastion's own`)
    } else {
      cas.push({ key, principals: new Map(Object.entries(agents)) })
    }
  }
  return faults.length === 0 ? { ok: true, value: cas } : { ok: false, fault: faults }
}
