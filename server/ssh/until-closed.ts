import type { Server, Socket } from 'node:net'

/** Not `once` from node:events: that one fails when an error comes first, as it does for a lost connection. */
export function untilClosed(closing: Socket | Server): Promise<void> {
  return new Promise(resolve => {
    closing.once('close', () => resolve())
  })
}
