import {
  chownSync,
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
} from 'node:fs'
import { join } from 'node:path'
import { type Order, pidNamespace } from './order.ts'

/** Makes the home of the programs and becomes the user they run as. From here on there is no way back. */
export function settleIn({ home, becomes }: Order): void {
  mkdirSync(home, { recursive: true, mode: 0o700 })
  if (becomes === null) return
  const { uid, gid } = becomes
  chownSync(home, uid, gid)
  if (process.setgroups === undefined) throw new Error('this system has no groups to give up')
  process.setgroups([])
  process.setgid?.(gid)
  process.setuid?.(uid)
}

/**
 * Tries what must not work: reading keys and state, changing the bastion's own code, reaching its
 * process. Yields the first thing that does work, or null. Asking the kernel beats believing a tool's
 * exit status.
 */
export function findWayOut({ forbidden, becomes }: Order): string | null {
  if (forbidden === null) return null
  if (becomes !== null && (process.getuid?.() === 0 || canBecomeRoot())) return 'it is still root'
  for (const path of forbidden.read) {
    if (canRead(path)) return `it can read ${path}`
  }
  for (const folder of forbidden.write) {
    if (canWriteIn(folder)) return `it can write in ${folder}`
  }
  return canReach(forbidden) ? 'it can reach the process of the bastion' : null
}

/** An empty folder or file shows nothing, so it counts as unreadable. */
function canRead(path: string): boolean {
  try {
    return readdirSync(path).length > 0
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOTDIR') return false // absent or refused: as it should be
  }
  try {
    return readFileSync(path).length > 0
  } catch {
    return false // refused: as it should be
  }
}

function canWriteIn(folder: string): boolean {
  const path = join(folder, `.sallyport-demo-${process.pid}`)
  try {
    closeSync(openSync(path, 'wx'))
  } catch {
    return false // refused: as it should be
  }
  rmSync(path)
  return true
}

function canReach({ pid, pidNamespace: theirs }: NonNullable<Order['forbidden']>): boolean {
  // In a namespace of our own the number means somebody else, and /proc must be ours as well.
  if (theirs !== null && pidNamespace() !== theirs) {
    return readlinkSync('/proc/self') !== String(process.pid)
  }
  try {
    process.kill(pid, 0)
    return true
  } catch {
    // Not ours to signal; its environment must be as closed as that.
  }
  return canRead(`/proc/${pid}/environ`)
}

function canBecomeRoot(): boolean {
  try {
    process.setuid?.(0)
    return true
  } catch {
    return false // refused: as it should be
  }
}

/**
 * Ends whatever runs under the user this process has become: what a demonstration before left behind,
 * and at the end its own. Does nothing where that user could be a person's.
 */
export function endOwnProcesses({ becomes }: Order): void {
  if (becomes === null || becomes.uid === 0 || process.getuid?.() !== becomes.uid) return
  try {
    // "All processes for which the caller may send the signal", the caller excepted (kill(2) on Linux).
    process.kill(-1, 'SIGKILL')
  } catch {
    // There was nobody else.
  }
}
