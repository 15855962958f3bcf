import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { appendFileSync, mkdtempSync, readdirSync, rmSync, statSync, truncateSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import type { TapeRecord } from '../../server/core/recording/tape-record.ts'
import {
  decodeFrame,
  encodeFrame,
  FRAME_BYTES,
  SEGMENT_MAGIC,
  type SpoolRecord,
} from '../../server/store/spool/frame.ts'
import { readSegment } from '../../server/store/spool/read-segment.ts'
import { segmentPath } from '../../server/store/spool/segment.ts'
import { Spool } from '../../server/store/spool/spool.ts'

const sessionId = '01900000-0000-7000-8000-0000000000ff'

function bytesRecord(number: number, bytes: Uint8Array): SpoolRecord {
  return {
    sessionId,
    channel: 1,
    number,
    record: { is: 'bytes', stream: 'stdout', atMs: 7, bytes },
  }
}

const records: TapeRecord[] = [
  {
    is: 'open',
    atMs: 0.5,
    opening: {
      session: sessionId,
      channel: 1,
      startedAtMs: 1_732_118_400_000,
      header: { terminal: null, title: 'id' },
    },
  },
  { is: 'bytes', stream: 'stdout', atMs: 0, bytes: Buffer.alloc(0) },
  { is: 'bytes', stream: 'stderr', atMs: 1.5, bytes: Buffer.from([0, 255]) },
  { is: 'bytes', stream: 'stdin', atMs: 2 ** 40, bytes: Buffer.alloc(FRAME_BYTES, 1) },
  { is: 'resize', atMs: 3, columns: 0xffffffff, rows: 0 },
  { is: 'close', atMs: 4 },
]

describe('a spool frame', () => {
  for (const record of records) {
    const frame = encodeFrame({ sessionId, channel: 0xffffffff, number: 12, record })

    it(`brings back ${record.is}`, () => {
      assert.deepEqual(decodeFrame(frame, 0), {
        is: 'frame',
        spooled: { sessionId, channel: 0xffffffff, number: 12, record },
        next: frame.length,
      })
    })

    it(`of ${record.is} is incomplete, cut anywhere`, () => {
      const step = Math.max(1, Math.floor(frame.length / 200))
      for (let length = 0; length < frame.length; length += step) {
        assert.equal(decodeFrame(frame.subarray(0, length), 0).is, 'incomplete', `cut at ${length}`)
      }
    })

    it(`of ${record.is} is never believed with a byte changed`, () => {
      const step = Math.max(1, Math.floor(frame.length / 200))
      for (let at = 0; at < frame.length; at += step) {
        const changed = Buffer.from(frame)
        changed[at] = (changed[at] ?? 0) ^ 0x40
        assert.notEqual(decodeFrame(changed, 0).is, 'frame', `byte ${at}`)
      }
    })
  }

  it('is not found in arbitrary bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), bytes => {
        assert.notEqual(decodeFrame(Buffer.from(bytes), 0).is, 'frame')
      }),
    )
  })
})

