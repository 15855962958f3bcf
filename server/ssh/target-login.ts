import { readFile } from 'node:fs/promises'
import ssh2 from 'ssh2'
import type { Protocol } from 'ssh2/lib/protocol/Protocol.js'
import type { Credential, Errand } from '../core/access.ts'
import { addressForTarget } from '../core/certificate/source-address.ts'
import { type CertifyLogin, LOGIN_KEY_KINDS } from '../core/ports/channels.ts'
import type { Result } from '../core/result.ts'
import { logInWithCertificate } from './repairs/user-certificates.ts'

/** How the bastion proves itself to one target, once. */
export interface TargetLogin {
  /** What to offer next, as ssh2's `authHandler` wants it; false when everything was. */
  next(protocol: Protocol, ownAddress: string | undefined): Promise<object | false>
  /** Of the certificate that was offered. */
  serial(): bigint | null
  /** Why the target may have said no, and what an administrator can do about it. */
  readonly whenRefused: string
}

export interface OwnCredentials {
  /** The bastion's own private key for targets that have none of their own. */
  readonly upstreamKey: string | Buffer
  readonly certify: CertifyLogin
}

/** The fault is for the agent and the operator alike. */
export async function prepareLogin(
  credential: Credential,
  userName: string,
  errand: Errand,
  own: OwnCredentials,
): Promise<Result<TargetLogin, string>> {
  switch (credential.is) {
    case 'upstream-key':
      return { ok: true, value: withKey(userName, own.upstreamKey) }
    case 'key-file': {
      const key = await readKeyFile(credential.path)
      return key.ok ? { ok: true, value: withKey(userName, key.value) } : key
    }
    case 'certificate':
      return { ok: true, value: withCertificate(credential, userName, errand, own) }
  }
}

function withKey(userName: string, key: string | Buffer): TargetLogin {
  let isOffered = false
  return {
    async next() {
      if (isOffered) return false
      isOffered = true
      return { type: 'publickey', username: userName, key }
    },
    serial: () => null,
    whenRefused: `it does not accept the bastion's key for ${userName}; an administrator has to add the key to the authorized_keys of ${userName}`,
  }
}

/** ssh2 wants to hold a key; neither it nor its name is sent, and it signs nothing. */
const NO_KEY = ssh2.utils.generateKeyPairSync('ed25519').private

/**
 * One certificate for each kind of key until the target takes one. A target does not say beforehand which
 * it takes, and asks for no signature where it does not, so a kind that it refuses costs a round trip.
 */
function withCertificate(
  { sourceAddress }: Extract<Credential, { is: 'certificate' }>,
  userName: string,
  errand: Errand,
  { certify }: OwnCredentials,
): TargetLogin {
  const kinds = [...LOGIN_KEY_KINDS]
  let serial: bigint | null = null
  return {
    async next(protocol, ownAddress) {
      const address = addressForTarget(sourceAddress, ownAddress)
      const kind = kinds.shift()
      if (kind === undefined || !address.ok) return false
      // Made now and not before: it lives for minutes, and the connection knows its own address.
      const terms = { ...errand, login: userName, sourceAddress: address.value }
      const certificate = await certify(terms, kind)
      serial = certificate.serial
      logInWithCertificate(protocol, {
        algorithm: certificate.algorithm,
        certificate: certificate.blob,
        sign: bytes => certificate.sign(bytes),
      })
      return { type: 'publickey', username: userName, key: NO_KEY }
    },
    serial: () => serial,
    whenRefused: `it does not accept the bastion's certificate for ${userName}; an administrator has to let sshd there trust keys/target_ca.pub (TrustedUserCAKeys) for ${userName}, to allow the type of that key (CASignatureAlgorithms), and behind an address translation to register the target with --source-address`,
  }
}

async function readKeyFile(path: string): Promise<Result<Buffer, string>> {
  try {
    const key = await readFile(path)
    if (!(ssh2.utils.parseKey(key) instanceof Error)) return { ok: true, value: key }
    const fault = "the bastion's key file for this target holds no private key without a passphrase"
    return { ok: false, fault }
  } catch (error) {
    // The operator named a file that is not there: for this target that is an answer, not a failure of ours.
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable'
    return { ok: false, fault: `the bastion cannot read its key file for this target (${code})` }
  }
}
