/**
 * A line being edited: the text on either side of the cursor. What a person takes for one character (a
 * letter with its accents, an emoji with its skin tone) is a grapheme cluster (UAX #29); the cursor
 * never stands inside one.
 */
export interface Line {
  readonly before: string
  readonly after: string
}

export const EMPTY: Line = { before: '', after: '' }

export function textOf({ before, after }: Line): string {
  return before + after
}

/** A line with this text and the cursor at its end. */
export function atEnd(text: string): Line {
  return { before: text, after: '' }
}

/** The line with its cursor `offset` UTF-16 units from the start. */
export function withCursor(line: Line, offset: number): Line {
  const text = textOf(line)
  return { before: text.slice(0, offset), after: text.slice(offset) }
}

/** Bytes in UTF-8, counted without building them. */
export function byteLength(text: string): number {
  let bytes = 0
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at)
    if (unit < 0x80) bytes += 1
    else if (unit < 0x800) bytes += 2
    else if (unit >= 0xd800 && unit < 0xdc00) {
      bytes += 4
      at += 1
    } else bytes += 3
  }
  return bytes
}

const clusters = new Intl.Segmenter('en', { granularity: 'grapheme' })

/** A cluster longer than this (stacked accents) is taken apart; otherwise each key would read the whole line. */
const CLUSTER_UNITS = 64

/** The cluster that ends at the cursor; empty at the start. */
export function clusterBefore({ before }: Line): string {
  const last = before.charCodeAt(before.length - 1)
  const isPlain = last < 0x80 && before.charCodeAt(before.length - 2) < 0x300
  if (isPlain) return before.slice(-1)
  let start = Math.max(0, before.length - CLUSTER_UNITS)
  if (isTrailingSurrogate(before.charCodeAt(start))) start += 1
  let found = ''
  for (const { segment } of clusters.segment(before.slice(start))) found = segment
  return found
}

/** The cluster that begins at the cursor; empty at the end. */
export function clusterAfter({ after }: Line): string {
  for (const { segment } of clusters.segment(after.slice(0, CLUSTER_UNITS))) return segment
  return ''
}

/** Moves the cursor over `cluster`, which stands right before it. */
export function stepBack({ before, after }: Line, cluster: string): Line {
  return { before: before.slice(0, before.length - cluster.length), after: cluster + after }
}

/** Moves the cursor over `cluster`, which stands right after it. */
export function stepForward({ before, after }: Line, cluster: string): Line {
  return { before: before + cluster, after: after.slice(cluster.length) }
}

function isTrailingSurrogate(unit: number): boolean {
  return unit >= 0xdc00 && unit < 0xe000
}
