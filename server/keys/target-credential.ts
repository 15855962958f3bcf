import { generateKeyPairSync, randomBytes, sign } from 'node:crypto'
import { blobTypeOf } from '../core/certificate/algorithms.ts'
import {
  type CertificateAuthority,
  issueTargetCertificate,
  NONCE_BYTES,
  type TargetCertificateTerms,
} from '../core/certificate/issue.ts'
import type { LoginCertificate } from '../core/ports/channels.ts'
import { withBlob } from '../core/ssh-wire/public-key.ts'
import { WireWriter } from '../core/ssh-wire/writer.ts'

export type TargetCredentialTerms = Pick<
  TargetCertificateTerms,
  'agent' | 'login' | 'session' | 'sourceAddress' | 'task'
>

/** sshd looks at the time of the login only; a login takes seconds, and both clocks may be off. */
const LOGIN_SECONDS = 120n
const CLOCK_SKEW_SECONDS = 180n

/**
 * Makes a key that never touches a disk and certifies it. `now` counts seconds since 1970 UTC. What
 * leaks of it is good for five minutes, for one login, from one address.
 */
export function makeTargetCredential(
  targetCa: CertificateAuthority,
  terms: TargetCredentialTerms,
  now: bigint,
): LoginCertificate {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const point = Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url')
  const key = withBlob({ type: 'ssh-ed25519', point })
  const serial = randomBytes(8).readBigUInt64BE()
  const blob = issueTargetCertificate(
    {
      ...terms,
      key,
      serial,
      nonce: randomBytes(NONCE_BYTES),
      validAfter: now - CLOCK_SKEW_SECONDS,
      validBefore: now + LOGIN_SECONDS,
    },
    targetCa,
  )
  return {
    algorithm: blobTypeOf(key.type),
    blob,
    serial,
    sign: bytes => {
      const signature = sign(null, bytes, privateKey)
      return new WireWriter().string(key.type).string(signature).bytes()
    },
  }
}
