import type { HostKey } from 'ssh2/lib/protocol/Protocol.js'
import { type HostKeysByAlgorithm, haveSameTypes, plainKeys, readHostKeys } from './host-keys.ts'

/** What the bastion proves to be itself with. */
export interface HostProof {
  /** Private keys as OpenSSH or PEM writes them. */
  readonly hostKeys: readonly (string | Buffer)[]
  /** Blobs; each is shown, to clients that ask for one, in place of the host key that it certifies. */
  readonly hostCertificates: readonly Uint8Array[]
  /** Private keys that will take over: clients learn them while the old ones are in use. */
  readonly nextHostKeys: readonly (string | Buffer)[]
}

/** What newcomers are shown of it; who is in keeps what it was shown. */
export class ShownKeys {
  #privateKeys: HostProof['hostKeys']
  #hostKeys: HostKeysByAlgorithm
  #knownKeys: readonly HostKey[]

  constructor(proof: HostProof) {
    this.#privateKeys = proof.hostKeys
    this.#hostKeys = readHostKeys(proof.hostKeys, proof.hostCertificates)
    this.#knownKeys = keysToKnow(proof)
  }

  get privateKeys(): HostProof['hostKeys'] {
    return this.#privateKeys
  }

  get hostKeys(): HostKeysByAlgorithm {
    return this.#hostKeys
  }

  /** The present ones and the next. */
  get knownKeys(): readonly HostKey[] {
    return this.#knownKeys
  }

  /** False where their types are not those of the start: ssh2 is told these once. */
  replace(next: HostProof): boolean {
    const hostKeys = readHostKeys(next.hostKeys, next.hostCertificates)
    if (!haveSameTypes(this.#hostKeys, hostKeys)) return false
    this.#privateKeys = next.hostKeys
    this.#hostKeys = hostKeys
    this.#knownKeys = keysToKnow(next)
    return true
  }
}

function keysToKnow({ hostKeys, nextHostKeys }: HostProof): readonly HostKey[] {
  // Each by itself: of two keys of one type only one is for a key exchange.
  return [...hostKeys, ...nextHostKeys].flatMap(key => plainKeys(readHostKeys([key], [])))
}
