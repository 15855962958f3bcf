import { hostname } from 'node:os'
import type { Config } from '../config.ts'
import { isEverywhere, type ListenAddress } from './address.ts'

type Published = Pick<Config, 'http' | 'publicSsh' | 'ssh'>

/**
 * Where clients find SSH, best first: what the operator published, or what can be told from where it
 * listens. `bound` has the port that the system chose.
 */
export function sshPlaces(
  { http, publicSsh }: Published,
  bound: ListenAddress,
): readonly ListenAddress[] {
  if (publicSsh.length > 0) return publicSsh
  const { port } = bound
  const published = http.publicUrl === null ? [] : [new URL(http.publicUrl).hostname]
  const isLocal = bound.host.startsWith('127.') || bound.host === '::1'
  const here = isEverywhere(bound) ? [hostname()] : [bound.host, ...(isLocal ? ['localhost'] : [])]
  return [...published, ...here].map(host => ({ host: withoutBrackets(host), port }))
}

/** By which clients may know this bastion; a host certificate is good for these names only. */
export function hostNames(config: Published): string[] {
  const published = sshPlaces(config, config.ssh)
  const all = [...published, ...sshPlaces({ ...config, publicSsh: [] }, config.ssh)]
  const names = all.map(({ host }) => host)
  return [...new Set([...names, hostname(), 'localhost', '127.0.0.1', '::1'])]
}

/** As a URL writes an IPv6 address, and nothing else does. */
function withoutBrackets(host: string): string {
  return host.replace(/^\[|\]$/g, '')
}
