import { randomBytes } from 'node:crypto'
import {
  type CertificateAuthority,
  issueHostCertificate,
  NONCE_BYTES,
} from '../core/certificate/issue.ts'
import type { PublicKey } from '../core/ssh-wire/public-key.ts'

/** A bastion that runs longer certifies its keys anew; a stolen host key is of no use after that. */
export const HOST_CERTIFICATE_SECONDS = 30n * 24n * 3600n

/** Clients' clocks may be slow. */
const BACKDATED_SECONDS = 300n

/** A host certificate for one of our host keys: a blob. `now` counts seconds since 1970 UTC. */
export function certifyHostKey(
  key: PublicKey,
  names: readonly string[],
  hostCa: CertificateAuthority,
  now: bigint,
): Uint8Array {
  return issueHostCertificate(
    {
      key,
      names,
      keyId: `sallyport host ${names[0] ?? ''}`,
      nonce: randomBytes(NONCE_BYTES),
      serial: randomBytes(8).readBigUInt64BE(),
      validAfter: now - BACKDATED_SECONDS,
      validBefore: now + HOST_CERTIFICATE_SECONDS,
    },
    hostCa,
  )
}
