import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

// One folder for everything that a test run makes, so that what a killed run left behind can be told from
// everybody else's, and is gone with the next run. Loaded by mocha before any test (.mocharc.json).

/** Short: sockets lie below, and the path of a socket may have 107 bytes. */
const PREFIX = 'sallyport-run-'
const PARENT = tmpdir()

for (const name of readdirSync(PARENT).filter(name => name.startsWith(PREFIX))) {
  const pid = Number(name.slice(PREFIX.length))
  if (!isAlive(pid)) sweep(join(PARENT, name))
}

const folder = join(PARENT, `${PREFIX}${process.pid}`)
mkdirSync(folder)
// Some tests run programs as another user, who makes files there, too.
chmodSync(folder, 0o1777)
process.env['TMPDIR'] = folder

/** A test that leaves a process or a file behind is at fault; it is named, and what it left is removed. */
export function mochaGlobalTeardown(): void {
  // The loader keeps what it has compiled, by user.
  const files = readdirSync(folder).filter(name => !name.startsWith('tsx-'))
  const processes = processesIn(folder)
  const named = [
    ...files.map(name => `left behind: ${join(folder, name)}`),
    ...processes.map(({ words }) => `left running: ${words}`),
  ]
  for (const what of named) process.stderr.write(`test: this was ${what}\n`)
  sweep(folder)
}

function sweep(path: string): void {
  // More than once: a bastion starts its database again while it still can.
  for (let round = 0; round < 5; round += 1) {
    const found = processesIn(path)
    for (const { pid } of found) end(pid)
    if (found.length === 0) break
  }
  try {
    rmSync(path, { recursive: true, force: true, maxRetries: 5 })
  } catch {
    // Another user's files, of a run that was root's: root's next run removes them.
  }
}

function end(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // Gone meanwhile, or somebody else's: then it is not ours to end.
  }
}

interface Found {
  readonly pid: number
  readonly words: string
}

/** Those that name something in the folder, or were started by the run and so have it for their temporary files. */
function processesIn(path: string): Found[] {
  if (!existsSync('/proc/self/environ')) return processesOfPs(path)
  return readdirSync('/proc').flatMap(name => {
    const pid = Number(name)
    if (!Number.isInteger(pid) || pid === process.pid) return []
    const words = readAll(`/proc/${name}/cmdline`).replaceAll('\0', ' ').trim()
    const environment = readAll(`/proc/${name}/environ`).split('\0')
    const isOurs = words.includes(`${path}/`) || environment.includes(`TMPDIR=${path}`)
    return isOurs ? [{ pid, words }] : []
  })
}

function processesOfPs(path: string): Found[] {
  const { stdout } = spawnSync('ps', ['-eo', 'pid=,args='], { encoding: 'utf8' })
  return (stdout ?? '').split('\n').flatMap(line => {
    const [, pid = '', words = ''] = /^\s*(\d+) (.*)$/.exec(line) ?? []
    return words.includes(`${path}/`) ? [{ pid: Number(pid), words }] : []
  })
}

function readAll(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return '' // it has ended, or is somebody else's
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM' // somebody else's
  }
}
