import { type ChildProcess, spawn } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Result } from '../core/result.ts'
import type { Confinement, Stranger } from './confinement.ts'
import { LINE_MOST_BYTES, type Order, pidNamespace, type Report } from './order.ts'

/** What every start of the process has in common. */
export interface Post {
  /** How to start the process: `node …/demo-process.js`. */
  readonly command: readonly string[]
  /** The folder the socket is made in. */
  readonly shared: string
  readonly hostKey: string
  readonly authorizedKey: string
  readonly login: string
  readonly stranger: Stranger
  readonly forbidden: { readonly read: readonly string[]; readonly write: readonly string[] }
}

/** The running process of the demonstration target. */
export interface Inmate {
  readonly socket: string
  /** Resolves with the reason when it has ended. */
  readonly ended: Promise<string>
  stop(): Promise<void>
}

/** Loading its modules takes half a second on a busy machine; with a compiler in between, ten times that. */
const READY_WITHIN_MS = 20_000
/** After its standard input is closed. */
const STOP_GRACE_MS = 1000
/** What it may say in the log in its life: it is not to be trusted. */
const LOG_MOST_LINES = 100
const LOG_LINE_MOST = 500

/** Not what TMPDIR says: that may be long, or closed to others, as pam_tmpdir has it. */
const SHARED_PREFIX = '/tmp/sallyport-demo-'

/**
 * A folder under a short path: a socket's may have 107 bytes. Others may pass through, not look. `note`
 * is a file that remembers it, so that what a killed run has left is removed by the next.
 */
export function makeSharedFolder(note: string): { path: string; remove: () => void } {
  const before = existsSync(note) ? readFileSync(note, 'utf8') : ''
  if (before.startsWith(SHARED_PREFIX)) rmSync(before, { recursive: true, force: true })
  const path = mkdtempSync(SHARED_PREFIX)
  chmodSync(path, 0o711)
  writeFileSync(note, path, { mode: 0o600 })
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) }
}

/** Starts the process in this confinement; a fault when it does not come up, or found a way out. */
export async function startInmate(
  post: Post,
  confinement: Confinement,
  log: (message: string, fields: Readonly<Record<string, unknown>>) => void,
): Promise<Result<Inmate, string>> {
  const socket = join(post.shared, 'ssh')
  rmSync(socket, { force: true })
  const [program = '', ...parameters] = [...confinement.prefix, ...post.command]
  const child = spawn(program, parameters, {
    // Nothing of the bastion's environment: it may hold the database's password.
    env: { PATH: process.env['PATH'] ?? '/usr/bin:/bin:/usr/sbin:/sbin', LANG: 'C.UTF-8' },
    cwd: '/',
    stdio: 'pipe',
  })
  const ended = endOf(child)
  const complaints = listen(child, log)
  child.stdin.on('error', () => {}) // it has ended before it read its order; `ended` says so
  child.stdin.write(`${JSON.stringify(orderFor(post, confinement, socket))}\n`)

  const report = await Promise.race([
    reportOf(child),
    ended.then(why => ({ ready: false as const, fault: complaints() || why })),
  ])
  const stop = async (): Promise<void> => {
    child.stdin.end()
    const patience = setTimeout(() => child.kill('SIGKILL'), STOP_GRACE_MS)
    await ended
    clearTimeout(patience)
  }
  if (report.ready) return { ok: true, value: { socket, ended, stop } }
  await stop()
  return { ok: false, fault: report.fault }
}

function orderFor(
  post: Post,
  { isConfined, dropsUser, prefix }: Confinement,
  socket: string,
): Order {
  const { hostKey, authorizedKey, login, stranger, forbidden, shared } = post
  return {
    socket,
    hostKey,
    authorizedKey,
    login,
    home: prefix.length > 0 ? CONFINED_HOME : join(shared, 'home'),
    becomes: dropsUser ? stranger : null,
    forbidden: isConfined ? { ...forbidden, pid: process.pid, pidNamespace: pidNamespace() } : null,
  }
}

/** In a namespace /tmp is empty and its own. */
export const CONFINED_HOME = '/tmp/demo'

function reportOf(child: ChildProcess): Promise<Report> {
  return new Promise(resolve => {
    let text = ''
    const patience = setTimeout(
      () => resolve({ ready: false, fault: `not ready within ${READY_WITHIN_MS / 1000} s` }),
      READY_WITHIN_MS,
    ).unref()
    child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
      if (text.length > LINE_MOST_BYTES) return // it has been answered; nothing more is read into memory
      text += chunk
      const end = text.indexOf('\n')
      if (end === -1) return
      clearTimeout(patience)
      resolve(readReport(text.slice(0, end)))
      text = ''
      child.stdout?.removeAllListeners('data').resume()
    })
  })
}

function readReport(line: string): Report {
  try {
    const report = JSON.parse(line) as Report
    return report.ready ? { ready: true } : { ready: false, fault: String(report.fault) }
  } catch {
    return { ready: false, fault: 'it said something that is no report' } // not our process, then
  }
}

/** Passes on what it complains about, within bounds; returns the last complaint. */
function listen(
  child: ChildProcess,
  log: (message: string, fields: Readonly<Record<string, unknown>>) => void,
): () => string {
  let lines = 0
  let last = ''
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
    for (const line of chunk.split('\n')) {
      if (line.trim() === '' || lines >= LOG_MOST_LINES) continue
      lines += 1
      last = line.trim().slice(0, LOG_LINE_MOST)
      log(`demo: ${last}`, {})
    }
  })
  return () => last
}

function endOf(child: ChildProcess): Promise<string> {
  return new Promise(resolve => {
    child.once('error', error => resolve(error.message))
    child.once('close', (status, signal) => resolve(signal ?? `exit ${status}`))
  })
}
