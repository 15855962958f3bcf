import assert from 'node:assert/strict'
import { limitRequests } from '../../../server/http/identity/request-limit.ts'

describe('limitRequests', () => {
  let nowMs = 0
  const clock = { nowMs: () => nowMs, monotonicMs: () => nowMs }
  const limit = (perMinute: number, perMinutePerAddress: number) =>
    limitRequests({ perMinute, perMinutePerAddress }, clock)

  it('counts each address for itself', () => {
    const admit = limit(100, 2)
    const asked = ['10.0.0.1', '10.0.0.1', '10.0.0.1', '10.0.0.2'].map(address => admit(address).is)
    assert.deepEqual(asked, ['admitted', 'admitted', 'refused', 'admitted'])
  })

  it('takes a network of IPv6 for one address, however it is spelt', () => {
    const admit = limit(100, 2)
    const asked = [
      '2001:db8:0:1::1',
      '2001:db8::1:ffff:0:0:1',
      '2001:0db8:0000:0001::2',
      '2001:db8:0:2::1',
    ]
    assert.deepEqual(
      asked.map(address => admit(address).is),
      ['admitted', 'admitted', 'refused', 'admitted'],
    )
  })

  it('says once a minute that all is used up', () => {
    const admit = limit(2, 10)
    const asked = ['a', 'b', 'c', 'd'].map(admit)
    assert.deepEqual(asked.slice(2), [
      { is: 'refused', scope: 'all', isFirst: true },
      { is: 'refused', scope: 'all', isFirst: false },
    ])
    nowMs += 60_000
    assert.equal(admit('e').is, 'admitted')
  })

  it('does not let one address that is refused use up what is for all', () => {
    const admit = limit(5, 2)
    for (let time = 0; time < 100; time += 1) admit('10.0.0.1')
    assert.equal(admit('10.0.0.2').is, 'admitted')
  })
})
