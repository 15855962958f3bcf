/**
 * Reads a recording's asciicast v2 text back for showing. Nothing here trusts the text: a recording
 * holds what a target printed, and the page that plays it must not be at its mercy.
 */

export interface TapeEvent {
  /** Milliseconds since the session's start. */
  readonly atMs: number
  readonly code: string
  readonly data: string
}

/** Columns and rows a player will draw; a recording that claims more is held to it. */
const MAX_COLUMNS = 1000
const MAX_ROWS = 500

/** The events of one chunk: whole lines. A channel's first chunk begins with a header, which is no event. */
export function readTape(text: string): TapeEvent[] {
  const events: TapeEvent[] = []
  for (const line of text.split('\n')) {
    if (!line.startsWith('[')) continue
    const event = readEvent(line)
    if (event !== null) events.push(event)
  }
  return events
}

function readEvent(line: string): TapeEvent | null {
  let parsed: unknown
  try {
    parsed = JSON.parse(line)
  } catch {
    // A line that is not JSON holds nothing that could be played; the lines around it still do.
    return null
  }
  if (!Array.isArray(parsed)) return null
  const [seconds, code, data] = parsed as unknown[]
  if (typeof seconds !== 'number' || typeof code !== 'string' || typeof data !== 'string')
    return null
  return { atMs: seconds * 1000, code, data }
}

/**
 * Bytes that were not UTF-8 stand in a recording as characters from U+10F780 on (recording/FORMAT.md);
 * on a screen they are U+FFFD, and so is anything else that is no character.
 */
export function toShownText(data: string): string {
  return data.replace(/[\p{Surrogate}\u{10f780}-\u{10f7ff}]/gu, '\u{fffd}')
}

/**
 * Without a terminal nobody turned a line feed into carriage return and line feed; a player has to,
 * or every line begins where the one before it ended. `previous` is the character before `data`.
 */
export function withCarriageReturns(data: string, previous: string): string {
  const text = data.replace(/(?<!\r)\n/g, '\r\n')
  return previous === '\r' && data.startsWith('\n') ? text.slice(1) : text
}

/** Where a channel's output stands, from one line of its recording to the next. */
export interface LinePosition {
  /** The last character that was printed; empty before the first. */
  previous: string
}

/** One line of a recording as any asciicast player shows it well. Headers pass as they are. */
export function toPlayableLine(line: string, hasTerminal: boolean, position: LinePosition): string {
  const event = line.startsWith('[') ? readEvent(line) : null
  if (event === null) return line
  return JSON.stringify([event.atMs / 1000, event.code, shownData(event, hasTerminal, position)])
}

/** What a terminal is given of one event. */
export function shownData(
  { code, data }: TapeEvent,
  hasTerminal: boolean,
  position: LinePosition,
): string {
  const text = toShownText(data)
  if (code !== 'o') return text
  const shown = hasTerminal ? text : withCarriageReturns(text, position.previous)
  position.previous = text.at(-1) ?? position.previous
  return shown
}

export function readSize(data: string): { columns: number; rows: number } | null {
  const match = /^(\d{1,5})x(\d{1,5})$/.exec(data)
  if (match === null) return null
  const columns = Math.min(Number(match[1]), MAX_COLUMNS)
  const rows = Math.min(Number(match[2]), MAX_ROWS)
  return columns > 0 && rows > 0 ? { columns, rows } : null
}
