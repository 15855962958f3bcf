import type { DriverEvents, PlayerDriver } from './player-driver.ts'
import type { Drawing, Screen } from './screen.ts'
import type { Tape } from './tape.ts'

/** What the page does with a recording, and hears of it. */
export interface Deck {
  /** For the player: makes the driver it talks to. */
  readonly driver: (events: DriverEvents) => PlayerDriver
  play(): void
  pause(): void
  seek(toMs: number): void
  /** Shows a moment until it is first played, which then begins at the beginning. */
  pose(atMs: number): void
  setSpeed(speed: number): void
  /** Longest silence that is sat through; null sits through all of it. */
  setIdleLimitMs(limit: number | null): void
}

export interface DeckListener {
  time(ms: number): void
  playing(playing: boolean): void
  /** The screen was built from the newest part only, because reading all of it would take too long. */
  partial(partial: boolean): void
  fault(message: string): void
}

export interface DeckParts {
  readonly tape: Tape
  readonly screen: Screen
  /** Where the recording ends; a live one grows. */
  readonly endMs: () => number
  readonly live: () => boolean
  /** The next moment something happened that printed nothing, such as a denial: silence ends there. */
  readonly nextStepMs: (afterMs: number) => number | null
  readonly listener: DeckListener
  /** Calls back before the next frame is drawn, with a clock in milliseconds. */
  readonly nextFrame: (callback: (nowMs: number) => void) => void
}

/** A flood is played slower than it was, rather than all in one frame. */
const FRAME_BYTES = 2 * 1024 * 1024
/** One frame never makes up more than this: a tab that slept goes on where it was. */
const LONGEST_FRAME_MS = 250

/**
 * Plays a tape on the player's terminal.
 *
 *   still ──play──▶ running ──end of tape──▶ still
 *     ▲                │ seek: the screen is built anew, then on as before
 *     └────pause───────┘
 *
 * The clock stands while a chunk is being fetched, so a slow network never skips anything.
 */
export function openDeck(parts: DeckParts): Deck {
  const { tape, screen, listener } = parts
  let events: DriverEvents | null = null
  let ready = false
  let positionMs = 0
  let lastOutputMs = 0
  let speed = 1
  let idleLimitMs: number | null = null
  let running = false
  let lastFrameMs: number | null = null
  /** Counts rewinds: what was read for an emptied screen is not drawn on the new one. */
  let rewinds = 0
  /** Counts starts: a frame asked for before a pause does not run beside the ones after it. */
  let starts = 0
  /** Where to begin, when somebody chose before the player was ready. */
  let beginMs = 0
  let beginPlaying = false
  let isPosing = false

  const show = (drawings: readonly Drawing[]): void => {
    let output: string[] = []
    const flush = (): void => {
      if (output.length > 0) events?.dispatch('output', output)
      output = []
    }
    for (const drawing of drawings) {
      if (drawing.is === 'output') {
        output.push(drawing.text)
      } else {
        flush()
        events?.dispatch('resize', { cols: drawing.size.columns, rows: drawing.size.rows })
      }
    }
    flush()
  }

  /** Draws everything up to a moment, and is there then, unless a seek went elsewhere meanwhile. */
  const advance = async (toMs: number): Promise<void> => {
    const mine = rewinds
    const taken = await tape.take(toMs)
    if (mine !== rewinds) return
    show(screen.draw(taken))
    positionMs = Math.max(positionMs, toMs)
    lastOutputMs = taken.at(-1)?.atMs ?? lastOutputMs
    listener.time(positionMs)
  }

  const travel = async (wantedMs: number): Promise<void> => {
    const toMs = Math.min(Math.max(0, wantedMs), parts.endMs())
    if (toMs < positionMs || !tape.isAhead(toMs)) {
      rewinds += 1
      const { partial } = tape.rewind(toMs)
      screen.clear()
      const { columns, rows } = screen.size
      events?.dispatch('reset', { size: { cols: columns, rows }, init: '', theme: null })
      listener.partial(partial)
    }
    positionMs = toMs
    lastOutputMs = toMs
    lastFrameMs = null
    await advance(toMs)
  }

  const stop = (): void => {
    running = false
    listener.playing(false)
    events?.dispatch('pause')
  }

  const failed = (error: unknown): void => {
    if (running) stop()
    listener.fault(error instanceof Error ? error.message : String(error))
  }

  /** Where the clock goes from here, silence shortened. */
  const targetMs = (elapsedMs: number): number => {
    const to = positionMs + elapsedMs * speed
    if (idleLimitMs === null || to - lastOutputMs <= idleLimitMs) return Math.min(to, parts.endMs())
    const awaited = [tape.nextMs(), parts.nextStepMs(positionMs), parts.endMs()]
    const next = Math.min(...awaited.filter(time => time !== null))
    if (next > to) lastOutputMs = next
    return Math.min(Math.max(to, next), parts.endMs())
  }

  const frame = (nowMs: number, start: number): void => {
    if (!running || start !== starts) return
    const elapsedMs = lastFrameMs === null ? 0 : Math.min(nowMs - lastFrameMs, LONGEST_FRAME_MS)
    lastFrameMs = nowMs
    advance(Math.max(positionMs, tape.within(targetMs(elapsedMs), FRAME_BYTES))).then(() => {
      if (running && positionMs >= parts.endMs() && !parts.live()) stop()
      else parts.nextFrame(laterMs => frame(laterMs, start))
    }, failed)
  }

  const play = async (): Promise<void> => {
    if (!ready) beginPlaying = true
    if (running || !ready) return
    running = true
    starts += 1
    const start = starts
    lastFrameMs = null
    listener.playing(true)
    events?.dispatch('play')
    try {
      if (isPosing || (positionMs >= parts.endMs() && !parts.live())) await travel(0)
      isPosing = false
    } catch (error) {
      failed(error)
      return
    }
    events?.dispatch('playing')
    parts.nextFrame(nowMs => frame(nowMs, start))
  }

  const seek = (toMs: number): void => {
    isPosing = false
    if (ready) void travel(toMs).catch(failed)
    else beginMs = toMs
  }

  const driver = (given: DriverEvents): PlayerDriver => {
    events = given
    return {
      init: async () => {
        const { columns, rows } = screen.size
        given.dispatch('metadata', { duration: parts.endMs() / 1000, markers: [], hasAudio: false })
        given.dispatch('reset', { size: { cols: columns, rows }, init: '', theme: null })
        ready = true
        await travel(beginMs).catch(failed)
        if (beginPlaying) await play()
      },
      play,
      pause: stop,
      seek: async where => {
        isPosing = false
        if (typeof where === 'number') await travel(where * 1000).catch(failed)
        return true
      },
      stop: () => {
        running = false
        rewinds += 1
      },
      getCurrentTime: () => positionMs / 1000,
      getDuration: () => parts.endMs() / 1000,
    }
  }

  return {
    driver,
    play: () => void play(),
    pause: () => {
      beginPlaying = false
      if (running) stop()
    },
    seek,
    pose: atMs => {
      seek(atMs)
      isPosing = true
    },
    setSpeed: wanted => {
      speed = wanted
    },
    setIdleLimitMs: limit => {
      idleLimitMs = limit
    },
  }
}
