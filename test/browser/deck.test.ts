import assert from 'node:assert/strict'
import type { DriverEvents, PlayerDriver } from '../../replay-ui/src/playback/player-driver.ts'
import { openDeck, type Deck } from '../../replay-ui/src/playback/deck.ts'
import { openScreen } from '../../replay-ui/src/playback/screen.ts'
import { openTape } from '../../replay-ui/src/playback/tape.ts'

const ROOM = { columns: 80, rows: 24 }

/** A deck whose frames come when the test says so. */
class Bench {
  readonly deck: Deck
  readonly driver: PlayerDriver
  /** What the terminal holds: everything printed since it was last emptied. */
  screen = ''
  atMs = 0
  playing = false
  fault: string | null = null
  partial = false
  live = false
  endMs: number
  #frames: ((nowMs: number) => void)[] = []
  #nowMs = 0

  constructor(
    events: readonly (readonly [number, string])[],
    { stepsMs = [], broken = false }: { stepsMs?: readonly number[]; broken?: boolean } = {},
  ) {
    this.endMs = (events.at(-1)?.[0] ?? 0) + 1000
    const chunks = events.map(([atMs], chunk) => ({
      chunk,
      channel: 0,
      fromMs: atMs,
      toMs: atMs,
      offset: chunk,
      length: 10,
      sha256: '',
    }))
    this.deck = openDeck({
      tape: openTape(chunks, async ({ chunk }) => {
        if (broken) throw new Error('chunk 0 is not what was recorded')
        const [atMs, text] = events[chunk] ?? [0, '']
        return `${JSON.stringify([atMs / 1000, 'o', text])}\n`
      }),
      screen: openScreen([{ channel: 0, terminal: null }], ROOM),
      endMs: () => this.endMs,
      live: () => this.live,
      nextStepMs: afterMs => stepsMs.find(step => step > afterMs) ?? null,
      listener: {
        time: ms => {
          this.atMs = ms
        },
        playing: playing => {
          this.playing = playing
        },
        partial: partial => {
          this.partial = partial
        },
        fault: message => {
          this.fault = message
        },
      },
      nextFrame: callback => this.#frames.push(callback),
    })
    const dispatch = (name: string, body?: unknown): void => {
      if (name === 'reset') this.screen = ''
      if (name === 'output') this.screen += (body as string[]).join('')
    }
    this.driver = this.deck.driver({ dispatch } as DriverEvents)
  }

