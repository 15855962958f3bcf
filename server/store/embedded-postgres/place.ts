import { createHash, randomBytes } from 'node:crypto'
import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { obstructionFor } from './traversable.ts'

/** What `postgres.json` (mode 0600) says about one embedded database. */
interface Decision {
  /** Holds the data directory and, for root, the copied binaries; relative to the state directory. */
  readonly directory: string
  /** Who the server runs as when the bastion is root; null for the bastion's own user. */
  readonly uid: number | null
  /** Random, made once. The superuser's is used only to create the other two. */
  readonly passwords: {
    readonly superuser: string
    readonly owner: string
    readonly application: string
  }
}

/** Where one embedded database lives and how to log in to it. */
export interface Place extends Decision {
  /** Says, once there has been a database, that there must be one. */
  readonly marker: string
}

/**
 * Reads, or decides once and for all, where the embedded database of this state directory lives. Two
 * processes that decide at the same moment end with one answer.
 */
export function findPlace(home: string): Place {
  mkdirSync(home, { recursive: true, mode: process.getuid?.() === 0 ? 0o711 : 0o700 })
  const file = join(home, 'postgres.json')
  if (!existsSync(file)) decide(realpathSync(home), file)
  const decision = JSON.parse(readOwn(file)) as Decision
  const directory = resolve(realpathSync(home), decision.directory)
  const uid = runsAs(decision, directory)
  if (uid !== null) {
    const obstruction = obstructionFor(uid, directory)
    if (obstruction !== null) {
      throw new Error(
        `PostgreSQL runs as uid ${uid} and can no longer reach its data through ${obstruction}: run chmod o+x ${quoted(obstruction)}`,
      )
    }
  }
  return { ...decision, directory, uid, marker: join(home, 'postgres.made') }
}

function readOwn(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EACCES') throw error
    throw new Error(
      `${file} belongs to uid ${statSync(file).uid}: run this as the user who runs the bastion`,
    )
  }
}

/** A bastion that ran as an ordinary user and now runs as root: its server stays that user's. */
function runsAs({ uid }: Decision, directory: string): number | null {
  if (process.getuid?.() !== 0 || uid !== null) return uid
  return statSync(directory).uid
}

function decide(home: string, file: string): void {
  const uid = process.getuid?.() === 0 ? unprivilegedUid(home) : null
  const decision: Decision = {
    directory: uid === null ? '.' : reachableDirectory(home, uid),
    uid,
    passwords: { superuser: secret(), owner: secret(), application: secret() },
  }
  const unfinished = `${file}.${secret()}`
  writeFileSync(unfinished, `${JSON.stringify(decision, null, 2)}\n`, { mode: 0o600 })
  try {
    linkSync(unfinished, file) // unlike rename, refuses to replace what another process decided
  } catch (error) {
    if (!existsSync(file)) throw error
  } finally {
    rmSync(unfinished)
  }
}

/** 256 bits, safe in a URL. */
function secret(): string {
  return randomBytes(32).toString('base64url')
}

/** Where databases lie that an ordinary user could not reach below their state directory. */
export const OUTSIDE_FOLDER = '/var/lib'
/** A file beside such a database that says which state directory it belongs to: that one may be gone one day. */
export const OWNER_NOTE = 'state-directory'

/**
 * The state directory itself where an unprivileged user can get there, otherwise one under /var/lib
 * named after it: PostgreSQL refuses to run as root, and a checkout below /root (mode 0700) is common.
 */
function reachableDirectory(home: string, uid: number): string {
  // Others may pass through our state directory; what is secret in it has modes of its own.
  if (obstructionFor(uid, dirname(home)) === null) {
    chmodSync(home, statSync(home).mode | 0o011)
    return '.'
  }
  const name = createHash('sha256').update(home).digest('hex').slice(0, 12)
  const directory = join(OUTSIDE_FOLDER, `sallyport-${name}`)
  try {
    mkdirSync(directory, { recursive: true, mode: 0o711 })
    writeFileSync(join(directory, OWNER_NOTE), `${home}\n`, { mode: 0o600 })
  } catch (error) {
    throw new Error(
      `PostgreSQL must not run as root, an ordinary user cannot reach ${home}, and ${directory} cannot be made (${(error as Error).message}): set SALLYPORT_HOME to a directory whose parents others may pass through (chmod o+x)`,
    )
  }
  return directory
}

/** systemd's table of users leaves 60706…61183 to nobody: a uid of our own, one for each installation. */
const FIRST_UID = 60_706
const UIDS = 478

function unprivilegedUid(home: string): number {
  const taken = new Set(
    readFileSync('/etc/passwd', 'utf8')
      .split('\n')
      .map(line => Number(line.split(':')[2])),
  )
  const wanted = createHash('sha256').update(home).digest().readUInt32BE() % UIDS
  for (let step = 0; step < UIDS; step += 1) {
    const uid = FIRST_UID + ((wanted + step) % UIDS)
    if (!taken.has(uid)) return uid
  }
  throw new Error(`every uid from ${FIRST_UID} to ${FIRST_UID + UIDS - 1} is taken`)
}

function quoted(path: string): string {
  return `'${path.replaceAll("'", `'\\''`)}'`
}
