import { json } from '../answer.ts'
import type { Route } from '../router.ts'

/** How the SSH side of this bastion is reached and known: public, as is what it says to every client. */
export interface SshSide {
  /** Null where it is the host that serves this page. */
  readonly host: string | null
  readonly port: number
  /** One authorized_keys-style line each, the preferred one first. */
  readonly hostKeys: readonly string[]
  /**
   * Whose host certificates to believe, as `@cert-authority` lines of known_hosts want them: the CA in
   * use, and one that will take over soon.
   */
  readonly hostCas: readonly string[]
}

/** `GET /api/ssh`: whoever trusts this page's TLS need not be asked whether to trust a host key. */
export function sshRoutes(ssh: () => SshSide): Route[] {
  return [{ method: 'GET', path: '/api/ssh', access: 'anyone', handle: async () => json(ssh()) }]
}
