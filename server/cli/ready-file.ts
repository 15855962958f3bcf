import { open, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'

/** What is in the state directory while the bastion serves: how other programs find it. */
export interface Ready {
  readonly pid: number
  readonly node: string
  readonly version: string
  readonly ssh: {
    readonly host: string
    readonly port: number
    /** One authorized_keys-style line. */
    readonly hostKey: string
    /** Lines for known_hosts: whoever has them is asked no question, whatever becomes of the host key. */
    readonly knownHosts: readonly string[]
  }
  readonly http: { readonly url: string }
  /** Commands to paste, one after another, into a second terminal. */
  readonly next: readonly string[]
}

/** Written whole or not at all: whoever waits for the file never reads half of it. */
export async function writeReady(home: string, ready: Ready): Promise<void> {
  const path = readyPath(home)
  const draft = `${path}.${process.pid}.tmp`
  const file = await open(draft, 'w', 0o600)
  try {
    await file.writeFile(`${JSON.stringify(ready, null, 2)}\n`)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(draft, path)
}

/** At start and at stop: a file left by a killed process must not tell anybody that we are ready. */
export async function removeReady(home: string): Promise<void> {
  await rm(readyPath(home), { force: true })
}

/** Null when nothing serves from this state directory: no file, or one whose process is gone. */
export async function readReady(home: string): Promise<Ready | null> {
  let text: string
  try {
    text = await readFile(readyPath(home), 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
  const ready = JSON.parse(text) as Ready
  return isAlive(ready.pid) ? ready : null
}

function readyPath(home: string): string {
  return join(home, 'ready.json')
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // EPERM: there is such a process, and it is somebody else's.
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
