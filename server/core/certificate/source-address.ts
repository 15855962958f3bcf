import type { SourceAddress } from '../access.ts'
import type { Result } from '../result.ts'
import { parseClientAddress, parseIpAddress, plainAddress } from './ip-address.ts'

/** One entry of `source-address`: an address and how many of its leading bits count. */
export interface Network {
  readonly address: Uint8Array
  readonly prefixBits: number
}

/** OpenSSH writes one line; 256 networks are more than anybody lists by hand. */
const NETWORKS_MOST = 256

/**
 * Reads the comma-separated list of a `source-address` option. As in OpenSSH (`addr_match_cidr_list`)
 * one bad entry spoils the list, and bits beyond the prefix are a fault, not a blur: whoever wrote
 * 10.1.2.3/8 meant something else.
 */
export function parseSourceAddresses(list: string): Result<readonly Network[], string> {
  const entries = list.split(',')
  if (entries.length > NETWORKS_MOST)
    return { ok: false, fault: `more than ${NETWORKS_MOST} entries` }
  const networks: Network[] = []
  for (const entry of entries) {
    const network = parseNetwork(entry)
    if (network === null) {
      return {
        ok: false,
        fault: `${JSON.stringify(entry.slice(0, 64))} is not an address or network`,
      }
    }
    networks.push(network)
  }
  return { ok: true, value: networks }
}

/** False also for a client address that cannot be read. */
export function liesIn(clientAddress: string, networks: readonly Network[]): boolean {
  const client = parseClientAddress(clientAddress)
  return client !== null && networks.some(network => contains(network, client))
}

/**
 * What a certificate for a target says of where it may be used; null for anywhere. `ownAddress` is the
 * one that the connection to the target leaves from; a connection that is gone has none.
 */
export function addressForTarget(
  setting: SourceAddress,
  ownAddress: string | undefined,
): Result<string | null, 'no-address'> {
  switch (setting.is) {
    case 'any':
      return { ok: true, value: null }
    case 'listed':
      return { ok: true, value: setting.networks }
    case 'own': {
      // A link-local address comes with its zone, which the option cannot carry (addr_pton in OpenSSH's addr.c).
      const address = plainAddress(ownAddress ?? '').replace(/%.*$/, '')
      return parseIpAddress(address) === null
        ? { ok: false, fault: 'no-address' }
        : { ok: true, value: address }
    }
  }
}

function parseNetwork(entry: string): Network | null {
  const [text = '', prefix, ...more] = entry.split('/')
  const address = parseIpAddress(text)
  if (address === null || more.length > 0) return null
  if (prefix !== undefined && !/^\d{1,3}$/.test(prefix)) return null
  const prefixBits = prefix === undefined ? address.length * 8 : Number(prefix)
  if (prefixBits > address.length * 8) return null
  const isClean = address.every((byte, at) => (byte & ~mask(prefixBits, at)) === 0)
  return isClean ? { address, prefixBits } : null
}

function contains(network: Network, client: Uint8Array): boolean {
  return (
    client.length === network.address.length &&
    client.every((byte, at) => (byte & mask(network.prefixBits, at)) === network.address[at])
  )
}

/** Which bits of byte `at` a prefix covers. */
function mask(prefixBits: number, at: number): number {
  const bits = Math.min(8, Math.max(0, prefixBits - at * 8))
  return (0xff << (8 - bits)) & 0xff
}
