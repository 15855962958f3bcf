import assert from 'node:assert/strict'
import { RequestLimit } from '../../../server/http/identity/request-limit.ts'

describe('RequestLimit', () => {
  let nowMs = 0
  const clock = { nowMs: () => nowMs, monotonicMs: () => nowMs }
  const limit = (perMinute: number, perMinutePerAddress: number) =>
    new RequestLimit({ perMinute, perMinutePerAddress }, clock)

  it('counts each address for itself', () => {
    const limited = limit(100, 2)
    const asked = ['10.0.0.1', '10.0.0.1', '10.0.0.1', '10.0.0.2'].map(
      address => limited.admit(address).is,
    )
    assert.deepEqual(asked, ['admitted', 'admitted', 'refused', 'admitted'])
  })

  it('takes a network of IPv6 for one address, however it is spelt', () => {
    const limited = limit(100, 2)
    const asked = [
      '2001:db8:0:1::1',
      '2001:db8::1:ffff:0:0:1',
      '2001:0db8:0000:0001::2',
      '2001:db8:0:2::1',
    ]
    assert.deepEqual(
      asked.map(address => limited.admit(address).is),
      ['admitted', 'admitted', 'refused', 'admitted'],
    )
  })

  it('says once a minute that all is used up', () => {
    const limited = limit(2, 10)
    const asked = ['a', 'b', 'c', 'd'].map(address => limited.admit(address))
    assert.deepEqual(asked.slice(2), [
      { is: 'refused', scope: 'all', isFirst: true },
      { is: 'refused', scope: 'all', isFirst: false },
    ])
    nowMs += 60_000
    assert.equal(limited.admit('e').is, 'admitted')
  })

  it('does not let one address that is refused use up what is for all', () => {
    const limited = limit(5, 2)
    for (let time = 0; time < 100; time += 1) limited.admit('10.0.0.1')
    assert.equal(limited.admit('10.0.0.2').is, 'admitted')
  })

  it('keeps room for addresses that were given something before, up to their own number', () => {
    const limited = limit(2, 3)
    limited.admit('10.0.0.1')
    limited.remember('10.0.0.1')
    for (const stranger of ['10.0.0.2', '10.0.0.3', '10.0.0.4']) limited.admit(stranger)
    assert.equal(limited.admit('10.0.0.5').is, 'refused')
    const asked = [1, 2, 3].map(() => limited.admit('10.0.0.1').is)
    assert.deepEqual(asked, ['admitted', 'admitted', 'refused'])
  })
})
