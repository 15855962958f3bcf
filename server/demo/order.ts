import { readlinkSync } from 'node:fs'

/** What the process of the demonstration target is told, as one line of JSON on its standard input. */
export interface Order {
  /** Where it listens: a socket in the file system, which needs no network. */
  readonly socket: string
  /** Private key, as OpenSSH writes it. Not on the command line, which everybody can read. */
  readonly hostKey: string
  /** The only key that may log in: the bastion's, one authorized_keys-style line. */
  readonly authorizedKey: string
  readonly login: string
  /** Home of the programs; made fresh. */
  readonly home: string
  /** To become, after everything is loaded; null where this process is not root. */
  readonly becomes: { readonly uid: number; readonly gid: number } | null
  /** What must turn out to be out of reach; null where nothing was confined. */
  readonly forbidden: {
    /** Folders and files that must not be readable. */
    readonly read: readonly string[]
    /** Folders in which nothing may be made. */
    readonly write: readonly string[]
    /** The bastion's own process, which must be out of reach, and its process namespace. */
    readonly pid: number
    readonly pidNamespace: string | null
  } | null
}

/** Its answer, as one line on its standard output. */
export type Report = { readonly ready: true } | { readonly ready: false; readonly fault: string }

/** The longest line either side takes. */
export const LINE_MOST_BYTES = 64 * 1024

/** Names this process's own process namespace; null where the system has none. */
export function pidNamespace(): string | null {
  try {
    return readlinkSync('/proc/self/ns/pid')
  } catch {
    return null // not Linux, or no /proc: no namespaces to compare
  }
}
