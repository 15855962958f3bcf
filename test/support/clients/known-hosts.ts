import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { KnownHosts } from './real-client.ts'

/**
 * Writes both files into `folder`.
 *
 * @param keys the bastion's plain host keys, one line each; a jump shows them for the targets as well.
 */
export function writeKnownHosts(
  folder: string,
  places: readonly string[],
  keys: readonly string[],
  ca: string,
): KnownHosts {
  const byCa = join(folder, 'known_by_ca')
  const byKey = join(folder, 'known_by_key')
  const lines = places.flatMap(place => keys.map(key => `${place} ${key}`))
  writeFileSync(byCa, `@cert-authority * ${ca}\n`)
  writeFileSync(byKey, `${lines.join('\n')}\n`)
  return { byCa, byKey, ca }
}
