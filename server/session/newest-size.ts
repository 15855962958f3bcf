import type { Terminal } from '../core/ports/channels.ts'
import { delay } from './say.ts'

/** Twice as often as a screen shows a new picture; a client under a storm of changes sends thousands a second. */
const PACE_MS = 8

/**
 * Applies sizes of a terminal one after the other, and of those that come meanwhile the newest alone: each is
 * a message that waits for the target, a line of the recording and a line that is drawn again.
 */
export function newestSize(
  apply: (size: Terminal) => Promise<void>,
  fail: (error: unknown) => void,
): (size: Terminal) => void {
  let newest: Terminal | null = null
  let isBusy = false
  return size => {
    newest = size
    if (!isBusy) work().catch(fail)
  }

  async function work(): Promise<void> {
    isBusy = true
    while (newest !== null) {
      const size = newest
      newest = null
      // oxlint-disable-next-line no-await-in-loop -- one at a time is the point
      await apply(size)
      // oxlint-disable-next-line no-await-in-loop
      await delay(PACE_MS)
    }
    isBusy = false
  }
}
