/** The message numbers of the connection protocol (RFC 4254 §9) that we send or read. */
export const MESSAGE = {
  disconnect: 1,
  debug: 4,
  userauthRequest: 50,
  userauthBanner: 53,
  globalRequest: 80,
  requestSuccess: 81,
  requestFailure: 82,
  channelOpen: 90,
  channelOpenConfirmation: 91,
  channelOpenFailure: 92,
  channelWindowAdjust: 93,
  channelData: 94,
  channelExtendedData: 95,
  channelEof: 96,
  channelClose: 97,
  channelRequest: 98,
  channelSuccess: 99,
  channelFailure: 100,
} as const

/** The peer breaks a rule of the protocol. Ends the connection, like a message that cannot be read. */
export class ProtocolFault extends Error {}

export function byte(value: number): Buffer {
  return Buffer.of(value)
}

export function uint32(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(4)
  bytes.writeUInt32BE(value)
  return bytes
}

export function string(value: Uint8Array | string): Buffer {
  const bytes = typeof value === 'string' ? Buffer.from(value) : value
  return Buffer.concat([uint32(bytes.length), bytes])
}
