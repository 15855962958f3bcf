import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeKey, publicKeyLine } from './sshd.ts'

export type UserKeyType = 'ed25519' | 'ecdsa' | 'rsa'

/** A user CA and a host key, made by ssh-keygen in a folder of their own. */
export interface Keyring {
  readonly directory: string
  /** One line each. */
  readonly userCa: string
  readonly hostKey: string
  readonly hostKeyFile: string
  /** A client's key with a certificate of the CA: the path of the private key. */
  certify(terms?: CertificateTerms): string
  /** Without a certificate. */
  plainKey(type?: UserKeyType): string
  remove(): void
}

export interface CertificateTerms {
  readonly type?: UserKeyType
  readonly bits?: number
  readonly principals?: string
  readonly keyId?: string
  /** As `ssh-keygen -V` reads it. */
  readonly validity?: string
  /** Each as `ssh-keygen -O` reads it. */
  readonly options?: readonly string[]
  readonly serial?: number
  /** Signs with another CA, by the path of its private key. */
  readonly ca?: string
}

export function makeKeyring(): Keyring {
  const directory = mkdtempSync(join(tmpdir(), 'sallyport-ssh-'))
  const ca = join(directory, 'user_ca')
  const hostKeyFile = join(directory, 'host_key')
  makeKey(ca, 'ed25519')
  makeKey(hostKeyFile, 'ed25519')
  let made = 0
  const plainKey = (type: UserKeyType = 'ed25519', bits?: number): string => {
    made += 1
    const file = join(directory, `key-${made}`)
    makeKey(file, type, bits)
    return file
  }
  return {
    directory,
    userCa: publicKeyLine(ca),
    hostKey: publicKeyLine(hostKeyFile),
    hostKeyFile,
    plainKey,
    certify(terms = {}) {
      const file = plainKey(terms.type, terms.bits)
      const principals = terms.principals === '' ? [] : ['-n', terms.principals ?? 'alice']
      const options = (terms.options ?? []).flatMap(option => ['-O', option])
      execFileSync(
        'ssh-keygen',
        ['-q', '-s', terms.ca ?? ca, '-I', terms.keyId ?? 'key-of-alice'].concat(
          principals,
          ['-V', terms.validity ?? '-5m:+15m', '-z', String(terms.serial ?? 7)],
          options,
          [`${file}.pub`],
        ),
      )
      return file
    },
    remove: () => rmSync(directory, { recursive: true, force: true }),
  }
}

/** Where `ssh` shall go, and as whom. */
export interface Destination {
  readonly host: string
  readonly port: number
  readonly userName: string
  /** One authorized_keys-style line. */
  readonly hostKey: string
  readonly keyFile: string
}

export interface Ran {
  readonly status: number | null
  readonly stdout: Buffer
  readonly stderr: string
}

/** What `ssh` needs before its own arguments, so that nothing of this machine's settings counts. */
export function sshArguments(to: Destination, directory: string): string[] {
  const knownHosts = join(directory, `known_hosts_${to.port}`)
  writeFileSync(knownHosts, `[${to.host}]:${to.port} ${to.hostKey}\n`)
  const settings = [
    'IdentitiesOnly=yes',
    'IdentityAgent=none',
    'BatchMode=yes',
    `UserKnownHostsFile="${knownHosts}"`,
    'GlobalKnownHostsFile=/dev/null',
    'StrictHostKeyChecking=yes',
    'UpdateHostKeys=no',
  ]
  return ['-F', '/dev/null', '-p', String(to.port), '-l', to.userName, '-i', to.keyFile].concat(
    settings.flatMap(setting => ['-o', setting]),
  )
}

/** `ssh` takes the first value it reads for a setting, so `options` go before ours. */
export function startSsh(
  to: Destination,
  directory: string,
  options: readonly string[],
  command: readonly string[],
  env: Readonly<Record<string, string>> = {},
): ChildProcess {
  return spawn('ssh', [...options, ...sshArguments(to, directory), to.host, ...command], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  })
}

/** Runs `ssh` to its end and collects what it says. */
export async function runSsh(
  to: Destination,
  directory: string,
  {
    options = [],
    command,
    input = '',
    env = {},
  }: {
    options?: readonly string[]
    command: readonly string[]
    input?: string | Buffer
    env?: Readonly<Record<string, string>>
  },
): Promise<Ran> {
  return collect(startSsh(to, directory, options, command, env), input)
}

/** Feeds a process and collects what it says until it has ended. */
export async function collect(child: ChildProcess, input: string | Buffer = ''): Promise<Ran> {
  const stdout: Buffer[] = []
  const stderr: Buffer[] = []
  child.stdout?.on('data', (chunk: Buffer) => stdout.push(chunk))
  child.stderr?.on('data', (chunk: Buffer) => stderr.push(chunk))
  // A program that ends early closes its input under us, which is its right.
  child.stdin?.on('error', () => undefined)
  child.stdin?.end(input)
  const [status] = (await once(child, 'close')) as [number | null]
  return { status, stdout: Buffer.concat(stdout), stderr: Buffer.concat(stderr).toString() }
}
