import assert from 'node:assert/strict'
import type { StoredChunk } from '../../server/core/ports/archive.ts'
import { openTape, type Tape } from '../../replay-ui/src/playback/tape.ts'

interface Printed {
  readonly channel: number
  /** Milliseconds and text of each event. */
  readonly events: readonly (readonly [number, string])[]
  /** Pretended size, to make a long recording without writing one. */
  readonly bytes?: number
}

/** A tape over chunks that were printed by hand, and what was fetched of it. */
function tapeOf(chunks: readonly Printed[]): {
  tape: Tape
  fetched: number[]
  stored: readonly StoredChunk[]
} {
  const fetched: number[] = []
  const stored = chunks.map(({ channel, events, bytes = 100 }, chunk) => ({
    chunk,
    channel,
    fromMs: events[0]?.[0] ?? 0,
    toMs: events.at(-1)?.[0] ?? 0,
    offset: 0,
    length: bytes,
    sha256: '',
  }))
  const load = async ({ chunk }: StoredChunk): Promise<string> => {
    fetched.push(chunk)
    const events = chunks[chunk]?.events ?? []
    return events.map(([atMs, text]) => `${JSON.stringify([atMs / 1000, 'o', text])}\n`).join('')
  }
  return { tape: openTape(stored, load), fetched, stored }
}

const textOf = async (tape: Tape, untilMs: number): Promise<string> =>
  (await tape.take(untilMs)).map(({ data }) => data).join('')

describe('openTape', () => {
  it('gives each event once, in the order of time, whatever channel it is of', async () => {
    const { tape } = tapeOf([
      {
        channel: 0,
        events: [
          [100, 'a'],
          [300, 'c'],
        ],
      },
      {
        channel: 1,
        events: [
          [200, 'b'],
          [400, 'd'],
        ],
      },
      { channel: 0, events: [[500, 'e']] },
    ])
    assert.equal(await textOf(tape, 250), 'ab')
    assert.equal(await textOf(tape, 250), '')
    assert.equal(await textOf(tape, 500), 'cde')
  })

  it('gives each event once also to two who ask at the same time', async () => {
    const { tape } = tapeOf([
      {
        channel: 0,
        events: [
          [100, 'a'],
          [200, 'b'],
          [300, 'c'],
        ],
      },
    ])
    const both = await Promise.all([textOf(tape, 200), textOf(tape, 300)])
    assert.deepEqual(both, ['ab', 'c'])
  })

  it('fetches what is played and what comes next, and no more', async () => {
    const { tape, fetched } = tapeOf(
      Array.from({ length: 50 }, (_, index) => ({
        channel: 0,
        events: [[index * 1000, 'x']] as const,
      })),
    )
    await tape.take(2000)
    assert.deepEqual(fetched, [0, 1, 2, 3])
  })

  it('knows when the next event comes before it is fetched', async () => {
    const { tape } = tapeOf([
      {
        channel: 0,
        events: [
          [100, 'a'],
          [150, 'b'],
        ],
      },
      { channel: 0, events: [[9000, 'c']] },
    ])
    assert.equal(tape.nextMs(), 100)
    await tape.take(100)
    assert.equal(tape.nextMs(), 150)
    await tape.take(200)
    assert.equal(tape.nextMs(), 9000)
    await tape.take(9000)
    assert.equal(tape.nextMs(), null)
  })

  it('goes back to the beginning of a short recording', async () => {
    const { tape } = tapeOf([
      { channel: 0, events: [[100, 'a']] },
      { channel: 0, events: [[200, 'b']] },
    ])
    await tape.take(200)
    assert.deepEqual(tape.rewind(150), { partial: false })
    assert.equal(await textOf(tape, 150), 'a')
  })

  it('reads only the newest megabyte to show a moment deep in a long one', async () => {
    const { tape, fetched } = tapeOf(
      Array.from({ length: 800 }, (_, index) => ({
        channel: 0,
        events: [[index * 1000, 'x']] as const,
        bytes: 256 * 1024,
      })),
    )
    assert.ok(!tape.isAhead(700_000))
    assert.deepEqual(tape.rewind(700_000), { partial: true })
    await tape.take(700_000)
    assert.ok(fetched.length <= 6, `fetched ${fetched.length}`)
    assert.ok(fetched.every(chunk => chunk >= 696))
  })

  it('says how far a frame may go in a flood', () => {
    const { tape } = tapeOf(
      Array.from({ length: 100 }, (_, index) => ({
        channel: 0,
        events: [[index * 10, 'x']] as const,
        bytes: 256 * 1024,
      })),
    )
    assert.equal(tape.within(1000, 1024 * 1024), 39)
    assert.equal(tape.within(1000, 1), 9)
    assert.equal(tape.within(5, 1), 5)
  })

  it('throws away what was being read when somebody goes elsewhere', async () => {
    const { tape } = tapeOf([
      {
        channel: 0,
        events: [
          [100, 'a'],
          [200, 'b'],
        ],
      },
    ])
    const reading = textOf(tape, 200)
    tape.rewind(100)
    assert.equal(await reading, '')
    assert.equal(await textOf(tape, 200), 'ab')
  })

  it('goes on with what a live session records, and takes nothing twice', async () => {
    const { tape, stored } = tapeOf([
      { channel: 0, events: [[100, 'a']] },
      { channel: 0, events: [[200, 'b']] },
    ])
    tape.grow(stored)
    assert.equal(await textOf(tape, 1000), 'ab')
  })

  it('tells of a chunk that cannot be fetched, and asks again the next time', async () => {
    let broken = true
    const chunk = { chunk: 0, channel: 0, fromMs: 0, toMs: 0, offset: 0, length: 9, sha256: '' }
    const tape = openTape([chunk], async () => {
      if (broken) throw new Error('the network is gone')
      return '[0,"o","a"]\n'
    })
    await assert.rejects(tape.take(10), /network/)
    broken = false
    assert.equal(await textOf(tape, 10), 'a')
  })
})
