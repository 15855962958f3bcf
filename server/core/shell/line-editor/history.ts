/**
 * The lines entered in a session, oldest first, and going back and forth through them. A line that was
 * edited and left keeps its changes until the next line is accepted, as readline has it.
 */
export interface Recall {
  /** Index into the history; its length stands for the line being written. */
  readonly at: number
  /** What became of lines that were visited and changed. */
  readonly drafts: ReadonlyMap<number, string>
}

/** Bash's own default for HISTSIZE is 500; a session's memory of lines is bounded in bytes as well. */
export const HISTORY_LINES = 1000
export const HISTORY_BYTES = 1_048_576

/** The history with `line` at its end; a line just like the last one is not kept twice. */
export function remember(history: readonly string[], line: string): readonly string[] {
  if (line.trim() === '' || line === history.at(-1)) return history
  const kept = [...history, line].slice(-HISTORY_LINES)
  let size = 0
  let first = kept.length
  while (first > 0 && size <= HISTORY_BYTES) {
    first -= 1
    size += kept[first]?.length ?? 0
  }
  return size > HISTORY_BYTES ? kept.slice(first + 1) : kept
}

export function atNewest(history: readonly string[]): Recall {
  return { at: history.length, drafts: new Map() }
}

/** Goes to entry `to`, leaving `current` behind; null when there is none. */
export function recall(
  history: readonly string[],
  { at, drafts }: Recall,
  to: number,
  current: string,
): { recall: Recall; text: string } | null {
  if (to < 0 || to > history.length || to === at) return null
  const kept = new Map(drafts).set(at, current)
  return { recall: { at: to, drafts: kept }, text: kept.get(to) ?? history[to] ?? '' }
}

/** The newest entry before `before` that holds `query`; null when none does. */
export function findBackwards(
  history: readonly string[],
  query: string,
  before: number,
): { at: number; offset: number } | null {
  for (let at = Math.min(before, history.length) - 1; at >= 0; at -= 1) {
    const offset = history[at]?.indexOf(query) ?? -1
    if (offset !== -1) return { at, offset }
  }
  return null
}
