/**
 * Globs as policies use them, compared segment by segment in time linear in pattern × text: `*` and
 * `?` stay within a segment, `**` is any number of whole segments, and a trailing `/**` takes the
 * directory itself as well. Names that begin with a dot are names like any other.
 *
 * A subject may itself hold `*` and `?`, where a shell will fill them in later.
 */

/** True when every path the subject may stand for matches. Sound, not complete, for subjects with wildcards. */
export function coversPath(pattern: string, subject: string): boolean {
  return walk(patternSegments(pattern), segmentsOf(subject), matchesWhole, isConsumed)
}

/** True when some path the subject may stand for matches. */
export function meetsPath(pattern: string, subject: string): boolean {
  return walk(patternSegments(pattern), segmentsOf(subject), intersects, isConsumed)
}

/** True when some path strictly beneath the directory matches. */
export function meetsBeneath(pattern: string, directory: string): boolean {
  const isOpen = (rest: readonly string[]): boolean => rest.length > 0
  return walk(patternSegments(pattern), segmentsOf(directory), intersects, isOpen)
}

/** True when the whole text matches; here `*` takes slashes too. For names, options and words. */
export function coversWord(pattern: string, text: string): boolean {
  return matchesWhole(pattern, text)
}

function isConsumed(rest: readonly string[]): boolean {
  return rest.every(segment => segment === '**')
}

/** A policy's globs are compared with every file of every line; past this many others they are split anew. */
const KEPT_PATTERNS = 4096
const split = new Map<string, readonly string[]>()

function patternSegments(pattern: string): readonly string[] {
  const known = split.get(pattern)
  if (known !== undefined) return known
  if (split.size >= KEPT_PATTERNS) split.clear()
  const segments = segmentsOf(pattern)
  split.set(pattern, segments)
  return segments
}

function segmentsOf(path: string): string[] {
  return path.split('/').filter(segment => segment !== '')
}

/** Runs the pattern over the subject's segments; `accepts` sees what of the pattern is left at the end. */
function walk(
  pattern: readonly string[],
  subject: readonly string[],
  compare: (pattern: string, subject: string) => boolean,
  accepts: (rest: readonly string[]) => boolean,
): boolean {
  let places = withSkips(new Set([0]), pattern)
  for (const segment of subject) {
    const next = new Set<number>()
    for (const place of places) {
      const expected = pattern[place]
      if (expected === '**') next.add(place)
      // Any number of segments in the subject, and only `**` takes those.
      else if (segment === '**') continue
      else if (expected !== undefined && compare(expected, segment)) next.add(place + 1)
    }
    places = withSkips(next, pattern)
  }
  return [...places].some(place => accepts(pattern.slice(place)))
}

/** `**` may stand for no segment at all. */
function withSkips(places: Set<number>, pattern: readonly string[]): Set<number> {
  // A set is walked in the order of insertion, so what is added here is looked at as well.
  for (const place of places) if (pattern[place] === '**') places.add(place + 1)
  return places
}

/**
 * Whether the pattern takes the whole text. A wildcard in the text is taken only by a wildcard in the
 * pattern, which makes this a sound test of containment.
 */
function matchesWhole(pattern: string, text: string): boolean {
  let at = 0
  let star = -1
  let retry = 0
  for (let read = 0; read < text.length; ) {
    const expected = pattern[at]
    if (expected === '*') {
      star = at
      retry = read
      at += 1
    } else if (expected === text[read] || (expected === '?' && text[read] !== '*')) {
      at += 1
      read += 1
    } else if (star !== -1) {
      at = star + 1
      retry += 1
      read = retry
    } else {
      return false
    }
  }
  while (pattern[at] === '*') at += 1
  return at === pattern.length
}

const WILDCARD = /[*?]/

/** Whether some text is taken by both. */
function intersects(one: string, other: string): boolean {
  if (!WILDCARD.test(other)) return matchesWhole(one, other)
  // reached[j]: the part of `one` read so far and the first j characters of `other` share a text.
  let reached = row(other, index => index === 0)
  for (const character of one) {
    const before = reached
    reached = row(other, (index, previous) => {
      const facing = other[index - 1]
      if (character === '*') return before[index] === true || previous
      if (facing === '*') return before[index] === true || before[index - 1] === true || previous
      if (index === 0 || facing === undefined || before[index - 1] !== true) return false
      return character === '?' || facing === '?' || character === facing
    })
  }
  return reached[other.length] === true
}

/** Fills a row from left to right; a `*` in `other` that stands for nothing carries its left neighbour on. */
function row(other: string, fill: (index: number, previous: boolean) => boolean): boolean[] {
  const cells: boolean[] = []
  for (let index = 0; index <= other.length; index += 1) {
    const previous = cells[index - 1] ?? false
    cells.push(fill(index, previous) || (other[index - 1] === '*' && previous))
  }
  return cells
}
