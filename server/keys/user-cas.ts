import { join } from 'node:path'
import type { OwnCa } from '../core/certificate/user-ca.ts'
import { parseKeyLine } from '../core/ssh-wire/key-line.ts'
import { readPublic } from './key-file.ts'
import { KeysFault } from './keys-fault.ts'
import { readRetired, trustedBefore } from './retired-keys.ts'

/** Our own user CAs: the one in use, then those whose certificates may still be about. */
export async function readOwnUserCas(folder: string): Promise<readonly OwnCa[]> {
  const path = join(folder, 'user_ca.pub')
  const line = parseKeyLine((await readPublic(path)) ?? '')
  if (!line.ok) throw new KeysFault(`${path}: ${line.fault}`)
  const retired = await readRetired(folder)
  return [
    { key: line.value.key },
    ...retired
      .filter(({ name }) => name === 'user_ca')
      .map(ca => ({ key: ca.publicKey, trustedBefore: trustedBefore(ca) })),
  ]
}

/** Within this time a running bastion knows that its user CA was rotated, or was stolen. */
const LOOK_EVERY_MS = 1000

/**
 * Tells `onChange` whenever the user CAs are others than before. A failed look is told to `onTrouble`,
 * changes nothing and is followed by the next: a rotation must not be able to lock everybody out.
 * Returns how to stop.
 */
export function followOwnUserCas(
  folder: string,
  onChange: (cas: readonly OwnCa[]) => void,
  onTrouble: (fault: string) => void,
): () => void {
  let known: string | null = null
  let isStopped = false
  let timer = setTimeout(look, LOOK_EVERY_MS)
  timer.unref()
  return () => {
    isStopped = true
    clearTimeout(timer)
  }

  function look(): void {
    readOwnUserCas(folder)
      .then(cas => {
        const seen = cas.map(describe).join('\n')
        if (isStopped || seen === known) return
        known = seen
        onChange(cas)
      })
      .catch((error: unknown) => onTrouble(error instanceof Error ? error.message : String(error)))
      .finally(() => {
        if (isStopped) return
        timer = setTimeout(look, LOOK_EVERY_MS)
        timer.unref()
      })
  }
}

function describe({ key, trustedBefore: until }: OwnCa): string {
  return `${Buffer.from(key.blob).toString('base64')} ${until ?? ''}`
}
