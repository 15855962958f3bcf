import { parseClientAddress } from './certificate/ip-address.ts'

/**
 * Whom an address stands for where addresses are counted. Whoever has one of IPv6 has the other 2^64 of
 * its network as well (RFC 6177 gives a site at least a /64), so these count as one.
 */
export function originOf(address: string): string {
  const bytes = parseClientAddress(address)
  if (bytes === null) return address
  return bytes.subarray(0, bytes.length === 16 ? 8 : 4).join('.')
}
