import type { HostKey } from 'ssh2/lib/protocol/Protocol.js'
import { CERTIFICATE_ALGORITHMS } from '../core/certificate/algorithms.ts'
import { certifiedHostKey } from './repairs/host-certificates.ts'
import { readHostKey } from './repairs/rsa-host-keys.ts'

/** By the algorithm that a key exchange agrees on. */
export type HostKeysByAlgorithm = Readonly<Record<string, HostKey>>

/**
 * What the bastion proves itself with, to those who know its keys and to those who know its CA. A key that
 * cannot be read, and a certificate that fits none, is a mistake of ours and throws.
 */
export function readHostKeys(
  privateKeys: readonly (string | Buffer)[],
  certificates: readonly Uint8Array[],
): HostKeysByAlgorithm {
  const plain = privateKeys.flatMap(privateKey => {
    const read = readHostKey(privateKey)
    if (!read.ok) throw new Error(`host key: ${read.fault}`)
    return read.value
  })
  const certified = certificates.flatMap(certificate => {
    const fitting = plain.flatMap(key => certifiedHostKey(key, certificate) ?? [])
    if (fitting.length === 0) throw new Error('a host certificate is of no host key of ours')
    return fitting
  })
  const byAlgorithm: Record<string, HostKey> = {}
  for (const key of [...plain, ...certified]) byAlgorithm[key.type] ??= key
  return byAlgorithm
}

/** Each key once, without its certificates. */
export function plainKeys(hostKeys: HostKeysByAlgorithm): readonly HostKey[] {
  const plain = Object.values(hostKeys).filter(({ type }) => !CERTIFICATE_ALGORITHMS.has(type))
  // An RSA key is there once for each algorithm that it signs with.
  return plain.filter((key, at) => plain.findIndex(other => isOfOneKey(key, other)) === at)
}

function isOfOneKey(one: HostKey, other: HostKey): boolean {
  return one.getPublicSSH().equals(other.getPublicSSH())
}

/** As ssh2's server wants them, which learns once and for all from them what it may offer. */
export function forServer(hostKeys: HostKeysByAlgorithm): never[] {
  return Object.values(hostKeys).map(key => ({ key }) as never)
}

/** Whether a server that was made with the one may go on with the other. */
export function haveSameTypes(one: HostKeysByAlgorithm, other: HostKeysByAlgorithm): boolean {
  const typesOf = (keys: HostKeysByAlgorithm): string => Object.keys(keys).toSorted().join()
  return typesOf(one) === typesOf(other)
}
