import { join } from 'node:path'
import { parsePrivateKey, type PrivateKey } from '../core/ssh-wire/private-key.ts'
import { type CheckpointSigner, checkpointSigner } from './checkpoint-key.ts'
import { readPublic, readSecret, writePublic, writeSecretOnce } from './key-file.ts'
import { openKeyFolder, quote } from './key-folder.ts'
import {
  type EvidenceSigner,
  evidenceSigner,
  type KeyKind,
  type KeyPair,
  keyPair,
  type LoginKey,
  makePrivateKey,
  type SshSigner,
  sshSigner,
} from './key-pair.ts'
import { KeysFault } from './keys-fault.ts'

/** Every key of a bastion. keys/README.md says what each is for and what its loss means. */
export interface Keys {
  /** The folder's real path. */
  readonly folder: string
  /** What the bastion proves itself to clients with; the preferred one first. */
  readonly hostKeys: readonly LoginKey[]
  readonly hostPrivateKeys: readonly Buffer[]
  readonly userCa: SshSigner
  readonly hostCa: SshSigner
  readonly targetCa: SshSigner
  readonly node: EvidenceSigner
  readonly checkpoint: CheckpointSigner
  /** What the bastion logs in to targets with. */
  readonly upstream: LoginKey
  readonly upstreamPrivateKey: Buffer
  /** What was made just now; each deserves an event. */
  readonly made: readonly { readonly name: string; readonly fingerprint: string }[]
}

/** By file name. */
const KINDS = {
  host_ed25519: 'ed25519',
  // For clients without ed25519, such as OpenSSH in FIPS mode.
  host_ecdsa: 'ecdsa',
  user_ca: 'ed25519',
  host_ca: 'ed25519',
  target_ca: 'ed25519',
  node: 'ed25519',
  checkpoint: 'ed25519',
  upstream: 'ed25519',
} as const satisfies Record<string, KeyKind>

export type KeyName = keyof typeof KINDS

export const KEY_NAMES = Object.keys(KINDS) as readonly KeyName[]

interface OpenedKey {
  readonly text: string
  readonly key: PrivateKey
  readonly isNew: boolean
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
  const upstream = login('upstream')
  return {
    folder: path,
    hostKeys,
    hostPrivateKeys: hostKeys.map(key => key.privateKey),
    userCa: signer('user_ca'),
    hostCa: signer('host_ca'),
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
      opened[name] = await openKey(folder, name)
    } catch (error) {
      // Collected, so that one start shows every mistake; anything else is the world's failure.
      if (!(error instanceof KeysFault)) throw error
      faults.push(error.message)
    }
  }
  if (faults.length > 0) throw new KeysFault(faults.join('\n'))
  return opened as Record<KeyName, OpenedKey>
}

async function openKey(folder: string, name: KeyName): Promise<OpenedKey> {
  const path = join(folder, name)
  const found = await readSecret(path)
  if (found !== null) return finish(path, found, false)

  if ((await readPublic(`${path}.pub`)) !== null) return openAfterLoss(path)
  const isNew = await writeSecretOnce(path, makePrivateKey(KINDS[name], `sallyport ${name}`))
  return finish(path, await readBack(path), isNew)
}

/**
 * There is a public half and no private one: the key was lost (or another process made both this
 * instant). A new key in its stead would break whatever trusts the old one without a word.
 */
async function openAfterLoss(path: string): Promise<OpenedKey> {
  const found = await readSecret(path)
  if (found !== null) return finish(path, found, false)
  throw new KeysFault(
    `${path} is missing, but ${path}.pub is there: the private key was lost.\n` +
      `  Restore it from a backup; or read keys/README.md, then  mv ${quote(`${path}.pub`)} ${quote(`${path}.lost.pub`)}  to have a new one made`,
  )
}

async function finish(path: string, text: string, isNew: boolean): Promise<OpenedKey> {
  const parsed = parsePrivateKey(text)
  if (!parsed.ok) throw new KeysFault(`${path}: ${parsed.fault}`)
  const line = `${keyPair('', parsed.value).publicKeyLine}\n`
  if ((await readPublic(`${path}.pub`)) !== line) await writePublic(`${path}.pub`, line)
  return { text, key: parsed.value, isNew }
}

async function readBack(path: string): Promise<string> {
  const text = await readSecret(path)
  if (text === null) throw new KeysFault(`${path} was removed while it was being made; start again`)
  return text
}
