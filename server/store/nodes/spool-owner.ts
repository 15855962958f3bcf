import { readFileSync, readlinkSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** Whose spool a directory is: a process, named so that a later one with its number is not taken for it. */
interface Owner {
  readonly pid: number
  /** Which start of which machine, and which process table (containers have their own). */
  readonly world: string
  /** When the process started, in the kernel's ticks. */
  readonly startedAt: string
}

/** Writes into the spool directory whose it is: ours. */
export async function claimSpool(directory: string): Promise<void> {
  const owner: Owner = { pid: process.pid, world: world(), startedAt: startOf(process.pid) ?? '' }
  await writeFile(join(directory, 'owner.json'), JSON.stringify(owner), { mode: 0o600 })
}

/** `unknown` when it lived in another container or on another machine: only its heartbeat tells. */
export async function ownerOf(directory: string): Promise<'alive' | 'dead' | 'unknown'> {
  let owner: Owner
  try {
    owner = JSON.parse(await readFile(join(directory, 'owner.json'), 'utf8')) as Owner
  } catch {
    return 'unknown' // it died, or lives, between making the directory and writing its name
  }
  if (owner.world !== world()) return 'unknown'
  return startOf(owner.pid) === owner.startedAt ? 'alive' : 'dead'
}

function world(): string {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
    return `${boot} ${readlinkSync('/proc/self/ns/pid')}`
  } catch {
    return process.platform // without /proc there are no containers to tell apart
  }
}

/** Null when no such process runs. */
function startOf(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The program's name, in parentheses, may hold spaces and parentheses; field 22 is the start time, field 3 the state.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return fields[0] === 'Z' ? null : (fields[19] ?? '')
  } catch {
    if (process.platform === 'linux') return null
  }
  try {
    process.kill(pid, 0)
    return ''
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM' ? '' : null
  }
}
