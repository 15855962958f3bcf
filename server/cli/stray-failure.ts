import type { LogLine } from '../operations/log.ts'

/** Sessions and the database are given so long to end; then the process goes as it is. */
const END_MS = 10_000

/**
 * Resolves with the reason to stop when something failed and nobody took it: an exception out of an event, a
 * rejection without a handler. What such a process holds cannot be relied on, so it is to serve nobody any longer;
 * but its sessions can still be told, and their recordings closed. From then on it ends within `END_MS`.
 */
export function strayFailure(log: LogLine): Promise<string> {
  return new Promise(resolve => {
    // Node raises a rejection that nobody handled as an exception, too.
    process.on('uncaughtException', (error: unknown, origin) => {
      const message = error instanceof Error ? error.message : String(error)
      const stack = error instanceof Error ? (error.stack ?? null) : null
      log(`a fault of the bastion's own, which ends it; please report it: ${message}`, {
        origin,
        stack,
      })
      setTimeout(() => process.exit(1), END_MS).unref()
      resolve(`a fault of the bastion's own: ${message}`)
    })
  })
}
