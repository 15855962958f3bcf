import { spawnSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { join } from 'node:path'
import { fetchNewerClients } from './support/clients/newer-clients.ts'

// Everything the tests run against that npm does not bring: real clients, real servers, real shells, a
// real browser. Missing packages are installed where that is possible without a question; otherwise
// this names exactly what is missing and fails, so that no test is skipped without anybody noticing.

interface Need {
  /** Any one of these will do; an absolute path is looked at as it is. */
  readonly programs: readonly string[]
  /** Debian's and Ubuntu's package; other systems call it much the same. */
  readonly packages: readonly string[]
  readonly what: string
}

/** Debian's package is `chromium`; Ubuntu's of that name needs a daemon, but Debian is what CI runs. */
const NEEDS: readonly Need[] = [
  need('ssh', 'openssh-client', 'the client that decides what is correct'),
  need('ssh-keygen', 'openssh-client', 'the other program that makes and reads certificates'),
  need('sshd', 'openssh-server', 'targets'),
  {
    programs: ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'],
    packages: ['chromium'],
    what: 'the browser part is tried in one',
  },
  need('strace', 'strace', 'the judge is compared with what a shell really ran'),
  need('bash', 'bash', 'a shell a target may have'),
  need('dash', 'dash', 'a shell a target may have'),
  need('busybox', 'busybox', 'a shell a target may have'),
  need('zsh', 'zsh', 'a shell a target may have'),
  need('fish', 'fish', 'a shell a target may have'),
  need('mksh', 'mksh', 'a shell a target may have'),
  need('tcsh', 'tcsh', 'a shell a target may have'),
  need('expect', 'expect', 'a person at a terminal'),
  need('ansible', 'ansible-core', 'drives many machines over ssh'),
  need('tmux', 'tmux', 'a program that drives terminals, and one that fills them'),
  need('vi', 'vim-tiny', 'an editor in an interactive session'),
  need('less', 'less', 'a pager in an interactive session'),
  need('plink', 'putty-tools', 'PuTTY as a client'),
  need('dbclient', 'dropbear-bin', 'dropbear as a client'),
  need('rsync', 'rsync', 'a client of its own over ssh'),
  need('git', 'git', 'a client of its own over ssh'),
  need('curl', 'curl', 'the recipes for CI jobs are followed to the letter'),
  need('jq', 'jq', 'the recipes for CI jobs are followed to the letter'),
  need('bwrap', 'bubblewrap', 'the sandbox of hostile command lines and of the demonstration'),
  need('sudo', 'sudo', 'lines that change the user'),
  need('setpriv', 'util-linux', 'tests run as an ordinary user, too'),
  need('script', 'bsdutils', 'a terminal for a program'),
  need('ps', 'procps', 'tests look for what was left running'),
  need('unshare', 'util-linux', 'the demonstration target is confined with it'),
]

/** By the name python imports. The distribution's python is asked: another one does not see its packages. */
const PYTHON = '/usr/bin/python3'
const MODULES: Readonly<Record<string, string>> = {
  paramiko: 'python3-paramiko',
  pexpect: 'python3-pexpect',
  asyncssh: 'python3-asyncssh',
}

/** Where servers and packaged programs lie that are not in everybody's PATH. */
const FOLDERS = [
  ...(process.env['PATH'] ?? '').split(':'),
  '/usr/local/sbin',
  '/usr/sbin',
  '/sbin',
  '/usr/local/bin',
  '/usr/bin',
  '/bin',
]

const missing = findMissing()
if (missing.size > 0) {
  install([...missing.keys()])
  const left = findMissing()
  if (left.size > 0) explain(left)
}

// Newer clients besides, which no distribution has beside its own. Where they cannot be had, the table of
// clients says why: they are no reason to run no tests.
const newer = await fetchNewerClients()
if (newer.is === 'missing') console.error(`test/setup: newer clients: ${newer.why}`)

/** Packages that are missing, each with what it is for. */
function findMissing(): Map<string, string> {
  const packages = new Map<string, string>()
  for (const { programs, packages: names, what } of NEEDS) {
    if (programs.some(isThere)) continue
    for (const name of names) packages.set(name, `${programs.join(' or ')}: ${what}`)
  }
  for (const module of missingModules()) {
    packages.set(MODULES[module] ?? module, `python module ${module}: a client library`)
  }
  return packages
}

function isThere(program: string): boolean {
  // The tests take a browser from this variable first.
  if (program === 'chromium' && process.env['CHROMIUM'])
    return isExecutable(process.env['CHROMIUM'])
  return FOLDERS.some(folder => folder !== '' && isExecutable(join(folder, program)))
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false // absent, or not for us: the tests could not run it either
  }
}

/** One start of python for all of them: it takes longer than everything else here. */
function missingModules(): string[] {
  const names = Object.keys(MODULES)
  const script = `import importlib.util as u; print(*[m for m in ${JSON.stringify(names)} if u.find_spec(m) is None])`
  const { status, stdout } = spawnSync(PYTHON, ['-c', script], { encoding: 'utf8' })
  return status === 0 ? stdout.split(/\s+/).filter(name => name !== '') : names
}

/** With apt-get, as root or where sudo asks nothing. Its own words are shown: it may fail for any reason. */
function install(packages: readonly string[]): void {
  if (!isThere('apt-get')) return
  const before = mayBecomeRoot()
  if (before === null) return
  console.error(`test/setup: installing ${packages.join(' ')}`)
  const environment = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const apt = (...parameters: string[]): number | null => {
    const [program = '', ...rest] = [...before, 'apt-get', '-qq', ...parameters]
    return spawnSync(program, rest, { env: environment, stdio: ['ignore', 2, 2] }).status
  }
  const wanted = ['install', '--yes', '--no-install-recommends', ...packages]
  // A list of packages that is out of date, or was never fetched, is the usual reason to fail.
  if (apt(...wanted) !== 0 && apt('update') === 0) apt(...wanted)
}

function mayBecomeRoot(): string[] | null {
  if (process.getuid?.() === 0) return []
  const hasSudo = spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore' }).status === 0
  return hasSudo ? ['sudo', '-n', 'DEBIAN_FRONTEND=noninteractive'] : null
}

function explain(left: ReadonlyMap<string, string>): void {
  console.error('test/setup: the tests need these, and they are not here:\n')
  for (const [name, why] of left) console.error(`  ${name.padEnd(18)} ${why}`)
  console.error(
    `\nOn Debian and Ubuntu:  sudo apt-get install ${[...left.keys()].join(' ')}\nElsewhere the packages have much the same names. Then run npm test again.`,
  )
  process.exitCode = 1
}

function need(program: string, name: string, what: string): Need {
  return { programs: [program], packages: [name], what }
}
