import { parsePrivateKey, type PrivateKey } from '../core/ssh-wire/private-key.ts'
import { readPublic, readSecret, writePublic, writeSecretOnce } from './key-file.ts'
import { quote } from './key-folder.ts'
import { type KeyKind, keyPair, makePrivateKey } from './key-pair.ts'
import { KeysFault } from './keys-fault.ts'

export interface OpenedKey {
  /** The file as it lies there. */
  readonly text: string
  readonly key: PrivateKey
  readonly isNew: boolean
}

/** Reads a key and its public half, making what is missing. */
export async function openKey(path: string, kind: KeyKind, comment: string): Promise<OpenedKey> {
  const found = await readKey(path)
  if (found !== null) return found
  if ((await readPublic(`${path}.pub`)) !== null) return openAfterLoss(path)
  const isNew = await writeSecretOnce(path, makePrivateKey(kind, comment))
  const made = await readKey(path)
  if (made === null) throw new KeysFault(`${path} was removed while it was made; start again`)
  return { ...made, isNew }
}

/** Null when there is none. Mends the public half beside it. */
export async function readKey(path: string): Promise<OpenedKey | null> {
  const text = await readSecret(path)
  if (text === null) return null
  const parsed = parsePrivateKey(text)
  if (!parsed.ok) throw new KeysFault(`${path}: ${parsed.fault}`)
  const line = `${keyPair('', parsed.value).publicKeyLine}\n`
  if ((await readPublic(`${path}.pub`)) !== line) await writePublic(`${path}.pub`, line)
  return { text, key: parsed.value, isNew: false }
}

/**
 * There is a public half and no private one: the key was lost (or another process made both this
 * instant). A new key in its stead would break whatever trusts the old one without a word.
 */
async function openAfterLoss(path: string): Promise<OpenedKey> {
  const found = await readKey(path)
  if (found !== null) return found
  throw new KeysFault(
    `${path} is missing, but ${path}.pub is there: the private key was lost.\n` +
      `  Restore it from a backup; or read keys/README.md, then  mv ${quote(`${path}.pub`)} ${quote(`${path}.lost.pub`)}  to have a new one made`,
  )
}
