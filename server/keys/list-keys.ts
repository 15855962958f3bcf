import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { formatKeyLine } from '../core/ssh-wire/key-line.ts'
import { openKeyFolder } from './key-folder.ts'
import { KEY_NAMES, type KeyName, nextName } from './key-names.ts'
import { keyPair } from './key-pair.ts'
import { readKey } from './open-key.ts'
import { readRetired } from './retired-keys.ts'

export interface ListedKey {
  readonly name: KeyName
  readonly state: 'in-use' | 'next' | 'retired' | 'compromised'
  readonly type: string
  readonly fingerprint: string
  /** As in a `.pub` file. */
  readonly publicKeyLine: string
  /** Milliseconds since 1970 UTC: made, or for the last two states retired. */
  readonly sinceMs: number
}

/** Every key there is, in the order of keys/README.md; makes none. */
export async function listKeys(folder: string): Promise<ListedKey[]> {
  const home = await openKeyFolder(folder)
  const retired = await readRetired(home)
  const keys: ListedKey[] = []
  for (const name of KEY_NAMES) {
    for (const [state, file] of [
      ['in-use', name],
      ['next', nextName(name)],
    ] as const) {
      const found = await readKey(join(home, file))
      if (found === null) continue
      const { fingerprint, publicKey, publicKeyLine } = keyPair(name, found.key)
      const { mtimeMs: sinceMs } = await stat(join(home, file))
      keys.push({ name, state, type: publicKey.type, fingerprint, publicKeyLine, sinceMs })
    }
    for (const { isCompromised, publicKey, ...key } of retired.filter(key => key.name === name)) {
      keys.push({
        name,
        state: isCompromised ? 'compromised' : 'retired',
        type: publicKey.type,
        fingerprint: key.fingerprint,
        publicKeyLine: formatKeyLine(publicKey, `sallyport ${name}`),
        sinceMs: key.retiredAtMs,
      })
    }
  }
  return keys
}
