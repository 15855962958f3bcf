import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { readdirSync, renameSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Refusal } from '../../server/core/verdict.ts'
import type { Store } from '../../server/store/store.ts'
import { recordedOutput } from '../support/recorded-bytes.ts'
import { grantFor, openSession, testIdentity } from '../support/sample-grants.ts'
import { StoreBench } from '../support/test-store.ts'

describe('recordings on their way', () => {
  let bench: StoreBench
  let store: Store
  let directory: string

  before(async () => {
    bench = await StoreBench.create()
    store = await bench.open({ spoolBytes: 4 * 1024 * 1024 })
    directory = join(bench.home, 'spool', store.nodeId)
  })
  after(() => bench.end())

  function spooledBytes(): number {
    return readdirSync(directory).reduce(
      (sum, name) => sum + statSync(join(directory, name)).size,
      0,
    )
  }

  it('are many times as much as the spool may hold, and it holds no more', async () => {
    const session = await openSession(store)
    const tapes = [0, 1, 2].map(channel =>
      session.openTape(channel, { terminal: null, title: 'cat' }),
    )
    const written = await Promise.all(
      tapes.map(async tape => {
        const all: Buffer[] = []
        for (let index = 0; index < 25; index += 1) {
          const bytes = randomBytes(100_000)
          await tape.write('stdout', bytes)
          all.push(bytes)
          assert.ok(spooledBytes() <= 4 * 1024 * 1024 + 1000)
        }
        return Buffer.concat(all)
      }),
    )
    await session.close('done')
    for (const [channel, bytes] of written.entries()) {
      assert.ok(Buffer.from(await recordedOutput(store.archive, session.id, channel)).equals(bytes))
    }
    const numbers = (await store.archive.chunks(session.id)).map(({ chunk }) => chunk)
    assert.deepEqual(
      numbers,
      numbers.map((_, index) => index),
    )
    assert.ok(spooledBytes() < 1024 * 1024, 'what is uploaded does not stay')
  })

  it('do not wait for a character that never ends', async () => {
    const session = await openSession(store)
    const tape = session.openTape(0, { terminal: null, title: 'cut' })
    await tape.write('stdout', Buffer.from([0x61, 0xe2, 0x82]))
    while ((await store.archive.chunks(session.id)).length === 0) {
      await new Promise(wake => setTimeout(wake, 50))
    }
    await tape.write('stdout', Buffer.from([0xac]))
    await session.close('done')
    const recorded = await recordedOutput(store.archive, session.id, 0)
    assert.equal(new TextDecoder().decode(recorded), 'a€')
  })

  it('end a session whose spool cannot be read, are uploaded once it can, and go on for others', async () => {
    const grant = await grantFor(store)
    const session = await openSession(store, grant)
    const ended = new Promise<Refusal>(resolve => {
      store.endings.watch({ id: session.id, grant, identity: testIdentity }, resolve)
    })
    const tape = session.openTape(0, { terminal: null, title: 'bad disk' })
    await tape.write('stdout', Buffer.from('read\n'))
    while ((await store.archive.chunks(session.id)).length === 0) {
      await new Promise(wake => setTimeout(wake, 50))
    }
    const newest = readdirSync(directory)
      .filter(name => name.endsWith('.spool'))
      .toSorted()
      .at(-1)
    const path = join(directory, newest ?? '')
    renameSync(path, `${path} away`)
    await tape.write('stdout', Buffer.from('not read\n'))
    assert.equal((await ended).because, 'not-written')
    await assert.rejects(session.close('disk'))

    const other = await openSession(store)
    const otherTape = other.openTape(0, { terminal: null, title: 'other' })
    renameSync(`${path} away`, path)
    await otherTape.write('stdout', Buffer.from('fine\n'))
    await other.close('done')
    while ((await store.archive.session(session.id))?.endedAtMs === null) {
      await new Promise(wake => setTimeout(wake, 50))
    }
    const textOf = async (id: string): Promise<string> =>
      Buffer.from(await recordedOutput(store.archive, id, 0)).toString()
    assert.equal(await textOf(session.id), 'read\nnot read\n')
    assert.equal(await textOf(other.id), 'fine\n')
  })
})
