import assert from 'node:assert/strict'
import { addressForTarget } from '../../../server/core/certificate/source-address.ts'

describe('addressForTarget', () => {
  for (const [own, expected] of [
    ['192.0.2.7', '192.0.2.7'],
    ['2001:db8::7', '2001:db8::7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['fe80::1%eth0', 'fe80::1'],
  ] as const) {
    it(`names ${expected} for a connection that leaves from ${own}`, () => {
      assert.deepEqual(addressForTarget({ is: 'own' }, own), { ok: true, value: expected })
    })
  }

  for (const own of [undefined, '', 'localhost', '192.0.2.7,0.0.0.0/0']) {
    it(`makes no certificate for a connection from ${JSON.stringify(own)}`, () => {
      assert.deepEqual(addressForTarget({ is: 'own' }, own), { ok: false, fault: 'no-address' })
    })
  }

  it('names what an administrator listed, whatever the connection says', () => {
    const listed = { is: 'listed', networks: '198.51.100.0/24' } as const
    assert.deepEqual(addressForTarget(listed, '10.0.0.1'), { ok: true, value: '198.51.100.0/24' })
  })

  it('leaves a certificate good from anywhere where an administrator said so', () => {
    assert.deepEqual(addressForTarget({ is: 'any' }, '10.0.0.1'), { ok: true, value: null })
  })
})
