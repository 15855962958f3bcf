import { isIPv4, isIPv6 } from 'node:net'
import type { Result } from '../core/result.ts'

export interface ListenAddress {
  readonly host: string
  /** 0 lets the system choose. */
  readonly port: number
}

/** Where to listen: `127.0.0.1:2222`, `[::1]:0`, `bastion.internal:22`, or a port alone, which stays on loopback. */
export function parseAddress(text: string): Result<ListenAddress, string> {
  const match = /^(?:(?:\[(?<six>[^\]]*)\]|(?<host>[^:[\]]*)):)?(?<port>[^:[\]]*)$/.exec(text)
  const expected = `expected HOST:PORT such as 127.0.0.1:2222 or [::1]:0, or a port alone, got "${text}"`
  if (match === null) return { ok: false, fault: expected }

  const { six, host, port: portText = '' } = match.groups ?? {}
  if (!/^\d{1,5}$/.test(portText) || Number(portText) > 65_535) {
    return { ok: false, fault: `${expected}: the port is a number from 0 to 65535` }
  }
  const port = Number(portText)
  if (six !== undefined) {
    return isIPv6(six)
      ? { ok: true, value: { host: six, port } }
      : { ok: false, fault: `${expected}: ${six} is no IPv6 address` }
  }
  if (host === '' || host === '*') {
    // Other programs take these for "everywhere"; a bastion must not open up by an omission.
    return {
      ok: false,
      fault: `${expected}: write 0.0.0.0:${port} or [::]:${port} to listen on every address`,
    }
  }
  if (host !== undefined && !isIPv4(host) && !isHostName(host)) {
    return { ok: false, fault: `${expected}: ${host} is no address` }
  }
  return { ok: true, value: { host: host ?? '127.0.0.1', port } }
}

/** Where one can listen, and nobody can connect to. */
export function isEverywhere({ host }: ListenAddress): boolean {
  return host === '0.0.0.0' || host === '::'
}

/** `127.0.0.1:2222`, `[::1]:2222`. */
export function formatAddress({ host, port }: ListenAddress): string {
  return isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`
}

/** RFC 1123: letters, digits and hyphens between dots; a name of digits alone is a mistyped address. */
export function isHostName(text: string): boolean {
  const label = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/i
  return (
    text.length <= 253 && text.split('.').every(part => label.test(part)) && !/^[\d.]+$/.test(text)
  )
}
