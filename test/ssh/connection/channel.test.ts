import assert from 'node:assert/strict'
import { buffer } from 'node:stream/consumers'
import { setImmediate as turn } from 'node:timers/promises'
import fc from 'fast-check'
import { clientChannel } from '../../../server/ssh/client-channel.ts'
import { byte, MESSAGE, string, uint32 } from '../../../server/ssh/connection/wire.ts'
import { BOUNDS, joinedPair } from './pair.ts'

const WINDOW = 64 * 1024

describe('a channel', () => {
  it('carries both directions and standard error exactly, whatever the sizes', async () => {
    const sizes = fc.array(fc.integer({ min: 0, max: 200_000 }), { maxLength: 6 })
    await fc.assert(
      fc.asyncProperty(sizes, sizes, sizes, async (input, output, errors) => {
        const { openSession } = joinedPair()
        const { near, far } = await openSession()
        const expected = [input, output, errors].map((chunks, at) => fill(chunks, at))
        const [stdin = [], stdout = [], stderr = []] = expected
        const got = Promise.all([buffer(far.input), buffer(near.input), buffer(near.errorInput)])
        for (const chunk of stdin) near.output.write(chunk)
        near.output.end()
        for (const chunk of stdout) far.output.write(chunk)
        for (const chunk of stderr) far.errorOutput.write(chunk)
        await clientChannel(far).finish({ status: 0 })
        assert.deepEqual(
          (await got).map(bytes => bytes.toString('hex')),
          expected.map(chunks => Buffer.concat(chunks).toString('hex')),
        )
      }),
      { numRuns: 30 },
    )
  })

  it('sends no more than the window before somebody reads', async () => {
    const { openSession, fromClient } = joinedPair()
    const { near, far } = await openSession()
    near.output.write(Buffer.alloc(10 * WINDOW))
    await settle()
    assert.equal(dataBytes(fromClient.ofKind(MESSAGE.channelData)), WINDOW)
    far.input.resume()
    await settle()
    assert.equal(dataBytes(fromClient.ofKind(MESSAGE.channelData)), 10 * WINDOW)
  })

  it('sends no packet larger than the peer takes', async () => {
    const { openSession, fromClient } = joinedPair()
    const { near, far } = await openSession()
    far.input.resume()
    near.output.write(Buffer.alloc(300_000))
    await settle()
    const largest = Math.max(...fromClient.ofKind(MESSAGE.channelData).map(({ length }) => length))
    assert.equal(largest, BOUNDS.packetBytes + 9)
  })

  it('holds data back while the socket is full, and a write is not done before', async () => {
    const { openSession, fromServer } = joinedPair()
    const { near, far } = await openSession()
    near.input.resume()
    fromServer.congested = true
    let isWritten = false
    far.output.write('late', () => {
      isWritten = true
    })
    await settle()
    assert.equal(isWritten, false)
    assert.equal(fromServer.ofKind(MESSAGE.channelData).length, 0)
    fromServer.clear()
    await settle()
    assert.equal(isWritten, true)
  })

  it('gives window back for data that nobody will read', async () => {
    const { openSession, fromClient } = joinedPair()
    const { near, far } = await openSession()
    far.input.destroy()
    near.output.write(Buffer.alloc(5 * WINDOW))
    await settle()
    assert.equal(dataBytes(fromClient.ofKind(MESSAGE.channelData)), 5 * WINDOW)
  })

  it('holds a window full of 1-byte packets in little memory', async () => {
    const { openSession } = joinedPair()
    const { near, far } = await openSession()
    far.input.once('readable', () => undefined)
    await settle()
    for (let sent = 0; sent < WINDOW; sent += 1) near.output.write('x')
    await settle()
    let chunks = 0
    far.input.on('data', () => {
      chunks += 1
    })
    await settle()
    assert.ok(chunks < WINDOW / 10, `${chunks} chunks`)
  })

  it('ends the connection of a peer that sends more than the window', async () => {
    const { openSession, fromServer, server } = joinedPair()
    await openSession()
    const half = Buffer.alloc(WINDOW / 2)
    for (const most of [half, half]) {
      server.receive(Buffer.concat([byte(MESSAGE.channelData), uint32(0), string(most)]))
    }
    assert.equal(fromServer.disconnected, null)
    server.receive(Buffer.concat([byte(MESSAGE.channelData), uint32(0), string('x')]))
    assert.match(fromServer.disconnected ?? '', /window/)
  })

  it('ends the connection of a peer that sends more standard error than the window', async () => {
    const { openSession, fromClient, client } = joinedPair()
    await openSession()
    for (const bytes of [WINDOW / 2, WINDOW / 2, 1]) {
      assert.equal(fromClient.disconnected, null)
      const data = [uint32(1), string(Buffer.alloc(bytes))]
      client.receive(Buffer.concat([byte(MESSAGE.channelExtendedData), uint32(0), ...data]))
    }
    assert.match(fromClient.disconnected ?? '', /window/)
  })

  for (const [what, message] of [
    ['data with something behind it', [MESSAGE.channelData, string('x'), byte(0)]],
    [
      'errors with something behind them',
      [MESSAGE.channelExtendedData, uint32(1), string('x'), byte(0)],
    ],
    [
      'a packet larger than it may send',
      [MESSAGE.channelData, string(Buffer.alloc(32 * 1024 + 1))],
    ],
  ] as const) {
    it(`ends the connection of a peer that sends ${what}`, async () => {
      const { openSession, fromClient, client } = joinedPair()
      await openSession()
      const [kind, ...fields] = message
      client.receive(Buffer.concat([byte(kind), uint32(0), ...fields]))
      assert.match(fromClient.disconnected ?? '', /too many at the end|larger than we take/)
    })
  }

  it('ends the connection of a peer that grows the window beyond 4 GiB', async () => {
    const { openSession, fromServer, server } = joinedPair()
    await openSession()
    const adjust = [byte(MESSAGE.channelWindowAdjust), uint32(0), uint32(0xffff_ffff)]
    server.receive(Buffer.concat(adjust))
    assert.match(fromServer.disconnected ?? '', /4 GiB/)
  })

  it('flushes errors and output, then sends status, EOF and CLOSE, in this order', async () => {
    const { openSession, fromServer } = joinedPair()
    const { near, far } = await openSession()
    near.input.resume()
    near.errorInput.resume()
    far.output.write(Buffer.alloc(3 * WINDOW))
    far.errorOutput.write(Buffer.alloc(3 * WINDOW))
    await clientChannel(far).finish({ status: 3 })
    const kinds = fromServer.sent.map(message => message[0])
    const firstAfterData = kinds.lastIndexOf(MESSAGE.channelData) + 1
    assert.ok(firstAfterData > kinds.lastIndexOf(MESSAGE.channelExtendedData))
    assert.deepEqual(kinds.slice(firstAfterData), [
      MESSAGE.channelRequest,
      MESSAGE.channelEof,
      MESSAGE.channelClose,
    ])
  })

  it('finishes although the peer has gone', async () => {
    const { openSession, server } = joinedPair()
    const { far } = await openSession()
    far.output.write(Buffer.alloc(3 * WINDOW))
    const finished = clientChannel(far).finish({ status: 0 })
    server.abandon()
    await finished
    await far.gone
  })

  it('keeps a half-open channel open: EOF from one side, data from the other', async () => {
    const { openSession } = joinedPair()
    const { near, far } = await openSession()
    near.output.end('question')
    assert.equal((await buffer(far.input)).toString(), 'question')
    far.output.write('answer')
    await clientChannel(far).finish({ status: 0 })
    assert.equal((await buffer(near.input)).toString(), 'answer')
  })

  it('keeps what came before anybody listened, and the EOF after it', async () => {
    const { openSession } = joinedPair()
    const { near, far } = await openSession()
    near.output.end('early')
    await settle()
    assert.equal((await buffer(far.input)).toString(), 'early')
  })

  it('answers requests in their order, each once, and none that asked for no answer', async () => {
    const { openSession, fromServer } = joinedPair()
    const { near, far } = await openSession()
    far.onRequest = request => {
      if (request.type === 'yes') request.succeed()
      else request.fail()
      request.fail()
    }
    near.announce('yes')
    assert.deepEqual(await Promise.all([near.ask('yes'), near.ask('no'), near.ask('yes')]), [
      true,
      false,
      true,
    ])
    const answers = [MESSAGE.channelSuccess, MESSAGE.channelFailure].flatMap(kind =>
      fromServer.ofKind(kind),
    )
    assert.equal(answers.length, 3)
  })

  it('answers no to what is asked of a channel that closes', async () => {
    const { openSession } = joinedPair()
    const { near, far } = await openSession()
    far.onRequest = () => far.close()
    assert.equal(await near.ask('anything'), false)
    assert.equal(await near.ask('anything'), false)
  })
})

