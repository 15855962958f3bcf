import assert from 'node:assert/strict'
import { PassThrough, Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { untilClosed } from '../../server/session/relay.ts'
import { Inbox } from '../../server/ssh/connection/inbox.ts'

async function collected(stream: Readable, each = async () => {}): Promise<string> {
  const all: Uint8Array[] = []
  for await (const bytes of untilClosed(stream)) {
    all.push(bytes)
    await each()
  }
  return Buffer.concat(all).toString()
}

describe('the chunks of a stream', () => {
  it('come in their order, however slowly they are taken, and are not read ahead of', async () => {
    const stream = new PassThrough({ highWaterMark: 4 })
    const written: string[] = []
    const writing = (async () => {
      for (let at = 0; at < 50; at += 1) {
        written.push(`${at} `)
        if (!stream.write(`${at} `)) await new Promise(resolve => stream.once('drain', resolve))
        if (at % 7 === 0) await sleep(1)
      }
      stream.end()
    })()
    let taken = 0
    const text = await collected(stream, async () => {
      taken += 1
      assert.ok(written.length - taken < 20, 'what is not taken yet is not read either')
      if (taken % 5 === 0) await sleep(2)
    })
    await writing
    assert.equal(text, written.join(''))
  })

  it('are handed over in the turn in which they come', async () => {
    const credited: number[] = []
    const inbox = new Inbox(bytes => credited.push(bytes))
    const chunks = untilClosed(inbox)[Symbol.asyncIterator]()
    const first = chunks.next()
    await new Promise(setImmediate)
    let got = ''
    void first.then(({ value }) => {
      got = String(value)
    })
    inbox.receive(Buffer.from('key'))
    for (let tick = 0; tick < 5; tick += 1) await Promise.resolve()
    assert.equal(got, 'key')
    assert.deepEqual(credited, [3])
    inbox.receive(Buffer.from('a'))
    inbox.receive(Buffer.from('b'))
    inbox.finish()
    const rest: string[] = []
    for (let next = await chunks.next(); next.done !== true; next = await chunks.next()) {
      rest.push(String(next.value))
    }
    assert.equal(rest.join(''), 'ab')
    assert.deepEqual((await chunks.next()).done, true)
  })

  it('end where the stream is closed, without a fault', async () => {
    const stream = new PassThrough()
    const reading = collected(stream)
    stream.write('last')
    await sleep(1)
    stream.destroy()
    assert.equal(await reading, 'last')
    assert.equal(await collected(stream), '')
    const over = Readable.from([Buffer.from('x')])
    assert.equal(await collected(over), 'x')
    assert.equal(await collected(over), '')
  })

  it('end in the fault of the stream', async () => {
    const stream = new PassThrough()
    const reading = collected(stream)
    stream.destroy(new Error('disk on fire'))
    await assert.rejects(reading, /disk on fire/)
  })

  it('close the stream when nobody wants more', async () => {
    const stream = new PassThrough()
    stream.write('a')
    for await (const bytes of untilClosed(stream)) {
      assert.equal(String(bytes), 'a')
      break
    }
    assert.equal(stream.destroyed, true)
  })
})
