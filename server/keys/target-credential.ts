import { generateKeyPair, type KeyObject, randomBytes } from 'node:crypto'
import { promisify } from 'node:util'
import { certificateAlgorithmOf } from '../core/certificate/algorithms.ts'
import {
  type CertificateAuthority,
  issueTargetCertificate,
  NONCE_BYTES,
  type TargetCertificateTerms,
} from '../core/certificate/issue.ts'
import type { LoginCertificate, LoginKeyKind } from '../core/ports/channels.ts'
import { fromKeyObject, RSA_BITS } from './key-material.ts'
import { signAs, signatureAlgorithm } from './sign.ts'

export type TargetCredentialTerms = Pick<
  TargetCertificateTerms,
  'agent' | 'login' | 'session' | 'sourceAddress' | 'task'
>

/** sshd looks at the time of the login only; a login takes seconds, and both clocks may be off. */
const LOGIN_SECONDS = 120n
const CLOCK_SKEW_SECONDS = 180n

const make = promisify(generateKeyPair)

/**
 * Makes a key that never touches a disk and certifies it. `now` counts seconds since 1970 UTC. What
 * leaks of it is good for five minutes, for one login, from one address.
 */
export async function makeTargetCredential(
  targetCa: CertificateAuthority,
  terms: TargetCredentialTerms,
  kind: LoginKeyKind,
  now: bigint,
): Promise<LoginCertificate> {
  const privateKey = await makeLoginKey(kind)
  const { publicKey } = fromKeyObject(privateKey)
  const algorithm = signatureAlgorithm(publicKey.type)
  const serial = randomBytes(8).readBigUInt64BE()
  const blob = issueTargetCertificate(
    {
      ...terms,
      key: publicKey,
      serial,
      nonce: randomBytes(NONCE_BYTES),
      validAfter: now - CLOCK_SKEW_SECONDS,
      validBefore: now + LOGIN_SECONDS,
    },
    targetCa,
  )
  return {
    algorithm: certificateAlgorithmOf(algorithm),
    blob,
    serial,
    sign: bytes => signAs(algorithm, bytes, privateKey),
  }
}

/** Not on the thread that serves everybody: an RSA key takes some tenths of a second. */
async function makeLoginKey(kind: LoginKeyKind): Promise<KeyObject> {
  switch (kind) {
    case 'ed25519':
      return (await make('ed25519')).privateKey
    case 'ecdsa':
      return (await make('ec', { namedCurve: 'P-256' })).privateKey
    case 'rsa':
      return (await make('rsa', { modulusLength: RSA_BITS })).privateKey
  }
}