describe('a multiplexer', () => {
  it('refuses a channel whose packets would be tiny', async () => {
    for (const size of [0, 1, 511]) {
      const { fromServer, server } = joinedPair()
      server.receive(
        Buffer.concat([
          byte(MESSAGE.channelOpen),
          string('session'),
          uint32(0),
          uint32(1000),
          uint32(size),
        ]),
      )
      assert.equal(fromServer.ofKind(MESSAGE.channelOpenFailure).length, 1, `size ${size}`)
    }
  })

  it('leaves nobody waiting for a channel when the answer cannot be read', async () => {
    for (const message of [MESSAGE.channelOpenConfirmation, MESSAGE.channelOpenFailure]) {
      const { client, fromClient } = joinedPair()
      const opening = client.open('session')
      client.receive(Buffer.concat([byte(message), uint32(0), byte(0)]))
      assert.notEqual(fromClient.disconnected, null)
      client.abandon()
      assert.equal(await opening, 'the connection was closed')
    }
  })

  it('ends the connection of a peer that confirms with tiny packets', async () => {
    const { client, fromClient } = joinedPair()
    void client.open('session')
    const confirmation = [MESSAGE.channelOpenConfirmation, 0, 0, 1000, 0]
    const [kind = 0, ...fields] = confirmation
    client.receive(Buffer.concat([byte(kind), ...fields.map(field => uint32(field))]))
    assert.match(fromClient.disconnected ?? '', /packet size 0/)
  })

  it('opens as many channels as are allowed, and again when one is closed', async () => {
    const { openSession, client } = joinedPair()
    const channels = []
    for (let opened = 0; opened < 4; opened += 1) channels.push(await openSession())
    const fifth = await client.open('session')
    assert.ok(typeof fifth === 'string')
    assert.match(fifth, /4 channels are open/)
    channels[0]?.near.close()
    await settle()
    await openSession()
  })

  it('answers global requests in their order', async () => {
    const { server, fromServer } = joinedPair({ onGlobalRequest: name => name === 'yes' })
    for (const name of ['yes', 'no', 'yes']) {
      server.receive(Buffer.concat([byte(MESSAGE.globalRequest), string(name), byte(1)]))
    }
    assert.deepEqual(
      fromServer.sent.map(message => message[0]),
      [MESSAGE.requestSuccess, MESSAGE.requestFailure, MESSAGE.requestSuccess],
    )
  })

  it('says nothing to a global request that wants no answer', () => {
    const { server, fromServer } = joinedPair()
    server.receive(Buffer.concat([byte(MESSAGE.globalRequest), string('x'), byte(0)]))
    assert.equal(fromServer.sent.length, 0)
  })

  it('survives any message, whole or cut', () => {
    const kinds = fc.constantFrom(80, ...Array.from({ length: 11 }, (_, at) => 90 + at))
    const tail = fc.oneof(
      fc.uint8Array({ maxLength: 64 }),
      // Fields that are right so far reach further in.
      fc
        .tuple(fc.nat(3), fc.string({ maxLength: 12 }), fc.uint8Array({ maxLength: 20 }))
        .map(([id, name, rest]) => Buffer.concat([uint32(id), string(name), rest])),
    )
    fc.assert(
      fc.property(fc.array(fc.tuple(kinds, tail), { maxLength: 20 }), messages => {
        const { server } = joinedPair()
        for (const [kind, rest] of messages) server.receive(Buffer.concat([byte(kind), rest]))
        server.abandon()
      }),
      { numRuns: 1000 },
    )
  })
})

function fill(sizes: readonly number[], seed: number): Buffer[] {
  return sizes.map((size, at) => Buffer.alloc(size, `${seed}${at}${size}`))
}

function dataBytes(messages: readonly Buffer[]): number {
  return messages.reduce((sum, { length }) => sum + length - 9, 0)
}

/** Lets everything happen that is already under way. */
async function settle(): Promise<void> {
  for (let turns = 0; turns < 50; turns += 1) await turn()
}
