import { existsSync } from 'node:fs'
import { lstat, readdir, stat } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { formatAddress, type ListenAddress } from '../../config/address.ts'
import type { Config } from '../../config.ts'
import { isNeeded, KEY_NAMES } from '../../keys/key-names.ts'
import { quote } from '../../keys/key-folder.ts'
import { freeSpaceCheck } from '../../operations/health.ts'
import type { Ready } from '../ready-file.ts'
import { broken, fine, type Finding, weak } from './examination.ts'

/** The first version on which everything we use works (package.json `engines`). */
const LEAST_NODE = [20, 19] as const

export function examineNode(version: string): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const isOld = major < LEAST_NODE[0] || (major === LEAST_NODE[0] && minor < LEAST_NODE[1])
  return isOld
    ? broken('node', `Node ${version}`, 'install Node 20.19 or later')
    : fine('node', `Node ${version}`)
}

export function examineCrypto(isNative: boolean): Finding {
  return isNative
    ? fine('ssh crypto', 'compiled ciphers are in use')
    : weak(
        'ssh crypto',
        'ssh2 runs without its compiled ciphers; a transfer costs about twice the processor time',
        'with a compiler and python3 installed: npm rebuild ssh2 cpu-features',
      )
}

export async function examineState(home: string): Promise<Finding[]> {
  if (!existsSync(home))
    return [fine('state', `${home} is not there yet; the first start makes it`)]
  const { mode, uid } = await stat(home)
  const us = process.geteuid?.() ?? uid
  const findings: Finding[] = []
  if (uid !== us && us !== 0) {
    findings.push(
      broken(
        'state',
        `${home} belongs to uid ${uid}, this is uid ${us}`,
        `run as uid ${uid}, or: sudo chown -R ${us} ${quote(home)}`,
      ),
    )
  } else if ((mode & 0o066) !== 0) {
    // Passing through is fine: as root, the database's own user must reach its folder in it.
    findings.push(
      weak(
        'state',
        `${home} is open to others (mode ${octal(mode)})`,
        `chmod go-rw ${quote(home)}`,
      ),
    )
  } else {
    findings.push(fine('state', home))
  }
  const space = await freeSpaceCheck(home)()
  findings.push(
    space.ok
      ? fine('disk', 'there is room')
      : broken('disk', space.why, 'make room, or move the state with SALLYPORT_HOME'),
  )
  return findings
}

/** Looks only: `openKeys` would make what is missing and shut what is open. */
export async function examineKeys(folder: string): Promise<Finding[]> {
  const names: readonly string[] = existsSync(folder) ? await readdir(folder) : []
  const there = KEY_NAMES.filter(name => names.includes(name))
  if (there.length === 0) return [fine('keys', `none in ${folder} yet; the first start makes them`)]

  const findings: Finding[] = []
  for (const name of KEY_NAMES) {
    const path = join(folder, name)
    if (!there.includes(name)) {
      if (!isNeeded(name)) continue
      const isLost = names.includes(`${name}.pub`)
      findings.push(
        isLost
          ? broken(
              'keys',
              `${path} is missing and its public half is there`,
              'restore it from a backup; keys/README.md says what its loss means',
            )
          : weak(
              'keys',
              `${path} is missing`,
              'the next start makes it; if it was there before, restore it from a backup first',
            ),
      )
      continue
    }
    const found = await lstat(path)
    if (!found.isFile()) {
      findings.push(broken('keys', `${path} is not a file`, 'put the key itself there'))
    } else if ((found.mode & 0o077) !== 0) {
      findings.push(
        broken(
          'keys',
          `${path} can be read by others (mode ${octal(found.mode)})`,
          `chmod 600 ${quote(path)}, and rotate the key if somebody may have read it`,
        ),
      )
    }
  }
  return findings.length > 0
    ? findings
    : [fine('keys', `${there.length} in ${folder}, closed to others`)]
}

/** A database password in a file that others can read is everybody's. */
export async function examineConfigFile(path: string, config: Config): Promise<Finding> {
  if (!existsSync(path))
    return fine('configuration', 'environment and defaults; there is no sallyport.yaml')
  const { mode } = await stat(path)
  return config.database.url !== null && (mode & 0o044) !== 0
    ? broken(
        'configuration',
        `${path} names a database and can be read by others`,
        `chmod 600 ${quote(path)}`,
      )
    : fine('configuration', path)
}

export async function examinePort(
  about: string,
  address: ListenAddress,
  ready: Ready | null,
): Promise<Finding> {
  const shown = formatAddress(address)
  if (ready !== null)
    return fine(about, `${shown}: held by the bastion that runs (process ${ready.pid})`)
  const fault = await tryListening(address)
  if (fault === null) return fine(about, `${shown} is free`)
  const variable = about === 'ssh port' ? 'SALLYPORT_SSH' : 'SALLYPORT_HTTP'
  return fault === 'EADDRINUSE'
    ? broken(
        about,
        `${shown} is in use by another program`,
        `stop it (ss -ltnp names it), or set ${variable} to another address`,
      )
    : broken(
        about,
        `${shown} cannot be listened on (${fault})`,
        `set ${variable} to an address of this machine and a port from 1024 on`,
      )
}

function tryListening({ host, port }: ListenAddress): Promise<string | null> {
  return new Promise(resolve => {
    const server = createServer()
    server.once('error', error => resolve((error as NodeJS.ErrnoException).code ?? error.message))
    server.listen(port, host, () => server.close(() => resolve(null)))
  })
}

function octal(mode: number): string {
  return (mode & 0o777).toString(8).padStart(4, '0')
}
