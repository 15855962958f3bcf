import type { ChannelFacts } from '../../../server/core/replay/steps.ts'
import { readSize, shownData, type LinePosition } from '../../../server/core/replay/tape-text.ts'
import type { ChannelEvent } from './tape.ts'

export interface Size {
  readonly columns: number
  readonly rows: number
}

export type Drawing = { is: 'output'; text: string } | { is: 'resize'; size: Size }

/** Turns what the channels printed into what one terminal is given. */
export interface Screen {
  /** What the terminal begins with. */
  readonly size: Size
  draw(events: readonly ChannelEvent[]): Drawing[]
  /** Forgets what was drawn: the terminal was emptied. */
  clear(): void
}

/**
 * Marks that would turn the direction of a line, or break it, in the browser. They take no room in
 * a terminal; shown, each takes one cell.
 */
const DIRECTION_MARKS = /[\u061c\u200e\u200f\u202a-\u202e\u2028\u2029\u2066-\u2069]/g
const SHOWN_MARK = '\u21c4'

/**
 * Between two channels: end whatever sequence the first left open (CAN), leave its full screen, take
 * back its colours, character set and modes (DECSTR). The next one starts on a line of its own.
 */
const CHANNEL_CHANGE = '\u0018\u001b[?1047l\u001b[!p\u001b(B\u000f\u001b[?25h'

/** A program without a terminal knows no width, so what it printed may have any. */
export function openScreen(channels: readonly ChannelFacts[], withoutTerminal: Size): Screen {
  const terminals = new Map(channels.map(({ channel, terminal }) => [channel, terminal]))
  const sizes = channels.flatMap(({ terminal }) => (terminal === null ? [] : [terminal]))
  const first = sizes.reduce<Size | null>(largest, null) ?? withoutTerminal
  let size = first
  let shown: number | null = null
  const positions = new Map<number, LinePosition>()

  const drawOutput = (event: ChannelEvent): Drawing[] => {
    const position = positions.get(event.channel) ?? { previous: '' }
    positions.set(event.channel, position)
    const hasTerminal = (terminals.get(event.channel) ?? null) !== null
    const text = shownData(event, hasTerminal, position).replace(DIRECTION_MARKS, SHOWN_MARK)
    const before = shown === null ? null : positions.get(shown)
    const changed = shown !== null && shown !== event.channel
    shown = event.channel
    if (!changed) return [{ is: 'output', text }]
    const newLine = before?.previous === '\n' || before?.previous === '' ? '' : '\r\n'
    return [{ is: 'output', text: CHANNEL_CHANGE + newLine + text }]
  }

  return {
    size: first,
    draw: events =>
      events.flatMap((event): Drawing[] => {
        if (event.code === 'o') return drawOutput(event)
        const wanted = event.code === 'r' ? readSize(event.data) : null
        if (wanted === null) return []
        // With several channels on one screen the largest must fit.
        size = terminals.size > 1 ? largest(size, wanted) : wanted
        return [{ is: 'resize', size }]
      }),
    clear: () => {
      size = first
      shown = null
      positions.clear()
    },
  }
}

function largest(one: Size | null, other: Size): Size {
  return {
    columns: Math.max(one?.columns ?? 1, other.columns),
    rows: Math.max(one?.rows ?? 1, other.rows),
  }
}
