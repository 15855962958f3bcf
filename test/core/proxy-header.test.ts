import assert from 'node:assert/strict'
import fc from 'fast-check'
import { PROXY_HEADER_MOST_BYTES, readProxyHeader } from '../../server/core/proxy-header.ts'

const SIGNATURE = Buffer.from('0d0a0d0a000d0a515549540a', 'hex')

/** As haproxy writes it for 192.0.2.7:56324 → 198.51.100.1:2222. */
const IPV4 = Uint8Array.from(
  Buffer.concat([SIGNATURE, Buffer.from('2111000cc0000207c6336401dc0408ae', 'hex')]),
)
/** For 2001:db8::7. */
const IPV6 = Buffer.concat([
  SIGNATURE,
  Buffer.from('2121002420010db8000000000000000000000007', 'hex'),
  Buffer.alloc(20, 1),
])

describe('readProxyHeader', () => {
  it('reads an IPv4 client and leaves what follows', () => {
    const bytes = Uint8Array.of(...IPV4, ...Buffer.from('SSH-2.0-x\r\n'))
    assert.deepEqual(readProxyHeader(bytes), { is: 'complete', length: 28, address: '192.0.2.7' })
  })

  it('reads an IPv6 client', () => {
    assert.deepEqual(readProxyHeader(IPV6), {
      is: 'complete',
      length: 52,
      address: '2001:db8:0:0:0:0:0:7',
    })
  })

  it('passes over what is appended to the addresses', () => {
    const bytes = Uint8Array.of(...IPV4, 4, 0, 1, 9)
    bytes[15] = 16
    assert.deepEqual(readProxyHeader(bytes), { is: 'complete', length: 32, address: '192.0.2.7' })
  })

  it('knows a balancer that speaks for itself', () => {
    const bytes = Uint8Array.of(...SIGNATURE, 0x20, 0, 0, 0)
    assert.deepEqual(readProxyHeader(bytes), { is: 'complete', length: 16, address: null })
  })

  it('waits for the rest of a header cut at any byte', () => {
    for (let length = 0; length < IPV4.length; length += 1) {
      assert.equal(readProxyHeader(IPV4.subarray(0, length)).is, 'incomplete', `cut at ${length}`)
    }
  })

  it('refuses a signature with any byte changed, as soon as it comes', () => {
    for (let at = 0; at < SIGNATURE.length; at += 1) {
      const bytes = Uint8Array.from(IPV4)
      bytes[at] = (bytes[at] ?? 0) ^ 1
      assert.equal(readProxyHeader(bytes.subarray(0, at + 1)).is, 'fault', `byte ${at}`)
    }
  })

  for (const [what, at, value] of [
    ['version 1', 12, 0x11],
    ['an unknown command', 12, 0x22],
    ['datagrams', 13, 0x12],
    ['unix sockets', 13, 0x31],
    ['nothing in particular', 13, 0],
    ['addresses that are too short', 15, 11],
    ['a header that is too long', 14, 0xff],
  ] as const) {
    it(`refuses ${what}`, () => {
      const bytes = Uint8Array.from(IPV4)
      bytes[at] = value
      assert.equal(readProxyHeader(bytes).is, 'fault')
    })
  }

  it('survives any bytes', () => {
    const tail = fc.uint8Array({ maxLength: PROXY_HEADER_MOST_BYTES })
    fc.assert(
      fc.property(fc.boolean(), tail, (isSigned, rest) => {
        const header = readProxyHeader(Uint8Array.of(...(isSigned ? SIGNATURE : []), ...rest))
        if (header.is === 'complete') assert.ok(header.length <= PROXY_HEADER_MOST_BYTES)
      }),
      { numRuns: 1000 },
    )
  })
})
