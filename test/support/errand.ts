import type { Errand } from '../../server/core/access.ts'
import type { CertifyLogin } from '../../server/core/ports/channels.ts'

export const testErrand: Errand = { agent: 'alice', task: 'deploy', session: 'session-1' }

/** For targets that hold a key: nobody asks for a certificate there. */
export const noCertificate: CertifyLogin = () => {
  throw new Error('a certificate was asked for')
}
