import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { delimiter, join } from 'node:path'
import type { Target } from '../../server/core/access.ts'

/** A real OpenSSH server of the current user, on loopback, with keys of its own. */
export interface Sshd {
  readonly host: string
  readonly port: number
  /** Whom it lets in: nobody but the current user. */
  readonly login: string
  /** The private key that it lets in, as a path and as text. */
  readonly keyFile: string
  readonly key: string
  /** One authorized_keys-style line. */
  readonly hostKey: string
  readonly directory: string
  readonly pid: number
  /** What it has said last, some kilobytes of it. */
  log(): string
  /** A registered target that is this server. */
  target(change?: Partial<Target>): Target
  /** Ends the processes that serve its connections, as a machine does that is gone. */
  cutOff(): void
  stop(): Promise<void>
}

const LOG_MOST_CHARACTERS = 16_384

export interface SshdSettings {
  /** Types of host keys; the first is the pinned one. None where `lines` name them. */
  readonly hostKeys?: readonly ('ed25519' | 'ecdsa' | 'rsa')[]
  /** Further lines of sshd_config; sshd takes the first of a kind that it reads. */
  readonly lines?: readonly string[]
  /** Variables of its sessions, besides HOME, which is an empty folder: nobody's start-up files are part of a test. */
  readonly environment?: Readonly<Record<string, string>>
  readonly port?: number
}

/** Starts an OpenSSH server and resolves once it listens. */
export async function startSshd(settings: SshdSettings = {}): Promise<Sshd> {
  const { hostKeys = ['ed25519'], lines = [], environment = {} } = settings
  const directory = await mkdtemp(join(tmpdir(), 'sallyport-sshd-'))
  const keyFile = join(directory, 'client')
  makeKey(keyFile, 'ed25519')
  const hostKeyFiles = hostKeys.map(type => {
    const file = join(directory, `host_${type}`)
    makeKey(file, type)
    return file
  })
  // As root, sshd insists on this directory, which the system makes at boot and a container never does.
  if (process.getuid?.() === 0) mkdirSync('/run/sshd', { recursive: true, mode: 0o755 })

  const home = join(directory, 'home')
  mkdirSync(home)
  const variables = Object.entries({ HOME: home, ...environment })
  const login = userInfo().username
  const port = settings.port ?? (await findFreePort())
  const configFile = join(directory, 'sshd_config')
  await writeFile(
    configFile,
    [
      ...lines,
      `SetEnv ${variables.map(([name, value]) => `"${name}=${value}"`).join(' ')}`,
      `ListenAddress 127.0.0.1:${port}`,
      ...hostKeyFiles.map(file => `HostKey "${file}"`),
      `AuthorizedKeysFile "${keyFile}.pub"`,
      'PidFile none',
      'StrictModes no',
      'UsePAM no',
      'PasswordAuthentication no',
      'KbdInteractiveAuthentication no',
      'PermitRootLogin prohibit-password',
      'PrintMotd no',
      'PrintLastLog no',
      'MaxSessions 100',
      'MaxStartups 200',
      'AcceptEnv LANG LC_* SALLYPORT_TEST_*',
      '',
    ].join('\n'),
  )
  const child = spawn(findSshd(), ['-D', '-e', '-f', configFile], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  // Also where a test run breaks off without its hooks.
  const endWithUs = (): void => void child.kill()
  process.once('exit', endWithUs)
  let said = ''
  child.stderr.on('data', (chunk: Buffer) => {
    said = `${said}${chunk.toString()}`.slice(-LOG_MOST_CHARACTERS)
  })
  await untilListening(child, () => said)
  const [firstHostKey] = hostKeyFiles
  const hostKey = firstHostKey === undefined ? '' : publicKeyLine(firstHostKey)
  return {
    host: '127.0.0.1',
    port,
    login,
    keyFile,
    key: readFileSync(keyFile, 'utf8'),
    hostKey,
    directory,
    pid: child.pid ?? 0,
    log: () => said,
    target: change => ({
      id: 'target-1',
      name: 'box',
      host: '127.0.0.1',
      port,
      logins: [login],
      trust: { by: 'host-key', publicKey: hostKey },
      credential: { is: 'key-file', path: keyFile },
      shell: 'bash',
      tags: [],
      restricted: false,
      ...change,
    }),
    cutOff() {
      for (const pid of childrenOf(child.pid ?? 0)) process.kill(pid, 'SIGKILL')
    },
    async stop() {
      process.off('exit', endWithUs)
      child.kill()
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
      await rm(directory, { recursive: true, force: true })
    },
  }
}

/** Makes a key pair without a passphrase with ssh-keygen: `file` and `file.pub`. */
export function makeKey(file: string, type: 'ed25519' | 'ecdsa' | 'rsa', bits?: number): void {
  const size = bits === undefined ? [] : ['-b', String(bits)]
  execFileSync('ssh-keygen', ['-q', '-t', type, ...size, '-N', '', '-C', '', '-f', file])
}

/** A type of key with its size, as this is written for people. */
export type KeySize = 'ed25519' | `ecdsa ${256 | 384 | 521}` | `rsa ${number}`

/** Makes a key pair of exactly this size: `file` and `file.pub`. */
export function makeSizedKey(file: string, size: KeySize): void {
  const [type, bits] = size.split(' ')
  makeKey(file, type as 'ed25519' | 'ecdsa' | 'rsa', bits === undefined ? bits : Number(bits))
}

/** The first two fields of a `.pub` file. */
export function publicKeyLine(privateKeyFile: string): string {
  return readFileSync(`${privateKeyFile}.pub`, 'utf8').trim().split(' ').slice(0, 2).join(' ')
}

/** sshd(8) has to be started by its full path, which is seldom in an ordinary user's PATH. */
export function findSshd(): string {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin']
  const found = folders.map(folder => join(folder, 'sshd')).find(path => existsSync(path))
  if (found === undefined) throw new Error('no sshd found; install the package openssh-server')
  return found
}

export async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

function untilListening(child: ChildProcess, said: () => string): Promise<void> {
  return new Promise((resolve, reject) => {
    child.stderr?.on('data', () => {
      if (said().includes('Server listening')) resolve()
    })
    child.once('error', reject)
    child.once('exit', code => reject(new Error(`sshd ended with ${code}: ${said()}`)))
  })
}

function childrenOf(parent: number): number[] {
  return execFileSync('ps', ['-eo', 'pid=,ppid='], { encoding: 'utf8' })
    .split('\n')
    .flatMap(line => {
      const [pid, ppid] = line.trim().split(/\s+/).map(Number)
      return ppid === parent && pid !== undefined ? [pid] : []
    })
}
