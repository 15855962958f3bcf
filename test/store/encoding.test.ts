import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { SpoolEncoding } from '../../server/store/spool/encoding.ts'
import type { FromEncoding } from '../../server/store/spool/encoding-messages.ts'
import { segmentPath } from '../../server/store/spool/segment.ts'
import { Spool } from '../../server/store/spool/spool.ts'
import { Uploader } from '../../server/store/spool/uploader.ts'

const sessionId = '01900000-0000-7000-8000-0000000000ff'
const BOUNDS = { spoolBytes: 1024 * 1024, segmentBytes: 256 * 1024, stallMs: 1000 }

describe('a spool that is read', () => {
  let folder: string
  let spool: Spool

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sallyport spool-'))
    spool = await Spool.create(join(folder, 'node'), BOUNDS, () => {})
  })
  afterEach(async () => {
    await spool.close(true)
    rmSync(folder, { recursive: true, force: true })
  })

  async function record(channel: number): Promise<void> {
    const bytes = Buffer.from('text')
    const kept = { is: 'bytes', stream: 'stdout', atMs: 1, bytes } as const
    const header = { terminal: null, title: 'x' }
    const opening = { session: sessionId, channel, startedAtMs: 0, header }
    const records = [
      { is: 'open', atMs: 0, opening } as const,
      kept,
      { is: 'close', atMs: 2 } as const,
    ]
    for (const [number, one] of records.entries())
      await spool.append({ sessionId, channel, number, record: one })
  }

  it('passes over a dropped session, and remembers it only while there can be more of it', async () => {
    const told: FromEncoding[] = []
    const encoding = new SpoolEncoding(spool.directory, { segment: 0, offset: 0 }, message =>
      told.push(message),
    )
    const closed = (): number[] =>
      told.flatMap(message => (message.is === 'closed' ? [message.channel] : []))
    const until = async (holds: () => boolean): Promise<void> => {
      while (!holds()) await sleep(10)
    }
    const read = encoding.run()
    await record(1)
    encoding.receive({ is: 'drop', sessionId })
    await record(2)
    encoding.receive({ is: 'forget', sessionId, end: spool.end })
    encoding.receive({ is: 'advance', end: spool.end })
    const before = told.length
    await until(() => told.length > before + 1)
    assert.deepEqual(closed(), [])
    await record(3)
    encoding.receive({ is: 'advance', end: spool.end })
    await until(() => closed().length > 0)
    assert.deepEqual(closed(), [3])
    encoding.receive({ is: 'stop' })
    await read
  })

  it('is read by no further thread when one dies of it while it is being closed', async () => {
    const threads = (): number =>
      process.getActiveResourcesInfo().filter(name => name === 'MessagePort').length
    const before = threads()
    const uploader = new Uploader(
      spool,
      async () => {},
      () => {},
    )
    await record(1)
    rmSync(segmentPath(spool.directory, 0))
    await uploader.stop()
    // Longer than a dead thread's place stays empty.
    await sleep(1300)
    assert.equal(threads(), before)
  })
})
