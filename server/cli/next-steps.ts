import { mkdirSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import type { Config } from '../config.ts'
import { authorityLine } from '../core/ssh-wire/known-hosts.ts'
import { quote } from '../keys/key-folder.ts'
import { DEMO_LOGIN, DEMO_TARGET } from './offer-demo.ts'

export interface Whereabouts {
  readonly config: Pick<Config, 'home' | 'keys'>
  readonly ssh: {
    readonly host: string
    readonly port: number
    /** One authorized_keys-style line each. */
    readonly hostCas: readonly string[]
  }
  /** True when the demonstration target is there to try things on. */
  readonly hasDemo: boolean
  readonly workingDirectory: string
  /** The command as this process was started: the compiled file, or the sources under tsx. */
  readonly command: readonly string[]
  readonly env: Readonly<Record<string, string | undefined>>
}

/** The agent and the task of the first look; anybody may use other names. */
const AGENT = 'first-agent'
const TASK = 'first-look'
const POLICY = 'investigator'
/** One that the policy lets run, and one that it does not. */
export const ALLOWED = 'uname -sr; uptime'
export const DENIED = 'cat /etc/shadow'

/**
 * What to paste into a second terminal, in the same folder: a key, a certificate, a grant, an allowed
 * command, a denied one, and the link to watch both. Writes the known_hosts file they use, so that
 * nothing asks a question.
 */
export function nextSteps(at: Whereabouts): string[] {
  const sallyport = sallyportCommand(at)
  if (!at.hasDemo) return [`${sallyport} target list`, `${sallyport} sign-in`]

  const folder = join(at.config.home, 'first-look')
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const here = { host: reachable(at.ssh.host), port: at.ssh.port }
  const known = at.ssh.hostCas.map(ca => `${authorityLine([here], ca)}\n`)
  writeFileSync(join(folder, 'known_hosts'), known.join(''), { mode: 0o600 })
  const path = (name: string): string => shortPath(join(folder, name), at.workingDirectory)
  const key = quote(path('agent'))
  const ssh = [
    // -n: pasted all at once, the lines below must not become the command's input.
    'ssh -n -F none',
    `-p ${at.ssh.port}`,
    `-i ${key}`,
    `-o ${quote(`CertificateFile=${sshValue(path('agent-cert.pub'))}`)}`,
    '-o IdentitiesOnly=yes -o IdentityAgent=none',
    `-o ${quote(`UserKnownHostsFile=${sshValue(path('known_hosts'))}`)}`,
    `${DEMO_TARGET}@${reachable(at.ssh.host)}`,
  ].join(' ')
  return [
    `rm -f ${key} ${key}.pub && ssh-keygen -q -t ed25519 -N '' -C ${AGENT} -f ${key}`,
    `${sallyport} cert issue --agent ${AGENT} --task ${TASK} --public-key ${key}.pub --for 1h > ${quote(path('agent-cert.pub'))}`,
    `${sallyport} grant create --agent ${AGENT} --task ${TASK} --target ${DEMO_TARGET} --login ${DEMO_LOGIN} --policy ${POLICY} --for 1h --reason 'a first look'`,
    `${ssh} ${quote(ALLOWED)}`,
    `${ssh} ${quote(DENIED)}`,
    `${sallyport} sign-in`,
  ]
}

/** Where a client on this machine connects to. */
export function reachable(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1'
  return host === '::' ? '::1' : host
}

/** ssh splits some values at spaces unless they are in quotes, and reads % as the beginning of a token. */
export function sshValue(path: string): string {
  const plain = path.replaceAll('%', '%%')
  return /\s/.test(plain) ? `"${plain}"` : plain
}

/** With the settings that a second terminal would lack. A database URL is left out: it is a secret. */
function sallyportCommand({ command, config, env, workingDirectory }: Whereabouts): string {
  const settings = [
    ['SALLYPORT_CONFIG', env['SALLYPORT_CONFIG']],
    ['SALLYPORT_HOME', env['SALLYPORT_HOME'] ? config.home : undefined],
    ['SALLYPORT_KEYS', env['SALLYPORT_KEYS'] ? config.keys : undefined],
  ].flatMap(([name, value]) => (value ? [`${name}=${quote(value)}`] : []))
  const words = command.map(word => quote(shortPath(word, workingDirectory)))
  return [...settings, ...words].join(' ')
}

/** Relative where it lies inside the working directory: shorter, and free of a checkout's odd name. */
function shortPath(path: string, workingDirectory: string): string {
  if (!path.startsWith('/')) return path
  const short = relative(workingDirectory, path)
  return short === '' || short.startsWith('..') ? path : short
}
