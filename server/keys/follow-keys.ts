import { join } from 'node:path'
import { readPublic } from './key-file.ts'
import { KEY_NAMES, nextName } from './key-names.ts'
import { lookOften } from './look-often.ts'
import { type Keys, readKeys } from './open-keys.ts'

/**
 * Tells `onChange` when a key was rotated, or one waits to take over. A look that fails is told to
 * `onTrouble` once and changes nothing: the bastion goes on with the keys it has, and makes none. Returns
 * how to stop.
 */
export function followKeys(
  { folder }: Keys,
  onChange: (keys: Keys) => void,
  onTrouble: (fault: string) => void,
): () => void {
  let known: string | null = null
  return lookOften(async isStopped => {
    // A public half changes with its private one, and whoever may read it learns nothing.
    const files = KEY_NAMES.flatMap(name => [name, nextName(name)])
    const halves = await Promise.all(files.map(file => readPublic(join(folder, `${file}.pub`))))
    const seen = JSON.stringify(halves)
    if (seen === known) return
    const keys = await readKeys(folder)
    if (isStopped()) return
    // What could not be taken up is tried again at the next look.
    onChange(keys)
    known = seen
  }, onTrouble)
}
