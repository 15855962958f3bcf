import { access, constants } from 'node:fs/promises'
import { isIP } from 'node:net'
import { formatAddress, isHostName } from '../config/address.ts'
import type { HostTrust } from '../core/access.ts'
import type { NewTarget } from '../core/ports/administration.ts'
import type { Result } from '../core/result.ts'
import { formatKeyLine, parseKeyLine } from '../core/ssh-wire/key-line.ts'
import type { Desk } from './desk.ts'
import type { JsonOption } from './options.ts'
import type { Status } from './screen.ts'
import { type CredentialOptions, howToLetIn, readCredential } from './target-credential.ts'
import { addressOf, targetJson, trustText } from './target-words.ts'

export interface AddOptions extends JsonOption, CredentialOptions {
  readonly host: string
  readonly port: number
  readonly login: readonly string[]
  readonly hostKey?: string
  readonly hostCa?: string
  readonly scan?: true
  readonly fingerprint?: string
  readonly shell: 'bash' | 'sh'
  readonly tag?: readonly string[]
}

/** Registers a machine, once its host key is known for sure. */
export async function addTarget(desk: Desk, asked: string, options: AddOptions): Promise<Status> {
  const { screen } = desk
  if (isIP(options.host) === 0 && !isHostName(options.host)) {
    return screen.misuse(`--host: ${options.host} is neither an address nor a host name`)
  }
  const ways = [options.hostKey, options.hostCa, options.scan].filter(way => way !== undefined)
  if (ways.length !== 1) {
    return screen.misuse(
      'say how to know the machine: exactly one of --host-key LINE, --host-ca LINE or --scan',
    )
  }
  if (options.fingerprint !== undefined && options.scan === undefined) {
    return screen.misuse('--fingerprint goes with --scan')
  }
  const credential = readCredential(desk, options)
  if (!credential.ok) return screen.misuse(credential.fault)
  const { targets } = await desk.books()
  if ((await targets.find(asked)) !== null) return screen.no(inUse(asked))

  if (credential.value.is === 'key-file' && !(await isReadable(credential.value.path))) {
    return screen.no(`--key: ${credential.value.path} cannot be read`)
  }
  const trust = await hostTrust(desk, options)
  if (!trust.ok) return screen.no(trust.fault)

  const wanted: NewTarget = {
    name: asked,
    host: options.host,
    port: options.port,
    logins: [...new Set(options.login)],
    trust: trust.value,
    credential: credential.value,
    shell: options.shell,
    tags: [...new Set(options.tag ?? [])],
    restricted: false,
  }
  const added = await targets.add(wanted, desk.by)
  if (!added.ok) return screen.no(inUse(asked))

  if (options.json) {
    screen.printJson(targetJson(added.value))
  } else {
    screen.print(
      `target ${asked} added: ${addressOf(added.value)}, ${trustText(added.value.trust)}`,
    )
  }
  const way = await howToLetIn(desk, wanted)
  if (way !== null) screen.remark(`${way}\nThen: sallyport target check ${asked}`)
  return 0
}

function inUse(asked: string): string {
  return `there is a target ${asked} already; remove it first (sallyport target remove ${asked}) or choose another name`
}

async function hostTrust(desk: Desk, options: AddOptions): Promise<Result<HostTrust, string>> {
  if (options.hostKey !== undefined) return pinned('host-key', '--host-key', options.hostKey)
  if (options.hostCa !== undefined) return pinned('host-ca', '--host-ca', options.hostCa)

  const machines = await desk.machines()
  const scanned = await machines.scan(options.host, options.port)
  if (!scanned.ok) {
    const where = formatAddress({ host: options.host, port: options.port })
    return { ok: false, fault: `${where}: ${scanned.fault}` }
  }
  const { publicKey, fingerprint: shown } = scanned.value
  const trust: HostTrust = { by: 'host-key', publicKey }
  if (options.fingerprint !== undefined) {
    return options.fingerprint === shown
      ? { ok: true, value: trust }
      : {
          ok: false,
          fault: `${options.host}:${options.port} has the host key ${shown}, not ${options.fingerprint}; nothing was added`,
        }
  }
  if (!desk.screen.canAsk) {
    return {
      ok: false,
      fault: `${options.host}:${options.port} has the host key ${shown} and nobody is here to confirm it; compare it with the machine itself (ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub) and repeat with --fingerprint ${shown}`,
    }
  }
  desk.screen.remark(
    `${options.host}:${options.port} presents the host key\n  ${shown} (${publicKey.split(' ')[0]})\nCompare it with the machine itself: ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub`,
  )
  const answer = await desk.screen.ask('Is it the same? (yes/no) ')
  return answer?.trim().toLowerCase() === 'yes'
    ? { ok: true, value: trust }
    : { ok: false, fault: 'not confirmed; nothing was added' }
}

/** Takes the line of a .pub file, or one of known_hosts or ssh-keyscan, whose first word is a host. */
function pinned(by: HostTrust['by'], option: string, line: string): Result<HostTrust, string> {
  const direct = parseKeyLine(line)
  const read = direct.ok ? direct : parseKeyLine(line.trim().split(/\s+/).slice(1).join(' '))
  if (!read.ok) return { ok: false, fault: `${option}: ${direct.ok ? '' : direct.fault}` }
  return { ok: true, value: { by, publicKey: formatKeyLine(read.value.key, '') } }
}

async function isReadable(path: string): Promise<boolean> {
  try {
    await access(path, constants.R_OK)
    return true
  } catch {
    // Whatever the reason: the answer to "can it be read?" is no.
    return false
  }
}
