/**
 * The known names closest to one that is not known, nearest first: for "did you mean". A name is close
 * when at most a third of it (and at least one letter) would have to change, or when one begins with
 * the other; more than that is a guess that misleads.
 */
export function nearest(name: string, known: Iterable<string>, limit = 3): string[] {
  const asked = name.toLowerCase()
  return [...new Set(known)]
    .map(candidate => ({ candidate, distance: distanceBetween(asked, candidate.toLowerCase()) }))
    .filter(({ candidate, distance }) => isClose(asked, candidate.toLowerCase(), distance))
    .sort((a, b) => a.distance - b.distance || (a.candidate < b.candidate ? -1 : 1))
    .slice(0, limit)
    .map(({ candidate }) => candidate)
}

/** `, did you mean X or Y?`, or nothing; to be put behind a sentence. */
export function didYouMean(name: string, known: Iterable<string>): string {
  const close = nearest(name, known)
  return close.length === 0 ? '' : `, did you mean ${close.join(' or ')}?`
}

/** Longer names are not compared: the table below costs the product of both lengths. */
const COMPARED_LENGTH = 128

function isClose(asked: string, candidate: string, distance: number): boolean {
  if (asked.length >= 2 && (candidate.startsWith(asked) || asked.startsWith(candidate))) return true
  return distance <= Math.max(1, Math.floor(Math.max(asked.length, candidate.length) / 3))
}

/** Optimal string alignment: insertions, deletions, substitutions and swapped neighbours count one each. */
function distanceBetween(a: string, b: string): number {
  if (a.length > COMPARED_LENGTH || b.length > COMPARED_LENGTH) return Number.POSITIVE_INFINITY
  let beforePrevious: number[] = []
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let row = 1; row <= a.length; row += 1) {
    const current = [row]
    for (let column = 1; column <= b.length; column += 1) {
      const isSame = a[row - 1] === b[column - 1]
      let cost = Math.min(
        at(previous, column) + 1,
        at(current, column - 1) + 1,
        at(previous, column - 1) + (isSame ? 0 : 1),
      )
      const isSwapped =
        row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]
      if (isSwapped) cost = Math.min(cost, at(beforePrevious, column - 2) + 1)
      current.push(cost)
    }
    beforePrevious = previous
    previous = current
  }
  return at(previous, b.length)
}

function at(row: readonly number[], column: number): number {
  return row[column] ?? Number.POSITIVE_INFINITY
}
