import { parseClientAddress, parseIpAddress, plainAddress } from './certificate/ip-address.ts'
import type { Result } from './result.ts'

/** What of the configuration decides who can reach the browser part, and under which name. */
export interface HttpSettings {
  readonly host: string
  readonly port: number
  readonly publicUrl: string | null
  readonly tls: { readonly certificateFile: string; readonly keyFile: string } | null
  readonly proxies: readonly string[]
}

/** How browsers reach us. Everything else that calls itself us is a rebound name or a foreign site. */
export interface Exposure {
  /** Without a trailing slash. */
  readonly url: string
  /** Values of Origin that are ours. */
  readonly origins: ReadonlySet<string>
  /** Values of Host that are ours. */
  readonly hosts: ReadonlySet<string>
  readonly overTls: boolean
  /** Addresses we take requests from; null for any. */
  readonly peers: ReadonlySet<string> | null
}

const WILDCARDS = new Set(['0.0.0.0', '::', ''])

/** Refuses, with a sentence, what would send recordings and cookies over a network in the clear. */
export function checkExposure(settings: HttpSettings): Result<null, string> {
  const { host, publicUrl, tls, proxies } = settings
  if (publicUrl !== null) {
    const url = URL.canParse(publicUrl) ? new URL(publicUrl) : null
    if (url === null || url.origin !== publicUrl || !/^https?:$/.test(url.protocol)) {
      return no(
        `the public URL ${JSON.stringify(publicUrl)} must be scheme, host and port only, like https://bastion.example.com`,
      )
    }
    if (url.protocol === 'http:' && !isLoopback(url.hostname)) {
      return no(
        `the public URL ${publicUrl} must begin with https://; only loopback may go without`,
      )
    }
  }
  if (proxies.length > 0 && publicUrl === null) {
    return no('behind a proxy the browser part must know its public URL: set public-url under http')
  }
  if (proxies.some(proxy => parseClientAddress(proxy) === null)) {
    return no(`every listed proxy must be an IP address: ${proxies.join(', ')}`)
  }
  if (isLoopback(host)) return yes
  if (tls === null && proxies.length === 0) {
    return no(
      `the browser part would listen on ${host || 'every address'} without encryption; give it a TLS certificate and key (http.tls), list the proxy that ends TLS for it (http.proxies), or let it listen on 127.0.0.1`,
    )
  }
  if (WILDCARDS.has(host) && publicUrl === null) {
    return no(
      'listening on every address, the browser part must know its public URL: set public-url under http',
    )
  }
  return yes
}

/** What follows from settings that `checkExposure` took, once the port is known. */
export function exposureOf(settings: HttpSettings, boundPort: number): Exposure {
  const { host, publicUrl, tls, proxies } = settings
  const scheme = tls === null ? 'http' : 'https'
  const names = isLoopback(host) ? ['127.0.0.1', 'localhost', '[::1]'] : [bracketed(host)]
  const own = WILDCARDS.has(host)
    ? []
    : [...new Set([bracketed(host), ...names])].map(name => `${scheme}://${name}:${boundPort}`)
  // Behind a proxy only the public name is right: whoever comes another way has gone around it.
  const urls = publicUrl === null ? own : [publicUrl, ...(proxies.length > 0 ? [] : own)]
  const origins = urls.map(url => new URL(url))
  return {
    url: urls[0] ?? '',
    origins: new Set(origins.map(url => url.origin)),
    hosts: new Set(origins.map(url => url.host)),
    overTls: new URL(urls[0] ?? '').protocol === 'https:',
    peers: tls === null && proxies.length > 0 ? new Set(proxies) : null,
  }
}

export function isLoopback(host: string): boolean {
  const name = plainAddress(host.replace(/^\[|\]$/g, ''))
  if (name === 'localhost' || name === '::1') return true
  return parseIpAddress(name)?.length === 4 && name.startsWith('127.')
}

/**
 * Who is asking. A listed proxy's `X-Forwarded-For` is read from the right, past other listed
 * proxies; from anyone else the header is a claim and is ignored.
 */
export function clientAddress(
  peer: string,
  forwardedFor: string | undefined,
  proxies: readonly string[],
): string {
  const direct = plainAddress(peer)
  if (!proxies.includes(direct) || forwardedFor === undefined) return direct
  const hops = forwardedFor.split(',').map(hop => plainAddress(hop.trim()))
  const client = hops.findLast(hop => !proxies.includes(hop))
  return client !== undefined && parseIpAddress(client) !== null ? client : direct
}

const bracketed = (host: string): string => (host.includes(':') ? `[${host}]` : host)
const yes = { ok: true, value: null } as const
const no = (fault: string): { ok: false; fault: string } => ({ ok: false, fault })
