import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

/*
 * Clients that are newer than the system's: those of Debian 13, unpacked beside each other and never
 * installed. They bring their own C library, so they run on any Linux of these two processors.
 */

/** `sha256sum` lines: each package, pinned. Taken from Debian's signed index of 2026-11-20. */
const PINS = join(import.meta.dirname, 'trixie.sha256')

/** The second keeps what the first replaces with a security update. */
const MIRRORS = [
  'https://deb.debian.org/debian',
  'https://snapshot.debian.org/archive/debian/20261120T000000Z',
]
const FILE_WITHIN_MS = 20_000

interface Processor {
  readonly debian: string
  readonly triple: string
  readonly loader: string
}
const PROCESSORS: Readonly<Record<string, Processor>> = {
  x64: { debian: 'amd64', triple: 'x86_64-linux-gnu', loader: 'ld-linux-x86-64.so.2' },
  arm64: { debian: 'arm64', triple: 'aarch64-linux-gnu', loader: 'ld-linux-aarch64.so.1' },
}

const PROGRAMS = ['ssh', 'scp', 'sftp', 'plink', 'pscp', 'psftp', 'dbclient', 'python3.13'] as const

/** A folder of programs to put in front of PATH, and one of libraries for that Python; or why there is none. */
export type NewerClients =
  | { is: 'here'; programs: string; libraries: string }
  | { is: 'missing'; why: string }

/** What `fetchNewerClients` left behind. */
export function newerClients(): NewerClients {
  const processor = thisProcessor()
  if (processor === null) return { is: 'missing', why: noSuchProcessor() }
  const folder = cacheFolder()
  if (existsSync(folder)) return clientsIn(folder, processor.triple)
  const why = existsSync(whyFile()) ? readFileSync(whyFile(), 'utf8') : 'npm test fetches it first'
  return { is: 'missing', why }
}

/**
 * Fetches and unpacks them unless that was done before. That they cannot be had is no fault of the tests: it
 * is said why, now and to the tests that come later.
 */
export async function fetchNewerClients(): Promise<NewerClients> {
  const processor = thisProcessor()
  const found = newerClients()
  if (processor === null || found.is === 'here') return found
  try {
    mkdirSync(join(cacheFolder(), '..'), { recursive: true })
    rmSync(whyFile(), { force: true })
    await unpackAll(processor)
    return newerClients()
  } catch (error) {
    const why = `not fetched: ${reasonOf(error)}`
    // Where not even this can be written, the tests say that somebody should fetch them.
    if (existsSync(join(cacheFolder(), '..'))) writeFileSync(whyFile(), why)
    return { is: 'missing', why }
  }
}

async function unpackAll(processor: Processor): Promise<void> {
  const unfinished = mkdtempSync(`${cacheFolder()}-`)
  try {
    for (const { digest, path } of pinned(processor.debian)) {
      const file = join(unfinished, 'package.deb')
      writeFileSync(file, await download(path, digest))
      const { status, stderr, error } = spawnSync('dpkg-deb', ['-x', file, unfinished])
      if (status !== 0) throw new Error(`dpkg-deb: ${error?.message ?? String(stderr).trim()}`)
      rmSync(file)
    }
    writeStarters(unfinished, processor)
    renameSync(unfinished, cacheFolder())
  } finally {
    rmSync(unfinished, { recursive: true, force: true })
  }
}

async function download(path: string, digest: string): Promise<Buffer> {
  const faults: string[] = []
  for (const mirror of MIRRORS) {
    try {
      const signal = AbortSignal.timeout(FILE_WITHIN_MS)
      const answer = await fetch(`${mirror}/${path}`, { signal })
      if (!answer.ok) throw new Error(`${answer.status}`)
      const bytes = Buffer.from(await answer.arrayBuffer())
      const found = createHash('sha256').update(bytes).digest('hex')
      if (found !== digest) throw new Error(`its SHA-256 is ${found}, not ${digest}`)
      return bytes
    } catch (error) {
      faults.push(`${new URL(mirror).host}: ${reasonOf(error)}`)
    }
  }
  throw new Error(`${path.split('/').at(-1)}: ${faults.join('; ')}`)
}

function pinned(debian: string): { digest: string; path: string }[] {
  const lines = readFileSync(PINS, 'utf8').trim().split('\n')
  return lines
    .map(line => line.split('  '))
    .map(([digest = '', path = '']) => ({ digest, path }))
    .filter(({ path }) => path.endsWith(`_${debian}.deb`) || path.endsWith('_all.deb'))
}

/**
 * Each program is started by its own loader with its own libraries. It is told to be called by its bare
 * name: `ssh -J` starts itself again by the name it has, and must find the starter, not the program.
 */
function writeStarters(folder: string, { triple, loader }: Processor): void {
  mkdirSync(join(folder, 'starters'))
  for (const program of PROGRAMS) {
    const file = join(folder, 'starters', program)
    const lines = [
      '#!/bin/sh',
      'root=$(dirname "$0")/../usr',
      `libraries=$root/lib/${triple}`,
      // Only Python looks at these: it would otherwise look for its parts beside the loader.
      'export PYTHONHOME="$root" PYTHONPATH="$root/lib/python3/dist-packages"',
      `exec "$libraries/${loader}" --library-path "$libraries" --argv0 ${program} "$root/bin/${program}" "$@"`,
    ]
    writeFileSync(file, `${lines.join('\n')}\n`)
    chmodSync(file, 0o755)
  }
}

function clientsIn(folder: string, triple: string): NewerClients {
  return {
    is: 'here',
    programs: join(folder, 'starters'),
    libraries: join(folder, 'usr/lib', triple),
  }
}

/** Named after the pins: other pins, another folder. */
function cacheFolder(): string {
  const cache = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache')
  const digest = createHash('sha256').update(readFileSync(PINS)).digest('hex').slice(0, 12)
  return join(cache, 'sallyport-test', `clients-${digest}`)
}

function whyFile(): string {
  return `${cacheFolder()}.why-not`
}

function thisProcessor(): Processor | null {
  return process.platform === 'linux' ? (PROCESSORS[process.arch] ?? null) : null
}

function noSuchProcessor(): string {
  return `no packages are pinned for ${process.platform} on ${process.arch}`
}

/** `fetch` hides what happened behind "fetch failed". */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? error.cause.message : error.message
}
