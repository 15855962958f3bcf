import { rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { isCode, syncFolder } from './key-file.ts'
import { openKeyFolder, quote } from './key-folder.ts'
import { kindOf } from './key-material.ts'
import { type KeyKind, type KeyName, nextName } from './key-names.ts'
import { type KeyPair, keyPair } from './key-pair.ts'
import { KeysFault } from './keys-fault.ts'
import { openKey, readKey } from './open-key.ts'
import { keepRetired } from './retired-keys.ts'

/** What a rotation did. */
export interface Rotation {
  readonly inUse: KeyPair
  readonly retired: KeyPair
}

/**
 * The first half of a rotation: makes the key that will take over, or finds the one that waits. It
 * signs nothing yet; its public half goes to whoever must know it.
 *
 * @param asked left out for a key like the one in use: whoever needed that kind needs it still.
 */
export async function prepareNextKey(
  folder: string,
  name: KeyName,
  asked: KeyKind | null = null,
): Promise<{ readonly key: KeyPair; readonly isNew: boolean }> {
  const home = await openKeyFolder(folder)
  const inUse = await readKey(join(home, name))
  if (inUse === null) throw nothingToRotate(join(home, name))
  const path = join(home, nextName(name))
  const waiting = await readKey(path)
  if (waiting !== null && asked !== null && kindOf(waiting.key) !== asked) {
    throw new KeysFault(
      `a key of kind ${kindOf(waiting.key)} waits already; use that one, or remove it and ask again: rm ${quote(path)}`,
    )
  }
  // A public half without its key is what a rotation leaves that was cut short; nobody trusts it for long.
  if (waiting === null) await rm(`${path}.pub`, { force: true })
  const { isNew, key } = await openKey(path, asked ?? kindOf(inUse.key), `sallyport ${name}`)
  return { key: keyPair(name, key), isNew }
}

/**
 * The second half: the key that waits takes over, and of the old one only the public half stays. The
 * order is such that a crash at any point leaves a key in use and can be followed by the same call.
 */
export async function activateNextKey(
  folder: string,
  name: KeyName,
  { isCompromised, nowMs }: { isCompromised: boolean; nowMs: number },
): Promise<Rotation> {
  const home = await openKeyFolder(folder)
  const path = join(home, name)
  const nextPath = join(home, nextName(name))
  const [old, next] = [await readKey(path), await readKey(nextPath)]
  if (old === null) throw nothingToRotate(path)
  if (next === null) throw new KeysFault(`no key waits to take over as ${name}; prepare one first`)

  const retired = keyPair(name, old.key)
  await keepRetired(home, retired, { isCompromised, nowMs })
  try {
    await rename(nextPath, path)
  } catch (error) {
    if (isCode(error, 'ENOENT')) throw new KeysFault(`${name} was just rotated by somebody else`)
    throw error
  }
  await readKey(path) // writes the public half anew
  await rm(`${nextPath}.pub`, { force: true })
  await syncFolder(home)
  return { inUse: keyPair(name, next.key), retired }
}

function nothingToRotate(path: string): KeysFault {
  return new KeysFault(`${path} is not there, so there is nothing to rotate`)
}