  /** Draws frames of 100 ms for so long. */
  async run(ms: number): Promise<void> {
    for (let elapsed = 0; elapsed <= ms; elapsed += 100) {
      const due = this.#frames
      this.#frames = []
      for (const frame of due) frame(this.#nowMs)
      await this.settle()
      this.#nowMs += 100
    }
  }

  /** Lets everything that only waits for promises finish. */
  async settle(): Promise<void> {
    await new Promise(resolve => setImmediate(resolve))
  }
}

const THREE = [
  [1000, 'a'],
  [2000, 'b'],
  [60_000, 'c'],
] as const

async function ready(bench: Bench): Promise<Bench> {
  await bench.driver.init()
  return bench
}

describe('openDeck', () => {
  it('prints what is due, when it is due', async () => {
    const bench = await ready(new Bench(THREE))
    bench.deck.play()
    await bench.run(1500)
    assert.equal(bench.screen, 'a')
    await bench.run(1000)
    assert.equal(bench.screen, 'ab')
  })

  it('stands still while paused', async () => {
    const bench = await ready(new Bench(THREE))
    bench.deck.play()
    await bench.run(1500)
    bench.deck.pause()
    const stoodAt = bench.atMs
    await bench.run(5000)
    assert.equal(bench.atMs, stoodAt)
    assert.equal(bench.playing, false)
  })

  it('runs at the chosen speed', async () => {
    const bench = await ready(new Bench(THREE))
    bench.deck.setSpeed(16)
    bench.deck.play()
    await bench.run(1000)
    assert.ok(bench.atMs >= 15_000 && bench.atMs <= 17_000, String(bench.atMs))
  })

  it('runs at one speed after being paused and started in one breath', async () => {
    const bench = await ready(new Bench(THREE))
    bench.deck.play()
    bench.deck.pause()
    bench.deck.play()
    await bench.run(1000)
    assert.ok(bench.atMs <= 1100, String(bench.atMs))
  })

  it('sits through silence only so long, and keeps the recording’s own clock', async () => {
    const bench = await ready(new Bench(THREE))
    bench.deck.setIdleLimitMs(2000)
    bench.deck.play()
    await bench.run(4500)
    assert.equal(bench.screen, 'abc')
    assert.ok(bench.atMs >= 60_000)
  })

  it('stops shortening at what happened without a word, such as a denial', async () => {
    const bench = await ready(new Bench(THREE, { stepsMs: [30_000] }))
    bench.deck.setIdleLimitMs(1000)
    bench.deck.play()
    await bench.run(3500)
    assert.ok(bench.atMs >= 30_000 && bench.atMs < 32_000, String(bench.atMs))
  })

  it('shows the whole screen of a moment it is sent to, forwards and back', async () => {
    const bench = await ready(new Bench(THREE))
    bench.deck.seek(2000)
    await bench.settle()
    assert.equal(bench.screen, 'ab')
    bench.deck.seek(1000)
    await bench.settle()
    assert.equal(bench.screen, 'a')
    bench.deck.seek(999_999)
    await bench.settle()
    assert.equal(bench.screen, 'abc')
    assert.equal(bench.atMs, bench.endMs)
  })

  it('loses nothing when it is sent on while a frame is being read', async () => {
    const bench = await ready(new Bench(THREE))
    bench.deck.play()
    await bench.run(900)
    void bench.run(200)
    bench.deck.seek(60_000)
    await bench.settle()
    await bench.run(200)
    assert.equal(bench.screen, 'abc')
  })

  it('ends where the last of many hurried seeks went', async () => {
    const bench = await ready(new Bench(THREE))
    for (const toMs of [60_000, 500, 2000, 100, 1500]) bench.deck.seek(toMs)
    await bench.settle()
    assert.equal(bench.screen, 'a')
    assert.equal(bench.atMs, 1500)
  })

  it('begins where it was sent before the player was ready', async () => {
    const bench = new Bench(THREE)
    bench.deck.seek(2000)
    await ready(bench)
    assert.equal(bench.screen, 'ab')
    assert.equal(bench.atMs, 2000)
  })

  it('shows a moment it poses at, and is played from the beginning all the same', async () => {
    const bench = new Bench(THREE)
    bench.deck.pose(2000)
    await ready(bench)
    assert.deepEqual([bench.screen, bench.atMs], ['ab', 2000])
    bench.deck.play()
    await bench.run(1500)
    assert.equal(bench.screen, 'a')
    bench.deck.pause()
    bench.deck.play()
    await bench.run(800)
    assert.equal(bench.screen, 'ab')
  })

  it('poses no longer once it was sent elsewhere', async () => {
    const bench = await ready(new Bench(THREE))
    bench.deck.pose(60_000)
    bench.deck.seek(2000)
    bench.deck.play()
    await bench.run(100)
    assert.equal(bench.screen, 'ab')
  })

  it('loses nothing when it is started before the player was ready', async () => {
    const bench = new Bench(THREE)
    bench.deck.seek(1500)
    bench.deck.play()
    await bench.run(1000)
    await ready(bench)
    await bench.run(1000)
    assert.equal(bench.screen, 'ab')
    assert.equal(bench.playing, true)
  })

  it('stops at the end, and begins again from there', async () => {
    const bench = await ready(new Bench(THREE))
    bench.deck.seek(60_500)
    await bench.settle()
    bench.deck.play()
    await bench.run(1000)
    assert.equal(bench.playing, false)
    bench.deck.play()
    await bench.run(1500)
    assert.equal(bench.screen, 'a')
  })

  it('waits at the end of a live session and goes on with what comes', async () => {
    const bench = await ready(new Bench(THREE))
    bench.live = true
    bench.deck.seek(61_000)
    await bench.settle()
    bench.deck.play()
    await bench.run(1000)
    assert.equal(bench.playing, true)
    bench.endMs = 63_000
    await bench.run(1000)
    assert.ok(bench.atMs > 61_000)
  })

  it('stops and says why when a chunk is not what was recorded', async () => {
    const bench = new Bench(THREE, { broken: true })
    await ready(bench)
    bench.deck.play()
    await bench.run(2000)
    assert.equal(bench.playing, false)
    assert.match(bench.fault ?? '', /not what was recorded/)
  })
})
