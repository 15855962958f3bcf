import type { Config } from './config.ts'
import { hostNames } from './config/ssh-places.ts'
import type { Identity } from './core/access.ts'
import { type UserTrust, whyDistrusted } from './core/certificate/check-user.ts'
import { readUserCas, type UserCa } from './core/certificate/user-ca.ts'
import { type Clock, nowSeconds } from './core/ports/deciding.ts'
import type { Refusal } from './core/verdict.ts'
import { certifyHostKey } from './keys/host-certificate.ts'
import type { Keys } from './keys/open-keys.ts'
import type { Trust } from './keys/trust.ts'
import type { LogLine } from './operations/log.ts'
import type { HostProof } from './ssh/shown-keys.ts'

/** Shows newcomers another host proof; false where its keys are of other types than before. */
type Replace = (next: HostProof) => boolean

interface World {
  readonly config: Pick<Config, 'userCas' | 'publicSsh' | 'ssh' | 'http'>
  readonly clock: Clock
  readonly log: LogLine
  readonly isRevoked: UserTrust['isRevoked']
}

/**
 * The keys that the bastion uses and the CAs that it believes, which change while it runs. Invariant: they are taken up
 * together or not at all; what cannot be understood or proved leaves all of them as they were.
 */
export class KeysInUse {
  readonly #world: World
  #keys: Keys
  #hostKeys: Keys['hostKeys']
  #believed: Believed

  constructor(keys: Keys, world: World) {
    this.#world = world
    this.#keys = keys
    this.#hostKeys = keys.hostKeys
    this.#believed = this.#understand(keys.trust)
  }

  get keys(): Keys {
    return this.#keys
  }

  /** Those that clients are shown. */
  get hostKeys(): Keys['hostKeys'] {
    return this.#hostKeys
  }

  /** As it is at the moment of each question. */
  get userTrust(): UserTrust {
    const believed = (): Believed => this.#believed
    const { isRevoked } = this.#world
    return {
      get cas() {
        return believed().cas
      },
      isRevoked: certificate => believed().isListed(certificate) || isRevoked(certificate),
    }
  }

  believe(changed: Trust): void {
    this.#believed = this.#understand(changed)
  }

  /** Why a live session's certificate counts no more, after its CA or a revocation list said so. */
  lostTrust(identity: Identity): Refusal | null {
    const why = whyDistrusted(identity, this.userTrust, nowSeconds(this.#world.clock))
    if (why === null) return null
    return { because: why === 'revoked' ? 'certificate-revoked' : why }
  }

  /** What the bastion proves to be one of these names with; its own where none are given. */
  hostProof(names: readonly string[] = hostNames(this.#world.config)): HostProof {
    return this.#proofOf(this.#keys, this.#hostKeys, names)
  }

  /** What was rotated, and what the new CAs sign is believed by the time they sign. */
  takeUp(changed: Keys, replace: Replace): void {
    const believed = this.#understand(changed.trust)
    const hostKeys = this.#prove(changed, replace)
    this.#believed = believed
    this.#keys = changed
    this.#hostKeys = hostKeys
  }

  /** Fresh certificates for the same keys. */
  renew(replace: Replace): void {
    this.#hostKeys = this.#prove(this.#keys, replace)
  }

  #prove(keys: Keys, replace: Replace): Keys['hostKeys'] {
    const names = hostNames(this.#world.config)
    if (replace(this.#proofOf(keys, keys.hostKeys, names))) return keys.hostKeys
    const { log } = this.#world
    log('the host keys are of other types than before; restart the bastion to use them', {})
    replace(this.#proofOf(keys, this.#hostKeys, names))
    return this.#hostKeys
  }

  #proofOf(keys: Keys, hostKeys: Keys['hostKeys'], names: readonly string[]): HostProof {
    const now = nowSeconds(this.#world.clock)
    return {
      hostKeys: hostKeys.map(({ privateKey }) => privateKey),
      nextHostKeys: keys.nextHostKeys.map(({ privateKey }) => privateKey),
      hostCertificates: hostKeys.map(({ publicKey }) =>
        certifyHostKey(publicKey, names, keys.hostCa, now),
      ),
    }
  }

  #understand({ isListed, userCas }: Trust): Believed {
    const read = readUserCas(userCas, this.#world.config.userCas)
    if (!read.ok) throw new Error(read.fault.join('\n'))
    return { cas: read.value, isListed }
  }
}

interface Believed {
  readonly cas: readonly UserCa[]
  readonly isListed: Trust['isListed']
}
