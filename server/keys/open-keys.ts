import { join } from 'node:path'
import { type CheckpointSigner, checkpointSigner } from './checkpoint-key.ts'
import { openKeyFolder } from './key-folder.ts'
import { KEY_NAMES, KEY_PLANS, type KeyName, nextName } from './key-names.ts'
import {
  type EvidenceSigner,
  evidenceSigner,
  type KeyPair,
  keyPair,
  type LoginKey,
  type SshSigner,
  sshSigner,
} from './key-pair.ts'
import { KeysFault } from './keys-fault.ts'
import { type OpenedKey, openKey, readKey } from './open-key.ts'
import { readTrust, type Trust } from './trust.ts'

/** Every key of a bastion. keys/README.md says what each is for and what its loss means. */
export interface Keys {
  /** The folder's real path. */
  readonly folder: string
  /** What the bastion proves itself to clients with; the preferred one first. */
  readonly hostKeys: readonly LoginKey[]
  readonly hostPrivateKeys: readonly Buffer[]
  readonly userCa: SshSigner
  /** As it was when the keys were opened; `followTrust` tells what becomes of it. */
  readonly trust: Trust
  readonly hostCa: SshSigner
  /** Clients should know it already: it takes over at the next step of a rotation. */
  readonly nextHostCa: KeyPair | null
  readonly targetCa: SshSigner
  readonly node: EvidenceSigner
  readonly checkpoint: CheckpointSigner
  /** What the bastion logs in to targets with. */
  readonly upstream: LoginKey
  readonly upstreamPrivateKey: Buffer
  /** What was made just now; each deserves an event. */
  readonly made: readonly { readonly name: string; readonly fingerprint: string }[]
}

/**
 * Reads the keys and makes those that are missing. Throws `KeysFault`, which names every fault found
 * and what mends it. Two processes may start at once: both end up with the same keys.
 */
export async function openKeys(folder: string): Promise<Keys> {
  const path = await openKeyFolder(folder)
  const opened = await openAll(path)
  const login = (name: KeyName): LoginKey => ({
    ...keyPair(name, opened[name].key),
    privateKey: Buffer.from(opened[name].text),
  })
  const signer = (name: KeyName) => sshSigner(name, opened[name].key)
  const evidence = (name: KeyName) => {
    const found = evidenceSigner(name, opened[name].key)
    if (found === null) throw new KeysFault(`${join(path, name)} must be an ed25519 key`)
    return found
  }

  const hostKeys = [login('host_ed25519'), login('host_ecdsa')]
  const nextHostCa = await readKey(join(path, nextName('host_ca')))
  const upstream = login('upstream')
  return {
    folder: path,
    hostKeys,
    hostPrivateKeys: hostKeys.map(key => key.privateKey),
    userCa: signer('user_ca'),
    trust: await readTrust(path),
    hostCa: signer('host_ca'),
    nextHostCa: nextHostCa === null ? null : keyPair('host_ca', nextHostCa.key),
    targetCa: signer('target_ca'),
    node: evidence('node'),
    checkpoint: checkpointSigner(evidence('checkpoint')),
    upstream,
    upstreamPrivateKey: upstream.privateKey,
    made: KEY_NAMES.filter(name => opened[name].isNew)
      .map(name => keyPair(name, opened[name].key))
      .map(({ name, fingerprint }: KeyPair) => ({ name, fingerprint })),
  }
}

async function openAll(folder: string): Promise<Record<KeyName, OpenedKey>> {
  const opened: Partial<Record<KeyName, OpenedKey>> = {}
  const faults: string[] = []
  for (const name of KEY_NAMES) {
    try {
      opened[name] = await openKey(join(folder, name), KEY_PLANS[name].kind, `sallyport ${name}`)
    } catch (error) {
      // Collected, so that one start shows every mistake; anything else is the world's failure.
      if (!(error instanceof KeysFault)) throw error
      faults.push(error.message)
    }
  }
  if (faults.length > 0) throw new KeysFault(faults.join('\n'))
  return opened as Record<KeyName, OpenedKey>
}
