import { checkUserCertificate } from '../../server/core/certificate/check-user.ts'
import type { UserCa } from '../../server/core/certificate/user-ca.ts'
import { type Forgery, forgeCertificate } from './forged-certificate.ts'
import { offeredAs, softwareKey } from './software-keys.ts'

/** Who signs and who is certified unless a test says otherwise. */
export const ca = softwareKey('ssh-ed25519', 'ca')
export const { publicKey: key } = softwareKey('ssh-ed25519')

/** Of a login: by default from 192.0.2.7 at second 1500, with the signing CA as our own. */
export interface Circumstances {
  readonly algorithm?: string
  readonly clientAddress?: string
  readonly now?: bigint
  readonly cas?: readonly UserCa[]
  readonly isRevoked?: (certificate: { serial: bigint; keyId: string }) => boolean
}

/** Checks a certificate that is good but for what is said. */
export function check(forgery: Partial<Forgery>, circumstances: Circumstances = {}) {
  const whole = { key, ca, ...forgery }
  const { clientAddress = '192.0.2.7', now = 1500n, isRevoked = () => false } = circumstances
  const cas = circumstances.cas ?? [{ key: whole.ca.publicKey, principals: 'agent-names' }]
  const algorithm = circumstances.algorithm ?? offeredAs(whole.key.type)
  const blob = forgeCertificate(whole)
  return checkUserCertificate({ algorithm, blob, clientAddress, now }, { cas, isRevoked })
}

/** `accepted`, or the word for why not. */
export function outcome(forgery: Partial<Forgery>, circumstances: Circumstances = {}): string {
  const result = check(forgery, circumstances)
  return result.ok ? 'accepted' : result.fault.because
}
