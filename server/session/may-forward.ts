import type { Endings } from '../core/ports/evidence.ts'
import { delay } from './say.ts'

/** How often held-back input looks whether the node may forward again. */
const HOLD_MS = 200

/** Resolves true as soon as the node may forward, false once there is nothing to forward to any more. */
export async function mayForward(endings: Endings, isOver: () => boolean): Promise<boolean> {
  while (!isOver()) {
    if (endings.mayForward()) return true
    // oxlint-disable-next-line no-await-in-loop -- it is waited for
    await delay(HOLD_MS)
  }
  return false
}
