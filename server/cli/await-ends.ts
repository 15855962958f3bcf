import { setTimeout as sleep } from 'node:timers/promises'
import type { Archive } from '../core/ports/archive.ts'

/** Three times the second within which a node ends a revoked session (store/endings). */
export const PATIENCE_MS = 3000
const POLL_MS = 50

/** Watches sessions end, so that a command answers what happened and not what was asked. Yields those still live. */
export async function awaitEnds(sessions: readonly string[], archive: Archive): Promise<string[]> {
  const until = performance.now() + PATIENCE_MS
  let alive = [...sessions]
  while (alive.length > 0) {
    const states = await Promise.all(alive.map(session => archive.session(session)))
    alive = alive.filter((_, index) => states[index]?.endedAtMs === null)
    if (alive.length === 0 || performance.now() >= until) break
    await sleep(POLL_MS)
  }
  return alive
}
