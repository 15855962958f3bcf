import { existsSync, readFileSync, realpathSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Stranger, Surroundings } from './confinement.ts'
import { CONFINED_HOME } from './inmate.ts'

export interface Whereabouts {
  /** Where the project lies: the folder of package.json. */
  readonly project: string
  /** Keys, state, policies: whatever a target must not see. */
  readonly secretFolders: readonly string[]
  /** The configuration and the keys it names, where there are any. */
  readonly secretFiles: readonly string[]
  /** Our own folder in the state, for files that the confined process sees in place of others. */
  readonly folder: string
  readonly shared: string
  readonly login: string
  readonly shell: string
}

/** What a process of this project is made of. */
const OWN_PARTS = ['dist', 'server', 'node_modules', 'package.json', 'tsconfig.json']
/** Sockets of desktops, agents and daemons lie here; systemd would start programs outside for whoever asks. */
const SYSTEM_FOLDERS = ['/tmp', '/run', '/dev/shm']
/** Homes that are no homes, and would take the system with them. */
const NO_HOMES = new Set([
  '/',
  '/usr',
  '/var',
  '/etc',
  '/bin',
  '/sbin',
  '/opt',
  '/srv',
  '/nonexistent',
])
const STASHES = ['/mnt', '/media', '/opt', '/srv']

/** Looks at this machine and says what to hide and what to keep. */
export function lookAround(at: Whereabouts, { uid, gid }: Stranger): Surroundings {
  const home = real(homedir())
  const hiddenFolders = [
    ...SYSTEM_FOLDERS,
    ...(home === null || NO_HOMES.has(home) ? [] : [home]),
    ...at.secretFolders,
  ]
    .map(real)
    .filter(path => path !== null)
  const shown = [...OWN_PARTS.map(part => join(at.project, part)), process.execPath]
    .map(real)
    .filter(path => path !== null)
  const shared = realpathSync(at.shared)
  const involved = [...hiddenFolders, ...shown, shared]
  const stash = STASHES.find(
    folder => existsSync(folder) && !involved.some(path => `${path}/`.startsWith(`${folder}/`)),
  )
  return {
    hiddenFolders: [...new Set(hiddenFolders)],
    hiddenFiles: at.secretFiles.map(real).filter(path => path !== null),
    shown: [...new Set(shown)],
    replaced: [
      {
        from: withLine(
          at.folder,
          'passwd',
          `${at.login}:x:${uid}:${gid}:Sallyport demonstration:${CONFINED_HOME}:${at.shell}`,
        ),
        at: '/etc/passwd',
      },
      { from: withLine(at.folder, 'group', `${at.login}:x:${gid}:`), at: '/etc/group' },
    ],
    shared,
    stash: stash ?? dirname(shared),
  }
}

/** Numbers below are people's and daemons', above are containers' and systemd's; 64 states on one machine have their own. */
const FIRST_STRANGER = 64_700
const STRANGERS = 64

/**
 * A user that nobody is: not root, not the bastion's, not PostgreSQL's. `seed` spreads several bastions
 * on one machine over different ones, so that none can touch another's demonstration.
 */
export function findStranger(seed: number): Stranger {
  const taken = new Set([...idsIn('/etc/passwd'), ...idsIn('/etc/group')])
  for (let step = 0; step < STRANGERS; step += 1) {
    const id = FIRST_STRANGER + ((seed + step) % STRANGERS)
    if (!taken.has(id)) return { uid: id, gid: id }
  }
  throw new Error(`every user from ${FIRST_STRANGER} on is taken in /etc/passwd`)
}

function idsIn(file: string): number[] {
  if (!existsSync(file)) return []
  return readFileSync(file, 'utf8')
    .split('\n')
    .map(line => Number(line.split(':')[2] ?? Number.NaN))
}

/** A copy of a system file with one line more, so that the user inside has a name and a home. */
function withLine(folder: string, name: string, line: string): string {
  const path = join(folder, name)
  const original = existsSync(`/etc/${name}`) ? readFileSync(`/etc/${name}`, 'utf8') : ''
  const others = original
    .split('\n')
    .filter(other => other !== '' && !other.startsWith(`${line.split(':')[0]}:`))
  writeFileSync(path, `${[...others, line].join('\n')}\n`, { mode: 0o644 })
  return path
}

function real(path: string): string | null {
  return existsSync(path) ? realpathSync(path) : null
}
