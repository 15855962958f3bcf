import type { HostKey } from 'ssh2/lib/protocol/Protocol.js'
import { type CertifiedHostKey, certifiedHostKey } from './repairs/host-certificates.ts'
import { readHostKey } from './repairs/rsa-host-keys.ts'

/** What the bastion can prove itself with, to those who know its keys and to those who know its CA. */
export interface HostKeys {
  readonly certified: readonly CertifiedHostKey[]
  /** All of them, for the `hostKeys` of ssh2's server. */
  readonly forServer: readonly HostKey[]
}

/** A key that cannot be read, and a certificate that fits none, is a mistake of ours and shows at start. */
export function openHostKeys(
  privateKeys: readonly (string | Buffer)[],
  certificates: readonly Uint8Array[],
): HostKeys {
  const plain = privateKeys.flatMap(privateKey => {
    const read = readHostKey(privateKey)
    if (!read.ok) throw new Error(`host key: ${read.fault}`)
    return read.value
  })
  const certified = certificates.flatMap(certificate => {
    const of = plain.map(key => certifiedHostKey(key, certificate))
    const fitting = of.flatMap(result => (result.ok ? [result.value] : []))
    if (fitting.length === 0)
      throw new Error('host certificate: it is a certificate of another key')
    return fitting
  })
  return { certified, forServer: [...plain, ...certified.map(({ key }) => key)] }
}
