import { readFile, rename, writeFile } from 'node:fs/promises'
import { isIP } from 'node:net'
import { resolve } from 'node:path'
import { isHostName } from '../config/address.ts'
import { parseCertificate } from '../core/certificate/parse.ts'
import type { Result } from '../core/result.ts'
import { formatKeyLine, parseBlobLine, parseKeyLine } from '../core/ssh-wire/key-line.ts'
import { authorityForAll, type HostPlace, knownHostsLine } from '../core/ssh-wire/known-hosts.ts'
import { isSameKey, type PublicKey } from '../core/ssh-wire/public-key.ts'
import { escapeControls } from '../core/verdict.ts'
import { quote } from '../keys/key-folder.ts'
import { openKey } from '../keys/open-key.ts'
import { askBastion, memberOf } from './ask-bastion.ts'
import type { Desk } from './desk.ts'
import { sshValue } from './next-steps.ts'
import type { JsonOption } from './options.ts'
import type { Status } from './screen.ts'

export interface LoginOptions extends JsonOption {
  readonly url: string
  readonly tokenFile?: string
  readonly tokenEnv?: string
  readonly key: string
  readonly task?: string
}

/** As the bastion answers; checked before it is believed. */
interface Answered {
  readonly certificate: string
  readonly agent: string
  readonly task: string | null
  readonly validBefore: string
}

/** Tokens take 8 KB at most; what is longer is something else. */
const MOST_TOKEN_BYTES = 64 * 1024

/** From a token to files that ssh finds by itself. */
export async function login(desk: Desk, options: LoginOptions): Promise<Status> {
  const { screen } = desk
  const token = await readToken(desk, options)
  if (!token.ok) return screen.misuse(token.fault)
  const path = resolve(desk.workingDirectory, options.key)
  const key = await publicKeyOf(path)
  if (!key.ok) return screen.no(key.fault)

  const issued = await askBastion(new URL('/api/certificates', options.url), {
    token: token.value,
    publicKey: formatKeyLine(key.value, ''),
    ...(options.task === undefined ? {} : { task: options.task }),
  })
  if (!issued.ok) return screen.no(issued.fault)
  const answered = readAnswer(issued.value, key.value)
  if (!answered.ok) return screen.no(answered.fault)
  const ssh = await askBastion(new URL('/api/ssh', options.url), null)
  if (!ssh.ok) return screen.no(ssh.fault)
  const side = readSshSide(ssh.value, new URL(options.url).hostname.replace(/^\[|\]$/g, ''))
  if (side === null) return screen.no(NOT_OURS)
  const { host, port } = side
  await replaceFile(`${path}-cert.pub`, `${answered.value.certificate}\n`)
  await replaceFile(`${path}-known_hosts`, knownHosts(side))
  const words = sshWords(path, port)
  const { agent, task, validBefore } = answered.value
  if (options.json) {
    screen.printJson({ agent, task, validBefore, key: path, host, port, ssh: words })
    return 0
  }
  screen.print([...words.map(quote), `LOGIN+TARGET@${quote(host)}`].join(' '))
  const forTask = task === null ? '' : `, task ${JSON.stringify(task)}`
  screen.remark(escapeControls(`You are ${agent}${forTask}, until ${validBefore}.`))
  return 0
}

async function readToken(desk: Desk, options: LoginOptions): Promise<Result<string, string>> {
  const { tokenEnv, tokenFile } = options
  if ((tokenEnv === undefined) === (tokenFile === undefined)) {
    return no('say where the token is: either --token-file or --token-env')
  }
  const token =
    tokenEnv === undefined
      ? await readTokenFile(desk, tokenFile ?? '-')
      : (process.env[tokenEnv] ?? null)
  if (token === null || token.trim() === '') {
    const where = tokenEnv === undefined ? `--token-file ${tokenFile}` : `--token-env ${tokenEnv}`
    return no(`${where}: holds no token; see that your platform has put one there`)
  }
  return { ok: true, value: token.trim() }
}

async function readTokenFile(desk: Desk, file: string): Promise<string | null> {
  try {
    const bytes =
      file === '-' ? await readInput() : await readFile(resolve(desk.workingDirectory, file))
    return bytes.length > MOST_TOKEN_BYTES ? null : bytes.toString('utf8')
  } catch {
    // Absent or not ours to read: the caller says the same of each.
    return null
  }
}

