import type { StoredChunk } from '../../../server/core/ports/archive.ts'
import { readTape, type TapeEvent } from '../../../server/core/replay/tape-text.ts'

export interface ChannelEvent extends TapeEvent {
  readonly channel: number
}

/**
 * A recording of which only the part that is played is in memory. Channels run side by side in it,
 * on the session's one clock.
 */
export interface Tape {
  /** When the next event happens; null when none is known. */
  nextMs(): number | null
  /** Everything up to and including this moment that was not taken yet, in order. */
  take(untilMs: number): Promise<ChannelEvent[]>
  /**
   * Goes to where the screen of this moment can be built from. With `partial` that is not the
   * beginning: only the newest part before the moment is read, which is what a screen still shows.
   */
  rewind(toMs: number): { partial: boolean }
  /** True when going there only needs what lies ahead, and not much of it. */
  isAhead(toMs: number): boolean
  /** The latest moment up to this one before which at most so much lies ahead, or one chunk. */
  within(toMs: number, bytes: number): number
  /** A live session has recorded more. */
  grow(chunks: readonly StoredChunk[]): void
}

/** A screen shows a few kilobytes; what was printed this long before cannot be on it any more. */
const REBUILD_BYTES = 1024 * 1024
/** Chunks kept parsed; one is at most 256 KB of text. */
const KEPT_CHUNKS = 16

interface Lane {
  readonly channel: number
  readonly chunks: StoredChunk[]
  at: number
  events: readonly TapeEvent[] | null
  next: number
}

export function openTape(
  chunks: readonly StoredChunk[],
  load: (chunk: StoredChunk) => Promise<string>,
): Tape {
  const lanes = new Map<number, Lane>()
  const loaded = new Map<number, Promise<readonly TapeEvent[]>>()
  /** Counts rewinds: what was being read for an earlier place is thrown away. */
  let generation = 0
  /** One reader at a time, or two would hand out the same events. */
  let reading: Promise<unknown> = Promise.resolve()

  const read = (chunk: StoredChunk): Promise<readonly TapeEvent[]> => {
    const known = loaded.get(chunk.chunk)
    const events = known ?? load(chunk).then(readTape)
    loaded.delete(chunk.chunk)
    loaded.set(chunk.chunk, events)
    if (known === undefined) {
      // One that failed is asked for again the next time; whoever waits for it hears of the failure.
      events.catch(() => loaded.delete(chunk.chunk))
      const [oldest] = loaded.keys()
      if (loaded.size > KEPT_CHUNKS && oldest !== undefined) loaded.delete(oldest)
    }
    return events
  }

  const grow = (more: readonly StoredChunk[]): void => {
    for (const chunk of more) {
      const lane = lanes.get(chunk.channel) ?? emptyLane(chunk.channel)
      lanes.set(chunk.channel, lane)
      if ((lane.chunks.at(-1)?.chunk ?? -1) < chunk.chunk) lane.chunks.push(chunk)
    }
  }

  const takeFrom = async (lane: Lane, untilMs: number): Promise<ChannelEvent[]> => {
    const taken: ChannelEvent[] = []
    for (;;) {
      const chunk = lane.chunks[lane.at]
      if (chunk === undefined || chunk.fromMs > untilMs) return taken
      if (lane.events === null) {
        const before = generation
        const events = await read(chunk)
        if (before !== generation) return []
        lane.events = events
      }
      while (lane.next < lane.events.length) {
        const event = lane.events[lane.next]
        if (event === undefined || event.atMs > untilMs) return taken
        taken.push({ ...event, channel: lane.channel })
        lane.next += 1
      }
      place(lane, lane.at + 1)
      const upcoming = lane.chunks[lane.at]
      if (upcoming !== undefined) void read(upcoming).catch(() => undefined)
    }
  }

  grow(chunks.toSorted((one, other) => one.chunk - other.chunk))
  return {
    grow,
    nextMs: () => {
      const times = [...lanes.values()].flatMap(lane => {
        const chunk = lane.chunks[lane.at]
        const time = lane.events?.[lane.next]?.atMs ?? chunk?.fromMs
        return chunk === undefined || time === undefined ? [] : [time]
      })
      return times.length === 0 ? null : Math.min(...times)
    },
    take: untilMs => {
      const before = generation
      const taken = reading.then(async () => {
        if (before !== generation) return []
        const parts = await Promise.all([...lanes.values()].map(lane => takeFrom(lane, untilMs)))
        // Somebody went elsewhere while this was read; it belongs to a screen that is gone.
        if (before !== generation) return []
        return parts.flat().toSorted((one, other) => one.atMs - other.atMs)
      })
      reading = taken.catch(() => undefined)
      return taken
    },
    rewind: toMs => {
      generation += 1
      const start = rebuildFrom([...lanes.values()], toMs)
      for (const lane of lanes.values()) {
        const at = lane.chunks.findIndex(chunk => chunk.fromMs >= start.fromMs)
        place(lane, at === -1 ? lane.chunks.length : at)
      }
      return { partial: start.partial }
    },
    isAhead: toMs => {
      const bytes = ahead([...lanes.values()], toMs).reduce((sum, { length }) => sum + length, 0)
      return bytes <= REBUILD_BYTES
    },
    within: (toMs, bytes) => {
      let sum = 0
      for (const [index, chunk] of ahead([...lanes.values()], toMs).entries()) {
        sum += chunk.length
        if (index > 0 && sum > bytes) return chunk.fromMs - 1
      }
      return toMs
    },
  }
}

/** What was not played yet and begins before a moment, in order. */
function ahead(lanes: readonly Lane[], toMs: number): StoredChunk[] {
  const found: StoredChunk[] = []
  for (const { chunks, at } of lanes) {
    for (let index = at; index < chunks.length; index += 1) {
      const chunk = chunks[index]
      if (chunk === undefined || chunk.fromMs > toMs) break
      found.push(chunk)
    }
  }
  return found.toSorted((one, other) => one.fromMs - other.fromMs)
}

/** Walks back from a moment over as many bytes as a screen could possibly need. */
function rebuildFrom(lanes: readonly Lane[], toMs: number): { fromMs: number; partial: boolean } {
  const before = lanes
    .flatMap(lane => lane.chunks.filter(chunk => chunk.fromMs <= toMs))
    .toSorted((one, other) => other.fromMs - one.fromMs)
  let bytes = 0
  let fromMs = Number.POSITIVE_INFINITY
  for (const chunk of before) {
    bytes += chunk.length
    if (bytes > REBUILD_BYTES && fromMs !== Number.POSITIVE_INFINITY)
      return { fromMs, partial: true }
    fromMs = chunk.fromMs
  }
  return { fromMs: Math.min(fromMs, 0), partial: false }
}

function place(lane: Lane, at: number): void {
  lane.at = at
  lane.events = null
  lane.next = 0
}

const emptyLane = (channel: number): Lane => ({ channel, chunks: [], at: 0, events: null, next: 0 })
