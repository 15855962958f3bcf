import { statSync } from 'node:fs'
import { dirname } from 'node:path'

/**
 * The first directory on the way to `path` that `uid` may not pass through, `path` included; null if
 * the way is free. Only root asks this, before it gives up its rights.
 */
export function obstructionFor(uid: number, path: string): string | null {
  const parent = dirname(path)
  const above = parent === path ? null : obstructionFor(uid, parent)
  if (above !== null) return above
  const { mode, uid: owner } = statSync(path)
  const passable = owner === uid ? mode & 0o100 : mode & 0o001
  return passable === 0 ? path : null
}
