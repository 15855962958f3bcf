import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import {
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import type { Binaries } from './binaries.ts'
import type { Place } from './place.ts'

/**
 * Makes the data directory if there is none. It is made under another name and renamed when it is
 * whole, so a half-made one is never taken for a database, and of two processes one wins.
 */
export function initialise(binaries: Binaries, place: Place): { data: string; isNew: boolean } {
  const data = dataDirectory(binaries, place)
  if (existsSync(join(data, 'PG_VERSION'))) return { data, isNew: false }
  refuseOtherVersion(binaries, place)
  refuseLost(place, data)
  const unfinished = `${data}.${randomBytes(4).toString('hex')}`
  try {
    runInitdb(binaries, place, unfinished)
    renameSync(unfinished, data)
    writeFileSync(place.marker, `${data}\n`)
  } catch (error) {
    rmSync(unfinished, { recursive: true, force: true })
    if (!existsSync(join(data, 'PG_VERSION'))) throw error
  }
  return { data, isNew: true }
}

function dataDirectory(binaries: Binaries, place: Place): string {
  return join(place.directory, `pg${binaries.major}`)
}

/** A new major version reads no old data: starting with an empty database would look like lost evidence. */
function refuseOtherVersion(binaries: Binaries, place: Place): void {
  const other = readdirSync(place.directory).find(name => /^pg\d+$/.test(name))
  if (other === undefined) return
  throw new Error(
    `the data in ${join(place.directory, other)} belongs to PostgreSQL ${other.slice(2)}, and the embedded one is ${binaries.major}: move it with pg_dump and pg_restore, or install the version of Sallyport that made it`,
  )
}

/** A volume that was not mounted, a container that was made anew: an empty database would hide it. */
function refuseLost({ marker }: Place, data: string): void {
  // Another process may have made it between our two looks.
  if (!existsSync(marker) || existsSync(join(data, 'PG_VERSION'))) return
  throw new Error(
    `the database of this bastion was made at ${readFileSync(marker, 'utf8').trim()} and is gone: bring it back, or delete ${marker} to begin with an empty one`,
  )
}

function runInitdb(binaries: Binaries, place: Place, data: string): void {
  // initdb looks its user up by name, which a uid of our own has not: nobody makes the files, then they change hands.
  const maker = place.uid === null ? null : nobody()
  mkdirSync(data, { mode: 0o700 })
  const passwordFile = `${data}.password`
  writeFileSync(passwordFile, `${place.passwords.superuser}\n`, { mode: 0o600 })
  try {
    if (maker !== null) {
      chownSync(data, maker.uid, maker.gid)
      chownSync(passwordFile, maker.uid, maker.gid)
    }
    const made = spawnSync(
      binaries.initdb,
      [
        `--pgdata=${data}`,
        '--username=postgres',
        `--pwfile=${passwordFile}`,
        '--auth=scram-sha-256',
        '--encoding=UTF8',
        // PostgreSQL's own: the system's locales may be missing, and may sort differently after an upgrade.
        '--locale-provider=builtin',
        '--builtin-locale=C.UTF-8',
        '--locale=C',
        '--data-checksums',
        '--no-instructions',
      ],
      { ...maker, cwd: '/', env: serverEnvironment(), encoding: 'utf8' },
    )
    if (made.status !== 0) {
      throw new Error(
        `could not create the database (initdb): ${(made.error?.message ?? made.stderr).trim()}`,
      )
    }
    if (place.uid !== null) giveTo(place.uid, data)
  } finally {
    rmSync(passwordFile, { force: true })
  }
}

/** Nothing of ours: it may hold secrets. */
export function serverEnvironment(): NodeJS.ProcessEnv {
  return { PATH: '/usr/local/bin:/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' }
}

function nobody(): { uid: number; gid: number } {
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find(entry => entry.startsWith('nobody:'))
  const [, , uid, gid] = line?.split(':') ?? []
  if (uid === undefined || gid === undefined) {
    throw new Error(
      'PostgreSQL must not run as root and this system has no user nobody: run Sallyport as an ordinary user, or set DATABASE_URL',
    )
  }
  return { uid: Number(uid), gid: Number(gid) }
}

function giveTo(uid: number, directory: string): void {
  chownSync(directory, uid, uid)
  for (const name of readdirSync(directory, { recursive: true, encoding: 'utf8' })) {
    chownSync(join(directory, name), uid, uid)
  }
}
