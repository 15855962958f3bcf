/**
 * The PROXY protocol, version 2 (haproxy, proxy-protocol.txt §2.2): a load balancer says in front of a
 * connection's own bytes for whom it speaks.
 */
export type ProxyHeader =
  /** More bytes are needed before anything can be said. */
  | { readonly is: 'incomplete' }
  /** `length` bytes belong to the header. `address` is null where the balancer speaks for itself (a health check). */
  | { readonly is: 'complete'; readonly length: number; readonly address: string | null }
  | { readonly is: 'fault'; readonly fault: string }

const SIGNATURE = Uint8Array.of(13, 10, 13, 10, 0, 13, 10, 81, 85, 73, 84, 10)
const FIXED_BYTES = 16

/**
 * The longest header taken: both addresses of a unix socket have 216 bytes, and what clouds append
 * (TLS details, endpoint ids) stays far below the rest.
 */
export const PROXY_HEADER_MOST_BYTES = 1024

const VERSION_2 = 0x2
const LOCAL = 0x0
const PROXY = 0x1
const TCP_OVER_IPV4 = 0x11
const TCP_OVER_IPV6 = 0x21
const IPV4_BYTES = 12
const IPV6_BYTES = 36

/** Reads the header at the front of `bytes`, of which there may be too few yet or more than it has. */
export function readProxyHeader(bytes: Uint8Array): ProxyHeader {
  const start = bytes.subarray(0, SIGNATURE.length)
  if (!start.every((byte, at) => byte === SIGNATURE[at])) return fault('no PROXY header, version 2')
  if (bytes.length < FIXED_BYTES) return { is: 'incomplete' }

  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const versionAndCommand = view.getUint8(12)
  if (versionAndCommand >> 4 !== VERSION_2) return fault(`version ${versionAndCommand >> 4}`)
  const length = FIXED_BYTES + view.getUint16(14)
  if (length > PROXY_HEADER_MOST_BYTES) return fault(`a header of ${length} bytes`)
  if (bytes.length < length) return { is: 'incomplete' }

  const command = versionAndCommand & 0xf
  if (command === LOCAL) return { is: 'complete', length, address: null }
  if (command !== PROXY) return fault(`command ${command}`)
  const address = readSource(view.getUint8(13), bytes.subarray(FIXED_BYTES, length))
  return address === null
    ? fault('no source address of a TCP connection')
    : { is: 'complete', length, address }
}

function readSource(family: number, addresses: Uint8Array): string | null {
  if (family === TCP_OVER_IPV4 && addresses.length >= IPV4_BYTES) {
    return addresses.subarray(0, 4).join('.')
  }
  if (family === TCP_OVER_IPV6 && addresses.length >= IPV6_BYTES) {
    const groups = Array.from({ length: 8 }, (_, group) => {
      const [high = 0, low = 0] = addresses.subarray(2 * group, 2 * group + 2)
      return (high * 256 + low).toString(16)
    })
    return groups.join(':')
  }
  return null
}

function fault(text: string): ProxyHeader {
  return { is: 'fault', fault: text }
}
