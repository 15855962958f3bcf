import assert from 'node:assert/strict'
import { Crowd } from '../../server/ssh/crowd.ts'

describe('Crowd', () => {
  const person = (address: string, name = address, hasHandshaken = false) => ({
    address,
    name,
    hasHandshaken,
  })
  const limits = { unauthenticated: 4, unauthenticatedPerAddress: 2 }

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

  it('spares those who have finished a key exchange as long as others have not', () => {
    const crowd = new Crowd<ReturnType<typeof person>>(limits)
    crowd.enter(person('a', 'a', true))
    crowd.enter(person('b', 'b', true))
    crowd.enter(person('c'))
    crowd.enter(person('d', 'd', true))
    assert.equal(crowd.enter(person('e', 'e', true))?.name, 'c')
    assert.equal(crowd.enter(person('f'))?.name, 'a')
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
