import assert from 'node:assert/strict'
import { Crowd } from '../../server/core/crowd.ts'

describe('Crowd', () => {
  const person = (address: string, name = address, hasSpoken = false) => ({
    address,
    name,
    hasSpoken,
  })
  const limits = { inAll: 4, perAddress: 2 }

  it('lets everybody in while there is room', () => {
    const crowd = new Crowd<ReturnType<typeof person>>(limits)
    for (const address of ['a', 'b', 'c', 'd']) assert.equal(crowd.enter(person(address)), null)
    assert.equal(crowd.size, 4)
  })

  it('sends the oldest of an address away when that address has its share', () => {
    const crowd = new Crowd<ReturnType<typeof person>>(limits)
    for (const name of ['first', 'second']) crowd.enter(person('a', name))
    crowd.enter(person('b'))
    assert.equal(crowd.enter(person('a', 'third'))?.name, 'first')
    assert.equal(crowd.size, 3)
  })

  it('sends the oldest of all away when the house is full', () => {
    const crowd = new Crowd<ReturnType<typeof person>>(limits)
    for (const address of ['a', 'b', 'c', 'd']) crowd.enter(person(address))
    assert.equal(crowd.enter(person('e'))?.name, 'a')
    assert.equal(crowd.size, 4)
  })

  it('sends away one of those who are more: who have spoken, or who have not', () => {
    const crowd = new Crowd<ReturnType<typeof person>>(limits)
    crowd.enter(person('a', 'a', true))
    crowd.enter(person('b'))
    crowd.enter(person('c', 'c', true))
    crowd.enter(person('d', 'd', true))
    assert.equal(crowd.enter(person('e'))?.name, 'a')
    assert.equal(crowd.enter(person('f'))?.name, 'b', 'as many of each: who has not spoken')
    assert.equal(crowd.enter(person('g'))?.name, 'e', 'two of each again, and e is older than f')
  })

  it('keeps the newcomer who is about to speak where strangers who have spoken hold every place', () => {
    const crowd = new Crowd<ReturnType<typeof person>>({ inAll: 100, perAddress: 100 })
    for (let number = 0; number < 100; number += 1) crowd.enter(person('a', 'stranger', true))
    const honest = person('b', 'honest')
    crowd.enter(honest)
    for (let number = 0; number < 49; number += 1) {
      assert.notEqual(crowd.enter(person('c', 'stranger'))?.name, 'honest')
    }
    honest.hasSpoken = true
    for (let number = 0; number < 1000; number += 1) {
      assert.notEqual(crowd.enter(person('c', 'stranger'))?.name, 'honest')
    }
  })

  it('counts a whole IPv6 network as one address', () => {
    const crowd = new Crowd<ReturnType<typeof person>>(limits)
    crowd.enter(person('2001:db8:0:1::1', 'first'))
    crowd.enter(person('2001:db8:0:1:ffff::2', 'second'))
    crowd.enter(person('2001:db8:0:2::1', 'elsewhere'))
    assert.equal(crowd.enter(person('2001:db8:0:1::3', 'third'))?.name, 'first')
  })

  it('makes room when somebody leaves', () => {
    const crowd = new Crowd<ReturnType<typeof person>>(limits)
    const leaver = person('a')
    crowd.enter(leaver)
    for (const address of ['b', 'c', 'd']) crowd.enter(person(address))
    crowd.leave(leaver)
    assert.equal(crowd.enter(person('e')), null)
  })
})
