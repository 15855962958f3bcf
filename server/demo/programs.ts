import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import type { Socket } from 'node:net'
import { constants } from 'node:os'
import { Duplex, type Readable, type Writable } from 'node:stream'
import * as nodePty from '@lydell/node-pty'
import type { Exit } from '../core/audit/events.ts'
import type { Terminal } from '../core/ports/channels.ts'
import { sttySettings } from './terminal-modes.ts'

/** One program of the demonstration target, with or without a terminal. */
export interface Program {
  readonly stdin: Writable
  readonly stdout: Readable
  /** Null with a terminal, which mixes both. */
  readonly stderr: Readable | null
  /** Resolves when the program has ended and its output has been read. */
  readonly ended: Promise<Exit>
  signal(name: string): void
  resize(columns: number, rows: number): void
  /** Ends it and what it has started, politely first. */
  end(): void
}

export interface ProgramWish {
  /** A command line for the shell; null for a login shell. */
  readonly command: string | null
  readonly terminal: Terminal | null
  readonly home: string
  readonly login: string
  /** What the client may set, as sshd's AcceptEnv: the locale. */
  readonly locale: Readonly<Record<string, string>>
}

export const SHELL = existsSync('/bin/bash') ? '/bin/bash' : '/bin/sh'

/** Set by the shell before it becomes the program: no core files, a fork bomb ends at 1,024, 8 GB of addresses. */
const LIMITS = 'ulimit -c 0; ulimit -u 1024 2>/dev/null; ulimit -v 8388608 2>/dev/null; '
/** A program that ignores SIGHUP gets this long. */
const HANGUP_GRACE_MS = 1000

/** Process groups of the programs that run. */
const groups = new Set<number>()

/** For the end of the process itself: what it started must not stay behind. */
export function endPrograms(): void {
  for (const group of groups) signalGroup(group, 'SIGKILL')
}

export function startProgram(wish: ProgramWish): Program {
  const shell = wish.command === null ? [SHELL, '-l'] : [SHELL, '-c', wish.command]
  const modes = wish.terminal === null ? [] : sttySettings(wish.terminal)
  const parameters = ['-c', `${settings(modes)}${LIMITS}exec "$@"`, 'sh', ...shell]
  const environment = environmentOf(wish)
  return wish.terminal === null
    ? withPipes(parameters, environment, wish.home)
    : withTerminal(parameters, environment, wish.home, wish.terminal)
}

function remember(group: number | undefined, ended: Promise<unknown>): void {
  if (group === undefined) return
  groups.add(group)
  const forget = (): void => void groups.delete(group)
  ended.then(forget, forget)
}

/** All at once, or else each by itself: stty does nothing at all when it knows one of them not. */
function settings(modes: readonly string[]): string {
  if (modes.length === 0) return ''
  const oneByOne = modes.map(mode => `stty ${mode}`).join('; ')
  return `stty ${modes.join(' ')} 2>/dev/null || { ${oneByOne}; } 2>/dev/null; `
}

function environmentOf({ home, login, locale, terminal }: ProgramWish): Record<string, string> {
  return {
    LANG: 'C.UTF-8',
    ...locale,
    PATH: '/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin',
    HOME: home,
    USER: login,
    LOGNAME: login,
    SHELL,
    ...(terminal === null ? {} : { TERM: terminal.term }),
  }
}

function withPipes(parameters: string[], env: Record<string, string>, cwd: string): Program {
  // A session of its own, so that its whole group can be signalled.
  const child = spawn('/bin/sh', parameters, { env, cwd, detached: true, stdio: 'pipe' })
  // A program may end without reading its input: that is its right, and the pipe's error says no more.
  child.stdin.on('error', () => {})
  const ended = endOf(child)
  remember(child.pid, ended)
  return {
    stdin: child.stdin,
    stdout: child.stdout,
    stderr: child.stderr,
    ended,
    signal: name => signalGroup(child.pid, `SIG${name}`),
    resize: () => {},
    end: () => hangUp(child.pid),
  }
}

function endOf(child: ChildProcess): Promise<Exit> {
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (status, signal) => {
      resolve(signal === null ? { status: status ?? 255 } : killed(signal))
    })
  })
}

function withTerminal(
  parameters: string[],
  env: Record<string, string>,
  cwd: string,
  { term, columns, rows }: Terminal,
): Program {
  const pty = nodePty.spawn('/bin/sh', parameters, {
    name: term,
    cols: Math.max(1, columns),
    rows: Math.max(1, rows),
    env,
    cwd,
    encoding: null,
  })
  const ended = new Promise<Exit>(resolve => {
    pty.onExit(({ exitCode, signal }) => {
      const name = signalName(signal)
      resolve(name === null ? { status: exitCode } : killed(name))
    })
  })
  remember(pty.pid, ended)
  return {
    // The library queues what it is given to write without a bound; its socket knows when to wait.
    stdin: (pty as unknown as { _socket: Socket })._socket,
    stdout: outputOf(pty, ended),
    stderr: null,
    ended,
    signal: name => signalGroup(pty.pid, `SIG${name}`),
    resize: (wide, high) => pty.resize(Math.max(1, wide), Math.max(1, high)),
    end: () => hangUp(pty.pid),
  }
}

/** Given `encoding: null` the library hands out bytes, whatever its types say. */
function outputOf(pty: nodePty.IPty, ended: Promise<Exit>): Readable {
  const output = new Duplex({
    read: () => pty.resume(),
    write: (_bytes, _encoding, done) => done(),
  })
  pty.onData(bytes => {
    if (!output.push(bytes)) pty.pause()
  })
  void ended.then(() => output.push(null))
  return output
}

function hangUp(pid: number | undefined): void {
  signalGroup(pid, 'SIGHUP')
  setTimeout(() => signalGroup(pid, 'SIGKILL'), HANGUP_GRACE_MS).unref()
}

function signalGroup(pid: number | undefined, name: string): void {
  if (pid === undefined || !(name in constants.signals)) return
  try {
    process.kill(-pid, name as NodeJS.Signals)
  } catch {
    // The group has ended in the meantime: nobody is left to be told.
  }
}

function killed(signal: string): Exit {
  return { signal: signal.replace(/^SIG/, ''), coreDumped: false, message: '' }
}

function signalName(number: number | undefined): string | null {
  if (!number) return null
  return Object.entries(constants.signals).find(([, value]) => value === number)?.[0] ?? null
}