describe('the spool', () => {
  let directory: string
  let spool: Spool | null

  beforeEach(() => {
    directory = join(mkdtempSync(join(tmpdir(), 'sallyport spool-')), 'node')
  })
  afterEach(async () => {
    await spool?.close(true)
    spool = null
    rmSync(join(directory, '..'), { recursive: true, force: true })
  })

  async function create(bounds: Partial<Parameters<typeof Spool.create>[1]> = {}): Promise<Spool> {
    spool = await Spool.create(
      directory,
      { spoolBytes: 1_000_000, segmentBytes: 250_000, stallMs: 30_000, ...bounds },
      () => {},
    )
    return spool
  }

  async function readAll(): Promise<Uint8Array[]> {
    const found: Uint8Array[] = []
    for (const name of readdirSync(directory).toSorted()) {
      const number = Number.parseInt(name, 10)
      const { size } = statSync(join(directory, name))
      for (let offset = 0; ; ) {
        const part = await readSegment(directory, number, offset, size)
        if (part.records.length === 0) break
        for (const { record } of part.records) {
          if (record.is === 'bytes') found.push(record.bytes)
        }
        offset = part.next
      }
    }
    return found
  }

  it('has on disk what it has acknowledged, in order, for nobody else to read', async () => {
    const { end } = await create()
    assert.deepEqual(end, { segment: 0, offset: SEGMENT_MAGIC.length })
    const written = Array.from({ length: 100 }, (_, index) => Buffer.alloc(10_000, index))
    for (const [index, bytes] of written.entries()) {
      if (index % 10 === 9) await spool?.append(bytesRecord(index, bytes))
      else void spool?.append(bytesRecord(index, bytes))
      if (index === 80) break
    }
    const found = await readAll()
    assert.ok(found.length >= 80)
    for (const [index, bytes] of found.entries()) assert.deepEqual(bytes, written[index])
    assert.equal(statSync(directory).mode & 0o777, 0o700)
    assert.equal(statSync(segmentPath(directory, 0)).mode & 0o777, 0o600)
  })

  it('has a few bytes on disk before it answers, and never before what was there first', async () => {
    const quick = await create()
    const [large, small, last] = [Buffer.alloc(100_000, 1), Buffer.from('e'), Buffer.from('f')]
    const writes = [quick.append(bytesRecord(0, small))]
    assert.deepEqual(await readAll(), [small])
    writes.push(quick.append(bytesRecord(1, large)), quick.append(bytesRecord(2, last)))
    await Promise.all(writes)
    assert.deepEqual(await readAll(), [small, large, last])
  })

  it('makes writers wait at its bound, and go on once there is room', async () => {
    const full = await create()
    let acknowledged = 0
    const writes = Array.from({ length: 30 }, (_, index) =>
      full.append(bytesRecord(index, Buffer.alloc(100_000))).then(() => {
        acknowledged += 1
      }),
    )
    while (acknowledged < 9) await new Promise(setImmediate)
    for (let turn = 0; turn < 50; turn += 1) await new Promise(wake => setTimeout(wake, 1))
    assert.equal(acknowledged, 9)
    assert.ok(diskBytes() <= 1_000_000)
    while (acknowledged < 30) {
      await full.release(full.end.segment)
      await new Promise(wake => setTimeout(wake, 1))
      assert.ok(diskBytes() <= 1_000_000)
    }
    await Promise.all(writes)
  })

  it('gives up what waits when no room is made for too long, and takes more later', async () => {
    const full = await create({ stallMs: 50 })
    const outcomes = await Promise.allSettled(
      Array.from({ length: 15 }, (_, index) =>
        full.append(bytesRecord(index, Buffer.alloc(100_000))),
      ),
    )
    assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 9)
    const refused = outcomes.find(outcome => outcome.status === 'rejected')
    assert.match(String(refused?.reason), /nothing could be uploaded/)
    await full.release(full.end.segment)
    await full.append(bytesRecord(99, Buffer.from('later')))
  })

  for (const [size, much] of [
    ['large', 40_000],
    ['small', 4000],
  ] as const) {
    it(`leaves no part of a ${size} frame behind when a write fails half-way`, () => {
      // A limit on the size of files is the disk that fills up, for one process alone.
      const script = `
        const { Spool } = await import(${JSON.stringify(join(import.meta.dirname, '../../server/store/spool/spool.ts'))})
        const bounds = { spoolBytes: 1e9, segmentBytes: 1e8, stallMs: 1000 }
        const spool = await Spool.create(${JSON.stringify(directory)}, bounds, () => {})
        const record = number => ({ sessionId: ${JSON.stringify(sessionId)}, channel: 1, number,
          record: { is: 'bytes', stream: 'stdout', atMs: 7, bytes: Buffer.alloc(number === 3 ? 500 : ${much}, number) } })
        for (const number of [0, 1, 2, 3]) {
          await spool.append(record(number)).then(() => console.log('kept', number), error => console.log(error.name, number))
        }
        process.exit(0)`
      const ran = spawnSync(
        'sh',
        [
          '-c',
          // Blocks of 512 bytes; two and a half of the frames.
          `ulimit -f ${Math.ceil((much * 2.5) / 512)}; exec "$0" --import=tsx --input-type=module --eval "$1"`,
          process.execPath,
          script,
        ],
        { encoding: 'utf8' },
      )
      assert.equal(ran.stdout, 'kept 0\nkept 1\nNotWritten 2\nkept 3\n', ran.stderr)
      const whole = SEGMENT_MAGIC.length + 2 * (much + 41) + 541
      assert.equal(statSync(segmentPath(directory, 0)).size, whole)
    })
  }

  it('is read up to a write that was cut off, and no further', async () => {
    const small = await create()
    await small.append(bytesRecord(0, Buffer.from('whole')))
    const { offset } = small.end
    await small.append(bytesRecord(1, Buffer.from('torn')))
    await small.close(false)
    spool = null
    const path = segmentPath(directory, 0)
    for (let size = statSync(path).size - 1; size > offset; size -= 1) {
      truncateSync(path, size)
      const part = await readSegment(directory, 0, 0, size)
      assert.deepEqual([part.records.length, part.next, part.isDamaged], [1, offset, true])
    }
    truncateSync(path, offset)
    appendFileSync(path, Buffer.alloc(100))
    const part = await readSegment(directory, 0, 0, offset + 100)
    assert.deepEqual([part.records.length, part.next, part.isDamaged], [1, offset, true])
  })

  function diskBytes(): number {
    return readdirSync(directory).reduce(
      (sum, name) => sum + statSync(join(directory, name)).size,
      0,
    )
  }
})
