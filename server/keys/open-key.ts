import { RSA_LEAST_BITS } from '../core/certificate/user-ca.ts'
import { parsePrivateKey, type PrivateKey } from '../core/ssh-wire/private-key.ts'
import { rsaBits } from '../core/ssh-wire/public-key.ts'
import { isSignedBy, parseSignature } from '../core/ssh-wire/signature.ts'
import { readPublic, readSecret, writePublic, writeSecretOnce } from './key-file.ts'
import { quote } from './key-folder.ts'
import { makePrivateKey } from './key-material.ts'
import type { KeyKind } from './key-names.ts'
import { keyPair, sshSigner } from './key-pair.ts'
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
  const bits = rsaBits(parsed.value.publicKey)
  if (bits !== null && bits < RSA_LEAST_BITS) {
    throw new KeysFault(`${path}: is an RSA key of ${bits} bits; it needs ${RSA_LEAST_BITS}`)
  }
  if (!isPair(parsed.value)) {
    throw new KeysFault(`${path}: is damaged, its two halves do not fit; restore it from a backup`)
  }
  const line = `${keyPair('', parsed.value).publicKeyLine}\n`
  if ((await readPublic(`${path}.pub`)) !== line) await writePublic(`${path}.pub`, line)
  return { text, key: parsed.value, isNew: false }
}

/** Whether what the private half signs is the public half's: a damaged file must not show first at some login. */
function isPair(key: PrivateKey): boolean {
  const proof = Buffer.from('sallyport key check')
  try {
    const signature = parseSignature(sshSigner('', key).sign(proof))
    return signature.ok && isSignedBy(key.publicKey, signature.value, proof)
  } catch {
    return false // OpenSSL has no names for what it dislikes in a key
  }
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
