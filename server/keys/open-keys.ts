import { join } from 'node:path'
import { type CheckpointSigner, checkpointSigner } from './checkpoint-key.ts'
import { openKeyFolder } from './key-folder.ts'
import {
  HOST_KEY_NAMES,
  isNeeded,
  KEY_NAMES,
  KEY_PLANS,
  type KeyName,
  type NeededKeyName,
  nextName,
} from './key-names.ts'
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
  /** Clients learn them already: each takes over at the next step of its rotation. */
  readonly nextHostKeys: readonly LoginKey[]
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

/** What clients may trust to say who the bastion is: the CA in use, and one that waits to take over. */
export function hostCas({ hostCa, nextHostCa }: Keys): readonly KeyPair[] {
  return nextHostCa === null ? [hostCa] : [hostCa, nextHostCa]
}

/**
 * Reads the keys and makes those that are missing. Throws `KeysFault`, which names every fault found
 * and what mends it. Two processes may start at once: both end up with the same keys.
 */
export async function openKeys(folder: string): Promise<Keys> {
  return readAll(await openKeyFolder(folder), (path, name) =>
    openKey(path, KEY_PLANS[name].kind, `sallyport ${name}`),
  )
}

/** Reads the keys and makes none: for a bastion that has some already. Throws `KeysFault`. */
export async function readKeys(folder: string): Promise<Keys> {
  return readAll(await openKeyFolder(folder), async path => {
    const found = await readKey(path)
    if (found === null) throw new KeysFault(`${path} is missing`)
    return found
  })
}

async function readAll(path: string, open: Open): Promise<Keys> {
  const opened = await openAll(path, open)
  const signer = (name: NeededKeyName) => sshSigner(name, opened[name].key)
  const evidence = (name: NeededKeyName) => {
    const found = evidenceSigner(name, opened[name].key)
    if (found === null) throw new KeysFault(`${join(path, name)} must be an ed25519 key`)
    return found
  }

  const hostKeys = HOST_KEY_NAMES.flatMap(name => {
    const found = opened[name]
    return found === undefined ? [] : [loginKey(name, found)]
  })
  const nextHostKeys: LoginKey[] = []
  for (const name of HOST_KEY_NAMES) {
    const next = await readKey(join(path, nextName(name)))
    if (next !== null) nextHostKeys.push(loginKey(name, next))
  }
  const nextHostCa = await readKey(join(path, nextName('host_ca')))
  const upstream = loginKey('upstream', opened.upstream)
  return {
    folder: path,
    hostKeys,
    nextHostKeys,
    userCa: signer('user_ca'),
    trust: await readTrust(path),
    hostCa: signer('host_ca'),
    nextHostCa: nextHostCa === null ? null : keyPair('host_ca', nextHostCa.key),
    targetCa: signer('target_ca'),
    node: evidence('node'),
    checkpoint: checkpointSigner(evidence('checkpoint')),
    upstream,
    upstreamPrivateKey: upstream.privateKey,
    made: KEY_NAMES.flatMap(name => {
      const found = opened[name]
      if (found?.isNew !== true) return []
      return [{ name, fingerprint: keyPair(name, found.key).fingerprint }]
    }),
  }
}

function loginKey(name: KeyName, { key, text }: OpenedKey): LoginKey {
  return { ...keyPair(name, key), privateKey: Buffer.from(text) }
}

type Opened = Readonly<Record<NeededKeyName, OpenedKey> & Partial<Record<KeyName, OpenedKey>>>

type Open = (path: string, name: NeededKeyName) => Promise<OpenedKey>

async function openAll(folder: string, open: Open): Promise<Opened> {
  const opened: Partial<Record<KeyName, OpenedKey>> = {}
  const faults: string[] = []
  for (const name of KEY_NAMES) {
    const path = join(folder, name)
    try {
      const found = isNeeded(name) ? await open(path, name) : await readKey(path)
      if (found !== null) opened[name] = found
    } catch (error) {
      // Collected, so that one start shows every mistake; anything else is the world's failure.
      if (!(error instanceof KeysFault)) throw error
      faults.push(error.message)
    }
  }
  if (faults.length > 0) throw new KeysFault(faults.join('\n'))
  return opened as Opened
}
