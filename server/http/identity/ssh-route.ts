import { json } from '../answer.ts'
import type { Route } from '../router.ts'

/** How the SSH side of this bastion is reached and known: public, as is what it says to every client. */
export interface SshSide {
  readonly port: number
  /** One authorized_keys-style line each, the preferred one first. */
  readonly hostKeys: readonly string[]
}

/** `GET /api/ssh`: whoever trusts this page's TLS need not be asked whether to trust a host key. */
export function sshRoutes(ssh: SshSide): Route[] {
  return [{ method: 'GET', path: '/api/ssh', access: 'anyone', handle: async () => json(ssh) }]
}
