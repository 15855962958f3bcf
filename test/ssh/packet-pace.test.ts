import assert from 'node:assert/strict'
import { PassThrough } from 'node:stream'
import { PacketPace, PacketPaces, pacePackets } from '../../server/ssh/packet-pace.ts'
import type { Ssh2Peer } from '../../server/ssh/transport.ts'

/** A connection that brings so many packets in one read. */
function connection(pace: PacketPace | null) {
  const socket = new PassThrough()
  const decipher = { inSeqno: 3 }
  const peer = { _protocol: { _decipher: decipher }, _sock: socket }
  pacePackets(peer as unknown as Ssh2Peer, pace)
  return {
    socket,
    isRead: (): boolean => !socket.isPaused(),
    bring(packets: number, bytes: number): void {
      decipher.inSeqno += packets
      socket.emit('data', Buffer.alloc(bytes))
    },
    countAnew: (): void => {
      decipher.inSeqno = 0
    },
  }
}

const turn = (): Promise<void> => new Promise(resolve => setImmediate(resolve))

describe('pacePackets', () => {
  it('reads large packets as fast as they come', () => {
    const upload = connection(new PacketPace(10))
    for (let read = 0; read < 1000; read += 1) {
      upload.bring(2, 65_536)
      assert.ok(upload.isRead())
    }
  })

  it('reads small packets up to what may come at once, and then no more for a while', async () => {
    const flood = connection(new PacketPace(100))
    for (let read = 0; read < 20; read += 1) flood.bring(50, 1800)
    assert.ok(flood.isRead(), 'ten seconds of them')
    flood.bring(50, 1800)
    assert.equal(flood.isRead(), false)
    await turn()
    assert.equal(flood.isRead(), false)
  })

  it('lets others go first after many at once', async () => {
    const flood = connection(new PacketPace(1_000_000))
    flood.bring(1800, 65_536)
    assert.equal(flood.isRead(), false)
    await turn()
    assert.ok(flood.isRead())
  })

  it('counts all connections of an agent as one, but for those that send little', () => {
    const pace = new PacketPace(100)
    const [flood, another, quiet] = [connection(pace), connection(pace), connection(pace)]
    flood.bring(1500, 54_000)
    another.bring(500, 18_000)
    assert.deepEqual([flood.isRead(), another.isRead()], [false, false])
    for (let read = 0; read < 90; read += 1) quiet.bring(1, 36)
    assert.ok(quiet.isRead())
  })

  it('remembers an agent that comes again, and of very many the last ones', () => {
    const paces = new PacketPaces(100)
    const pace = paces.of('alice')
    assert.equal(paces.of('alice'), pace)
    for (let number = 0; number < 9999; number += 1) paces.of(`agent-${number}`)
    assert.equal(paces.of('alice'), pace)
    for (let number = 0; number < 10_000; number += 1) paces.of(`other-${number}`)
    assert.notEqual(paces.of('alice'), pace)
  })

  it('only lets others go first where a target floods us', async () => {
    const target = connection(null)
    for (let read = 0; read < 100; read += 1) {
      target.bring(1800, 65_536)
      assert.equal(target.isRead(), false)
      await turn()
      assert.ok(target.isRead())
    }
  })

  it('is not fooled by numbers that begin anew', () => {
    const rekeyed = connection(new PacketPace(100))
    rekeyed.countAnew()
    rekeyed.bring(90, 3240)
    assert.ok(rekeyed.isRead())
  })
})
