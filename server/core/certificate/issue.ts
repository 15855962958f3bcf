import type { PublicKey } from '../ssh-wire/public-key.ts'
import { WireReader } from '../ssh-wire/reader.ts'
import { WireWriter } from '../ssh-wire/writer.ts'
import { blobTypeOf } from './algorithms.ts'
import { CERTIFICATE_TYPE_NUMBER } from './certificate.ts'
import { ON_BEHALF_OF_EXTENSION, TASK_EXTENSION } from './restrictions.ts'

/** A private key that signs certificates. `sign` returns a whole signature blob (RFC 4253 §6.6). */
export interface CertificateAuthority {
  readonly publicKey: PublicKey
  sign(bytes: Uint8Array): Uint8Array
}

/** What every certificate says; chance and time are the caller's. */
interface Terms {
  readonly key: PublicKey
  /** 32 random bytes, so that nobody can choose what the CA signs (OpenSSH writes 32, too). */
  readonly nonce: Uint8Array
  readonly serial: bigint
  readonly keyId: string
  /** Seconds since 1970 UTC: the first second the certificate is valid. */
  readonly validAfter: bigint
  /** Seconds since 1970 UTC: the first second it no longer is. */
  readonly validBefore: bigint
}

export interface UserCertificateTerms extends Terms {
  readonly principals: readonly string[]
  readonly sourceAddress?: string
  readonly forceCommand?: string
  readonly permitPty: boolean
  readonly task: string | null
  readonly onBehalfOf: string | null
}

export interface HostCertificateTerms extends Terms {
  /** The names by which clients reach the host. */
  readonly names: readonly string[]
}

/** What the bastion's own user CA certifies: that a key is an agent's, for a task. */
export interface AgentCertificateTerms extends Omit<Terms, 'keyId'> {
  readonly agent: string
  readonly task: string | null
  readonly onBehalfOf: string | null
}

/** What the target CA certifies: that the bastion may log in once, for a session of an agent. */
export interface TargetCertificateTerms extends Omit<Terms, 'keyId'> {
  readonly login: string
  readonly agent: string
  readonly task: string
  readonly session: string
  /** The bastion as the target sees it; null where an address translation stands in between. */
  readonly sourceAddress: string | null
}

/**
 * No certificate of our own user CA lives longer: it is a ticket for one errand; what lasts longer
 * than a day is a key. After this time a retired CA needs no trust.
 */
export const AGENT_CERTIFICATE_MOST_SECONDS = 86_400n

/** How far back a certificate may start, for clients and bastions whose clocks are slow. */
const CLOCK_SKEW_SECONDS = 300n

/** Long enough that nobody guesses it. */
export const NONCE_BYTES = 32

/** A certificate of our own user CA, as `checkUserCertificate` reads it back: a blob. */
export function issueAgentCertificate(
  terms: AgentCertificateTerms,
  ca: CertificateAuthority,
): Uint8Array {
  // A mistake of the caller, whose limits lie below.
  if (terms.validBefore - terms.validAfter > AGENT_CERTIFICATE_MOST_SECONDS + CLOCK_SKEW_SECONDS) {
    throw new RangeError(`a certificate is valid for ${AGENT_CERTIFICATE_MOST_SECONDS} s at most`)
  }
  return issueUserCertificate(
    { ...terms, keyId: agentKeyId(terms), principals: [terms.agent], permitPty: true },
    ca,
  )
}

/** `AGENT/TASK#SERIAL`: unique, and a person reading sshd's or our log knows whose it was. */
export function agentKeyId(of: { agent: string; task: string | null; serial: bigint }): string {
  return `${of.agent}/${of.task ?? ''}#${of.serial}`
}

/**
 * A certificate for one session, for targets whose `TrustedUserCAKeys` names our target CA. It permits
 * a terminal and no forwarding; sshd logs its key id, so that the target's own log leads to ours.
 */
export function issueTargetCertificate(
  terms: TargetCertificateTerms,
  ca: CertificateAuthority,
): Uint8Array {
  const { agent, login, session, sourceAddress, task, ...rest } = terms
  return issueUserCertificate(
    {
      ...rest,
      keyId: `${agent}/${task} session ${session}`,
      principals: [login],
      permitPty: true,
      task: null,
      onBehalfOf: null,
      ...(sourceAddress === null ? {} : { sourceAddress }),
    },
    ca,
  )
}

export function issueUserCertificate(
  terms: UserCertificateTerms,
  ca: CertificateAuthority,
): Uint8Array {
  return issue('user', terms, terms.principals, criticalOptionsOf(terms), extensionsOf(terms), ca)
}

export function issueHostCertificate(
  terms: HostCertificateTerms,
  ca: CertificateAuthority,
): Uint8Array {
  return issue('host', terms, terms.names, [], [], ca)
}

type NamedValue = readonly [name: string, value: string | null]

/** In OpenSSH PROTOCOL.certkeys' order: the mirror of `readCertificate`. */
function issue(
  type: keyof typeof CERTIFICATE_TYPE_NUMBER,
  terms: Terms,
  principals: readonly string[],
  criticalOptions: readonly NamedValue[],
  extensions: readonly NamedValue[],
  ca: CertificateAuthority,
): Uint8Array {
  // Without one, sshd lets nobody in and golang.org/x/crypto everybody. A mistake of the caller.
  if (principals.length === 0) throw new RangeError('a certificate needs a principal')
  const signedBytes = new WireWriter()
    .string(blobTypeOf(terms.key.type))
    .string(terms.nonce)
    .raw(materialOf(terms.key))
    .uint64(terms.serial)
    .uint32(CERTIFICATE_TYPE_NUMBER[type])
    .string(terms.keyId)
    .string(encodeList(principals))
    .uint64(terms.validAfter)
    .uint64(terms.validBefore)
    .string(encodeOptions(criticalOptions))
    .string(encodeOptions(extensions))
    .string('') // reserved
    .string(ca.publicKey.blob)
    .bytes()
  return new WireWriter().raw(signedBytes).string(ca.sign(signedBytes)).bytes()
}

function criticalOptionsOf(terms: UserCertificateTerms): NamedValue[] {
  const options: NamedValue[] = []
  if (terms.forceCommand !== undefined) options.push(['force-command', terms.forceCommand])
  if (terms.sourceAddress !== undefined) options.push(['source-address', terms.sourceAddress])
  return options
}

function extensionsOf({ onBehalfOf, permitPty, task }: UserCertificateTerms): NamedValue[] {
  const extensions: NamedValue[] = []
  if (onBehalfOf !== null) extensions.push([ON_BEHALF_OF_EXTENSION, onBehalfOf])
  if (permitPty) extensions.push(['permit-pty', null])
  if (task !== null) extensions.push([TASK_EXTENSION, task])
  return extensions
}

/** PROTOCOL.certkeys wants names in lexical order, and a value wrapped as a string in the data. */
function encodeOptions(options: readonly NamedValue[]): Uint8Array {
  const list = new WireWriter()
  for (const [name, value] of options.toSorted(([one], [other]) => (one < other ? -1 : 1))) {
    const data = value === null ? new Uint8Array() : new WireWriter().string(value).bytes()
    list.string(name).string(data)
  }
  return list.bytes()
}

function encodeList(texts: readonly string[]): Uint8Array {
  return texts.reduce((list, text) => list.string(text), new WireWriter()).bytes()
}

/** The key's fields without its type, which a certificate spells differently. */
function materialOf(key: PublicKey): Uint8Array {
  const fields = new WireReader(key.blob)
  fields.string('key type')
  return key.blob.subarray(fields.at)
}
