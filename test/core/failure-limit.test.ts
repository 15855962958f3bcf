import assert from 'node:assert/strict'
import { limitFailures } from '../../server/core/failure-limit.ts'

describe('limitFailures', () => {
  let nowMs = 0
  const clock = { monotonicMs: () => nowMs }

  it('lets an address fail so many times a minute, and others as often', () => {
    const limit = limitFailures(2, clock)
    for (const expected of [true, true, false, false]) {
      assert.equal(limit.mayTry('192.0.2.1'), expected)
      limit.failed('192.0.2.1')
    }
    assert.ok(limit.mayTry('192.0.2.2'))
    nowMs += 60_001
    assert.ok(limit.mayTry('192.0.2.1'))
  })

  it('takes a network of IPv6 for one address, and a mapped IPv4 address for itself', () => {
    const limit = limitFailures(1, clock)
    limit.failed('2001:db8::1')
    assert.equal(limit.mayTry('2001:db8:0:0:ffff::2'), false)
    assert.ok(limit.mayTry('2001:db8:0:1::1'))
    limit.failed('::ffff:192.0.2.1')
    assert.equal(limit.mayTry('192.0.2.1'), false)
    assert.ok(limit.mayTry('::ffff:192.0.2.2'))
  })

  it('forgives what was no failure after all', () => {
    const limit = limitFailures(1, clock)
    limit.failed('192.0.2.1')
    limit.forgive('192.0.2.1')
    limit.forgive('192.0.2.1')
    assert.ok(limit.mayTry('192.0.2.1'))
    limit.failed('192.0.2.1')
    assert.equal(limit.mayTry('192.0.2.1'), false)
  })

  it('remembers ten thousand origins and forgets the first of them for one more', () => {
    const limit = limitFailures(1, clock)
    const address = (number: number): string =>
      `10.${number >> 16}.${(number >> 8) & 255}.${number & 255}`
    for (let number = 0; number <= 10_000; number += 1) limit.failed(address(number))
    assert.ok(limit.mayTry(address(0)))
    for (const number of [1, 10_000]) assert.equal(limit.mayTry(address(number)), false)
  })
})
