import assert from 'node:assert/strict'
import { isIP } from 'node:net'
import fc from 'fast-check'
import { parseIpAddress } from '../../../server/core/certificate/ip-address.ts'
import { liesIn, parseSourceAddresses } from '../../../server/core/certificate/source-address.ts'

describe('source-address', () => {
  for (const [list, client, isInside] of [
    ['192.0.2.7', '192.0.2.7', true],
    ['192.0.2.7', '192.0.2.8', false],
    ['192.0.2.7/32', '192.0.2.7', true],
    ['10.0.0.0/8', '10.255.255.255', true],
    ['10.0.0.0/8', '11.0.0.0', false],
    ['10.128.0.0/9', '10.128.0.0', true],
    ['10.128.0.0/9', '10.127.255.255', false],
    ['192.0.2.64/27', '192.0.2.95', true],
    ['192.0.2.64/27', '192.0.2.96', false],
    ['0.0.0.0/0', '198.51.100.1', true],
    ['0.0.0.0/0', '2001:db8::1', false],
    ['::/0', '2001:db8::1', true],
    ['::/0', '10.0.0.1', false],
    ['2001:db8::/32', '2001:db8:ffff::1', true],
    ['2001:db8::/32', '2001:db9::1', false],
    ['2001:db8::5', '2001:0DB8:0:0:0:0:0:5', true],
    ['::1', '::1', true],
    ['10.0.0.0/8,2001:db8::/32', '2001:db8::1', true],
    ['10.0.0.0/8,2001:db8::/32', '192.0.2.1', false],
    // A socket for both families says ::ffff:10.0.0.1 of an IPv4 client; sshd undoes it, too.
    ['10.0.0.0/8', '::ffff:10.1.2.3', true],
    ['10.0.0.0/8', '::ffff:b01:203', false],
    ['fe80::/10', 'fe80::1%eth0', true],
    ['10.0.0.0/8', '', false],
    ['10.0.0.0/8', 'unix', false],
  ] as const) {
    it(`${list} ${isInside ? 'holds' : 'does not hold'} ${client || 'no address'}`, () => {
      const networks = parseSourceAddresses(list)
      assert.ok(networks.ok)
      assert.equal(liesIn(client, networks.value), isInside)
    })
  }

  for (const list of [
    '',
    ',',
    '10.0.0.1,',
    '10.0.0.1, 10.0.0.2',
    '10.1.2.3/8',
    '2001:db8::1/32',
    '10.0.0.0/33',
    '2001:db8::/129',
    '10.0.0.0/',
    '10.0.0.0/-1',
    '10.0.0.0/8/8',
    '10.0.0.0/08x',
    '10.0.0',
    '10.0.0.0.0',
    '256.0.0.1',
    '010.0.0.1',
    '!10.0.0.1',
    '*',
    '10.*',
    'example.org',
    'fe80::1%eth0',
    '1::2::3',
    ':1::2',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4:5:6:7::8:9',
    '::1.2.3',
    '1.2.3.4::',
    '12345::',
    Array.from({ length: 257 }, () => '10.0.0.1').join(','),
  ]) {
    it(`cannot read ${JSON.stringify(list.slice(0, 30))}`, () => {
      assert.equal(parseSourceAddresses(list).ok, false)
    })
  }

  it('reads every address the system reads, and no other', () => {
    const group = fc.integer({ min: 0, max: 0xffff }).map(value => value.toString(16))
    const near = fc
      .array(fc.constantFrom('0', '1', 'f', 'ffff', ':', '::', '.', '255', '1.2.3.4', 'g', '00'), {
        maxLength: 12,
      })
      .map(parts => parts.join(''))
    const groups = fc.array(group, { maxLength: 9 }).map(parts => parts.join(':'))
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6(), near, groups), text => {
        const expected = { 0: undefined, 4: 4, 6: 16 }[isIP(text)]
        assert.equal(parseIpAddress(text)?.length, expected, text)
      }),
      { numRuns: 2000 },
    )
  })
})
