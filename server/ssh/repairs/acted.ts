import type { Undo } from './repair.ts'

/** Repairs that act now and then, by their files. Those of the connection protocol and of single writes act on everything. */
export type RepairName =
  | 'first-guess'
  | 'host-certificates'
  | 'ping'
  | 'post-quantum'
  | 'rsa-host-keys'
  | 'server-sig-algs'
  | 'service-request'
  | 'strict-rekey'
  | 'unknown-messages'
  | 'user-certificates'

const watchers = new Set<(repair: RepairName) => void>()

/** From now on `watcher` hears of each time a repair has done what ssh2 would not have: a metric shows who needs it. */
export function watchRepairs(watcher: (repair: RepairName) => void): Undo {
  watchers.add(watcher)
  return () => watchers.delete(watcher)
}

export function acted(repair: RepairName): void {
  for (const watcher of watchers) watcher(repair)
}
