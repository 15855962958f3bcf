import assert from 'node:assert/strict'
import { parseClientAddress, plainAddress } from '../../../server/core/certificate/ip-address.ts'

describe('the address of a client on a socket for both families', () => {
  for (const [named, plain] of [
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['::FFFF:192.0.2.1', '192.0.2.1'],
    ['192.0.2.1', '192.0.2.1'],
    ['2001:db8::1', '2001:db8::1'],
    ['::ffff:c000:201', '::ffff:c000:201'], // another way to write it, which no kernel uses
    ['fe80::1%eth0', 'fe80::1%eth0'],
    ['', ''],
  ] as const) {
    it(`${JSON.stringify(named)} is ${JSON.stringify(plain)}`, () => {
      assert.equal(plainAddress(named), plain)
      assert.deepEqual(parseClientAddress(named), parseClientAddress(plain))
    })
  }
})
