import assert from 'node:assert/strict'
import fc from 'fast-check'
import { concatenate, textToBytes } from '../../../server/core/recording/byte-text.ts'
import { packCarry, unpackCarry } from '../../../server/core/recording/carry.ts'
import {
  TAPE_START,
  type TapeChunk,
  TapeEncoder,
  type TapePosition,
} from '../../../server/core/recording/tape-encoder.ts'
import type { TapeRecord } from '../../../server/core/recording/tape-record.ts'
import type { TapeStream } from '../../../server/core/ports/evidence.ts'

const open: TapeRecord = {
  is: 'open',
  atMs: 40,
  opening: {
    session: '01900000-0000-7000-8000-000000000001',
    channel: 2,
    startedAtMs: 1_732_118_400_999,
    header: { terminal: { term: 'xterm', columns: 100, rows: 30 }, title: 'uptime' },
  },
}

function bytes(stream: TapeStream, atMs: number, data: Uint8Array | string): TapeRecord {
  return { is: 'bytes', stream, atMs, bytes: Buffer.from(data) }
}

/** Encodes the records, cut after those whose number is in `cuts`, each time by a new encoder, as after a crash. */
function chunksOf(records: readonly TapeRecord[], cuts: ReadonlySet<number>): TapeChunk[] {
  const chunks: TapeChunk[] = []
  let position: TapePosition = TAPE_START
  let encoder = new TapeEncoder(position)
  const cut = (): void => {
    const chunk = encoder.cut()
    if (chunk === null) return
    chunks.push(chunk)
    position = {
      lastRecord: chunk.lastRecord,
      nextByte: chunk.startByte + chunk.text.length,
      carry: unpackCarry(packCarry(chunk.carry)),
    }
    encoder = new TapeEncoder(position)
  }
  records.forEach((record, number) => {
    encoder.push(number, record)
    if (cuts.has(number)) cut()
  })
  cut()
  return chunks
}

/** The bytes of one stream as the recording has them. */
function recorded(chunks: readonly TapeChunk[], stream: TapeStream): Uint8Array {
  const pieces: Uint8Array[] = []
  for (const { text, stderrRanges } of chunks) {
    let at = 0
    for (const line of new TextDecoder().decode(text).split('\n').slice(0, -1)) {
      const from = at
      at += Buffer.byteLength(line) + 1
      if (!line.startsWith('[')) continue
      const [, code, data] = JSON.parse(line) as [number, string, string]
      const isStderr = stderrRanges.some(
        (start, index) => index % 2 === 0 && start <= from && at <= (stderrRanges[index + 1] ?? 0),
      )
      const is = code === 'i' ? 'stdin' : code === 'o' ? (isStderr ? 'stderr' : 'stdout') : null
      if (is === stream) pieces.push(textToBytes(data))
    }
  }
  return concatenate(pieces)
}

describe('TapeEncoder', () => {
  it('writes asciicast v2', () => {
    const [chunk] = chunksOf(
      [
        open,
        bytes('stdout', 1500, 'a\r\n"ü"'),
        bytes('stderr', 1501, 'oops'),
        bytes('stdin', 2000, 'y\r'),
        { is: 'resize', atMs: 2500, columns: 120, rows: 40 },
        { is: 'close', atMs: 3000 },
      ],
      new Set(),
    )
    assert.ok(chunk)
    assert.equal(
      new TextDecoder().decode(chunk.text),
      `{"version":2,"width":100,"height":30,"timestamp":1732118400,"title":"uptime","env":{"TERM":"xterm"},"sallyport":{"version":1,"session":"01900000-0000-7000-8000-000000000001","channel":2,"terminal":true}}
[1.5, "o", "a\\r\\n\\"ü\\""]
[1.501, "o", "oops"]
[2, "i", "y\\r"]
[2.5, "r", "120x40"]
`,
    )
    assert.deepEqual([chunk.fromMs, chunk.toMs, chunk.lastRecord], [40, 2500, 5])
  })

  it('begins a channel’s first chunk where the channel was opened, though a header has no time', () => {
    const [header] = chunksOf([{ ...open, atMs: 90_000 }], new Set([0]))
    assert.deepEqual([header?.fromMs, header?.toMs], [90_000, 90_000])
  })

  it('keeps sizes within what a player can be asked for', () => {
    const [chunk] = chunksOf(
      [{ is: 'resize', atMs: 0, columns: 4_000_000_000, rows: 0 }],
      new Set(),
    )
    assert.match(new TextDecoder().decode(chunk?.text), /"1000x1"/)
  })

  it('waits for the rest of a character, and gives up at the close', () => {
    const chunks = chunksOf(
      [
        bytes('stdout', 1, Buffer.from([0xe2, 0x82])),
        bytes('stdout', 2, Buffer.from([0xac, 0xe2])),
      ],
      new Set([0]),
    )
    assert.equal(chunks.length, 1)
    assert.equal(new TextDecoder().decode(chunks[0]?.text), '[0.002, "o", "€"]\n')
    const encoder = new TapeEncoder(TAPE_START)
    encoder.push(0, bytes('stdout', 1, Buffer.from([0xe2])))
    encoder.push(1, { is: 'close', atMs: 7 })
    assert.equal(new TextDecoder().decode(encoder.cut()?.text), '[0.007, "o", "\u{10f7e2}"]\n')
  })

  it('cuts a large write into lines without tearing a character', () => {
    const text = 'a€'.repeat(40_000)
    const chunks = chunksOf([bytes('stdout', 1, text), { is: 'close', atMs: 1 }], new Set())
    assert.equal(new TextDecoder().decode(recorded(chunks, 'stdout')), text)
    assert.ok(
      !new TextDecoder()
        .decode(concatenate(chunks.map(chunk => chunk.text)))
        .includes('\u{10f7e2}'),
    )
  })

  it('recovers every stream byte for byte, however the bytes are cut', () => {
    const write = fc.record({
      stream: fc.constantFrom<TapeStream>('stdout', 'stderr', 'stdin'),
      data: fc.oneof(
        fc.uint8Array({ maxLength: 40 }),
        fc.string({ unit: 'binary' }).chain(text => {
          const whole = new TextEncoder().encode(text)
          return fc.nat(whole.length).map(place => whole.subarray(0, place))
        }),
      ),
    })
    fc.assert(
      fc.property(fc.array(write, { maxLength: 30 }), fc.array(fc.nat(31)), (writes, cuts) => {
        const records = [
          open,
          ...writes.map(({ stream, data }, index) => bytes(stream, index, data)),
          { is: 'close', atMs: writes.length } as const,
        ]
        const chunks = chunksOf(records, new Set(cuts))
        for (const stream of ['stdout', 'stderr', 'stdin'] as const) {
          const sent = concatenate(
            writes.filter(one => one.stream === stream).map(one => Uint8Array.from(one.data)),
          )
          assert.deepEqual([...recorded(chunks, stream)], [...sent], stream)
        }
        let place = 0
        for (const chunk of chunks) {
          assert.equal(chunk.startByte, place)
          place += chunk.text.length
        }
      }),
      { numRuns: 500 },
    )
  })
})
