import { spawn } from 'node:child_process'
import { closeSync, openSync, readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { serverEnvironment } from './initialise.ts'
import type { Place } from './place.ts'

/** Our evidence needs durable commits; the rest keeps the server small, quiet and on this machine. */
const SETTINGS: Readonly<Record<string, string>> = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  fsync: 'on',
  synchronous_commit: 'on',
  // A process takes about fifteen, and there is one for each core.
  max_connections: '200',
  // A node that died in the middle of a transaction must not hold its locks for hours.
  idle_in_transaction_session_timeout: '60s',
  // One file for each day of the week, overwritten a week later: bounded without anybody's help.
  logging_collector: 'on',
  log_directory: 'log',
  log_filename: 'postgresql-%a.log',
  log_rotation_age: '1d',
  log_rotation_size: '0',
  log_truncate_on_rotation: 'on',
  // Statements carry what agents typed; the log is no place for it.
  log_min_error_statement: 'panic',
  log_parameter_max_length_on_error: '0',
  log_checkpoints: 'off',
}

export interface StartedServer {
  /** Why it ended; null while it runs. */
  fault(): string | null
}

/** Starts the server in a session of its own: Ctrl-C in our terminal, or our death, is none of its business. */
export function startServer(
  postgres: string,
  place: Place,
  data: string,
  port: number,
): StartedServer {
  const logFile = join(place.directory, 'postgres-start.log')
  const log = openSync(logFile, 'w', 0o600)
  const settings = Object.entries({ ...SETTINGS, port: String(port) })
  const child = spawn(
    postgres,
    ['-D', data, ...settings.flatMap(([name, value]) => ['-c', `${name}=${value}`])],
    {
      ...(place.uid === null ? {} : { uid: place.uid, gid: statSync(data).gid }),
      cwd: '/',
      env: serverEnvironment(),
      detached: true,
      stdio: ['ignore', log, log],
    },
  )
  closeSync(log)
  child.unref()
  let spawnFault: string | null = null
  child.on('error', error => {
    spawnFault = error.message
  })
  return {
    fault: () => {
      if (spawnFault !== null) return spawnFault
      if (child.exitCode === null && child.signalCode === null) return null
      return lastLines(logFile, join(data, 'log'))
    },
  }
}

export interface RunningServer {
  readonly pid: number
  readonly port: number
}

/** The server that runs on this data directory, by its own postmaster.pid; null if there is none. */
export function runningServer(data: string): RunningServer | null {
  let lines: string[]
  try {
    lines = readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n')
  } catch {
    return null // no such file: no server, or one that was stopped cleanly
  }
  const [pid, port] = [Number(lines[0]), Number(lines[3])]
  // The file is written line by line; the port comes a moment after the process id.
  if (!(pid > 0) || !(port > 0) || !isServerOf(pid, data)) return null
  return { pid, port }
}

/** After a crash or a reboot the number may be dead, or be another program's. */
function isServerOf(pid: number, data: string): boolean {
  try {
    process.kill(pid, 0)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false
  }
  try {
    return readlinkSync(`/proc/${pid}/cwd`) === data
  } catch {
    return process.platform !== 'linux' // without /proc, or not ours to look at: connecting will tell
  }
}

/** What it said before its log took over, and then what its log says. */
function lastLines(startLog: string, logDirectory: string): string {
  const lines = readFileSync(startLog, 'utf8').trim().split('\n')
  if (lines.some(line => line.includes('logging collector'))) {
    const logs = readdirSync(logDirectory).map(name => join(logDirectory, name))
    const newest = logs.toSorted((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs)[0]
    if (newest !== undefined) lines.push(...readFileSync(newest, 'utf8').trim().split('\n'))
  }
  return lines.slice(-5).join('\n')
}
