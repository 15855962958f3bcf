import { type CertifiedHostKey, certifiedHostKey } from './repairs/host-certificates.ts'

/** The host keys under their certificates. One that fits none is a mistake of ours, and shows at start. */
export function certifyHostKeys(
  hostKeys: readonly (string | Buffer)[],
  certificates: readonly Uint8Array[],
): CertifiedHostKey[] {
  return certificates.map(certificate => {
    const faults = []
    for (const hostKey of hostKeys) {
      const certified = certifiedHostKey(hostKey, certificate)
      if (certified.ok) return certified.value
      faults.push(certified.fault)
    }
    throw new Error(`host certificate: ${faults.join('; ')}`)
  })
}
