import type { ChildProcess } from 'node:child_process'

/** The keys an agent may have. RSA stands here twice, because it is the client who chooses the hash. */
export const KEY_NAMES = [
  'ed25519',
  'ecdsa-256',
  'ecdsa-384',
  'ecdsa-521',
  'rsa-sha2-256',
  'rsa-sha2-512',
  'sk-ed25519',
  'sk-ecdsa',
] as const
export type KeyName = (typeof KEY_NAMES)[number]

/** What a client can do besides logging in with each key. */
export const DEEDS = ['denial', 'terminal', 'jump'] as const
export type Deed = (typeof DEEDS)[number]

/** A key with its certificate in `${file}-cert.pub`. Security keys have no `file` but an agent that holds them. */
export interface ClientKey {
  readonly name: KeyName
  readonly file: string
  /** The socket of an agent that signs with this key alone; null where `file` is the private key. */
  readonly agent: string | null
}

/** What a client is asked to do. */
export interface Task {
  readonly host: string
  readonly port: number
  readonly user: string
  readonly key: ClientKey
  readonly command: string
  readonly terminal: boolean
  /** Goes on from the bastion to this target, as `ssh -J` does. */
  readonly jump: { readonly host: string; readonly user: string } | null
  /** For files that the client wants; the place it is started in. */
  readonly folder: string
  readonly hosts: KnownHosts
}

/** How the bastion and its targets can be known. */
export interface KnownHosts {
  /** A known_hosts with one `@cert-authority` line and nothing else. */
  readonly byCa: string
  /** A known_hosts of plain host keys. */
  readonly byKey: string
  /** The host CA's public key: type and base64. */
  readonly ca: string
}

/** A client on this machine, or why there is none. */
export type Found =
  | { readonly is: 'here'; readonly version: string }
  | { readonly is: 'missing'; readonly why: string }

/** What a client cannot do: it is tried and then says this, or it has no way to be asked. */
export type Cannot = { readonly says: RegExp } | { readonly because: string }
export type Inabilities = Readonly<Partial<Record<KeyName | Deed, Cannot>>>

export interface RealClient {
  readonly name: string
  /** What it knows the bastion by in these tests; the CA wherever it can. */
  readonly knowsHostBy: 'host CA' | 'host key' | 'nothing'
  find(): Found
  cannot(version: string): Inabilities
  /** Runs the command as `ssh` does: its input is ours, its output and exit status are the command's. */
  start(task: Task): ChildProcess
}

export function here(version: string): Found {
  return { is: 'here', version }
}

export function missing(why: string): Found {
  return { is: 'missing', why }
}

/** The same inability for several. */
export function each(names: readonly (KeyName | Deed)[], cannot: Cannot): Inabilities {
  return Object.fromEntries(names.map(name => [name, cannot]))
}

/** Whether `version` comes before `other`, number by number. */
export function isBefore(version: string, other: string): boolean {
  return version.localeCompare(other, 'en', { numeric: true }) < 0
}