async function readInput(): Promise<Buffer> {
  const parts: Buffer[] = []
  let length = 0
  const input: AsyncIterable<Buffer> = process.stdin
  for await (const part of input) {
    parts.push(part)
    length += part.length
    if (length > MOST_TOKEN_BYTES) break
  }
  return Buffer.concat(parts)
}

/** The public half beside a key; a key that is not there is made. */
async function publicKeyOf(path: string): Promise<Result<PublicKey, string>> {
  const line = await readText(`${path}.pub`)
  if (line !== null) {
    const read = parseKeyLine(line)
    return read.ok ? { ok: true, value: read.value.key } : no(`${path}.pub: ${read.fault}`)
  }
  if ((await readText(path)) !== null) {
    return no(
      `${path}.pub is missing; make it with: ssh-keygen -y -f ${quote(path)} > ${quote(`${path}.pub`)}`,
    )
  }
  const made = await openKey(path, 'ed25519', 'sallyport login')
  return { ok: true, value: made.key.publicKey }
}

async function readText(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}

const NOT_OURS = 'what answered is no bastion of ours; check --url'

/** A certificate for another key would be of no use, and one for ours that says something else a trap. */
function readAnswer(value: unknown, key: PublicKey): Result<Answered, string> {
  const certificate = memberOf(value, 'certificate')
  const agent = memberOf(value, 'agent')
  const validBefore = memberOf(value, 'validBefore')
  if (certificate === null || agent === null || validBefore === null) return no(NOT_OURS)
  const line = parseBlobLine(certificate)
  const parsed = line.ok ? parseCertificate(line.value.blob) : line
  if (!parsed.ok) return no(NOT_OURS)
  if (!isSameKey(parsed.value.key, key)) return no('the bastion certified another key; try again')
  return { ok: true, value: { certificate, agent, task: memberOf(value, 'task'), validBefore } }
}

/** How the SSH side of the bastion is reached and known. */
interface SshSide extends HostPlace {
  readonly hostKeys: readonly string[]
  readonly hostCas: readonly string[]
}

/** `pageHost` is where we asked: SSH is there, too, unless the answer says otherwise. */
function readSshSide(value: unknown, pageHost: string): SshSide | null {
  if (typeof value !== 'object' || value === null || !('port' in value)) return null
  const { port } = value
  const host = memberOf(value, 'host') ?? pageHost
  const hostKeys = keysOf('hostKeys' in value ? value.hostKeys : null)
  const hostCas = keysOf('hostCas' in value ? value.hostCas : null)
  const isPort = typeof port === 'number' && Number.isInteger(port) && port > 0 && port < 65_536
  if (!isPort || hostKeys.length === 0 || !isPlainHost(host)) return null
  return { host, port, hostKeys, hostCas }
}

/** Read and written again: what comes over the wire becomes no line of known_hosts as it is. */
function keysOf(lines: unknown): readonly string[] {
  if (!Array.isArray(lines)) return []
  return lines.flatMap(line => {
    const read = typeof line === 'string' ? parseKeyLine(line) : null
    return read?.ok === true ? [formatKeyLine(read.value.key, '')] : []
  })
}

function isPlainHost(host: string): boolean {
  return isIP(host) !== 0 || isHostName(host)
}

/** This file is read only on the way through this bastion, so its CA may speak for the targets behind it. */
function knownHosts(side: SshSide): string {
  const lines = [
    ...side.hostCas.map(authorityForAll),
    ...side.hostKeys.map(key => knownHostsLine([side], key)),
  ]
  return lines.map(line => `${line}\n`).join('')
}

/** What follows is LOGIN+TARGET@HOST; ssh finds KEY-cert.pub beside the key. */
function sshWords(path: string, port: number): string[] {
  const knownHostsFile = `UserKnownHostsFile=${sshValue(`${path}-known_hosts`)}`
  return ['ssh', '-i', path, '-o', 'IdentitiesOnly=yes', '-o', knownHostsFile, '-p', String(port)]
}

/** At once or not at all: ssh may read the file at this very moment. */
async function replaceFile(path: string, text: string): Promise<void> {
  const fresh = `${path}.${process.pid}`
  await writeFile(fresh, text, { mode: 0o644 })
  await rename(fresh, path)
}

const no = (fault: string): { ok: false; fault: string } => ({ ok: false, fault })
