import type { Config } from '../config.ts'
import { formatAddress } from '../config/address.ts'
import type { Ready } from './ready-file.ts'

/**
 * The one-time link. The token stands behind the `#`, which a browser sends to nobody: it does not
 * appear in a proxy's log nor in a Referer. `next` is the page to go to.
 */
export function signInUrl(
  config: Config,
  ready: Ready | null,
  token: string,
  next: string | null = null,
): string {
  const scheme = config.http.tls === null ? 'http' : 'https'
  const base =
    config.http.publicUrl ?? ready?.http.url ?? `${scheme}://${formatAddress(config.http)}`
  const query = next === null ? '' : `?${new URLSearchParams({ next }).toString()}`
  return `${base}/sign-in${query}#${token}`
}
