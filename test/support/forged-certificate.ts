import type { CertificateAuthority } from '../../server/core/certificate/issue.ts'
import type { PublicKey } from '../../server/core/ssh-wire/public-key.ts'
import { WireReader } from '../../server/core/ssh-wire/reader.ts'
import { WireWriter } from '../../server/core/ssh-wire/writer.ts'

/** Name and raw data of an option; see `flag` and `value`. */
export type ForgedOption = readonly [name: string | Uint8Array, data: Uint8Array]

/** Every field of a certificate, as wrong as a test wants it. */
export interface Forgery {
  readonly key: PublicKey
  readonly ca: CertificateAuthority
  readonly blobType?: string
  readonly nonce?: Uint8Array
  readonly serial?: bigint
  readonly type?: number
  readonly keyId?: string | Uint8Array
  readonly principals?: readonly (string | Uint8Array)[]
  readonly validAfter?: bigint
  readonly validBefore?: bigint
  readonly criticalOptions?: readonly ForgedOption[]
  readonly extensions?: readonly ForgedOption[]
  readonly reserved?: Uint8Array
  readonly signatureKey?: Uint8Array
  readonly sign?: (signedBytes: Uint8Array) => Uint8Array
}

/** A certificate that is good unless something is said: for alice, from second 1000 to 2000. */
export function forgeCertificate(forgery: Forgery): Uint8Array {
  const { key, ca } = forgery
  const fields = new WireReader(key.blob)
  fields.string('type')
  const signedBytes = new WireWriter()
    .string(forgery.blobType ?? `${key.type.replace('@openssh.com', '')}-cert-v01@openssh.com`)
    .string(forgery.nonce ?? new Uint8Array(32).fill(7))
    .raw(key.blob.subarray(fields.at))
    .uint64(forgery.serial ?? 5n)
    .uint32(forgery.type ?? 1)
    .string(forgery.keyId ?? 'alice/deploy#5')
    .string(listOf((forgery.principals ?? ['alice']).map(name => [name])))
    .uint64(forgery.validAfter ?? 1000n)
    .uint64(forgery.validBefore ?? 2000n)
    .string(listOf(forgery.criticalOptions ?? []))
    .string(listOf(forgery.extensions ?? [flag('permit-pty')]))
    .string(forgery.reserved ?? new Uint8Array())
    .string(forgery.signatureKey ?? ca.publicKey.blob)
    .bytes()
  const signature = forgery.sign?.(signedBytes) ?? ca.sign(signedBytes)
  return new WireWriter().raw(signedBytes).string(signature).bytes()
}

export function flag(name: string): ForgedOption {
  return [name, new Uint8Array()]
}

export function value(name: string, text: string | Uint8Array): ForgedOption {
  return [name, new WireWriter().string(text).bytes()]
}

function listOf(rows: readonly (readonly (string | Uint8Array)[])[]): Uint8Array {
  const list = new WireWriter()
  for (const row of rows) for (const cell of row) list.string(cell)
  return list.bytes()
}
