/**
 * Marks in the output of the agent's terminal: the place up to which it belongs to a command. The
 * report of its end comes over another channel and may overtake the last of its output.
 *
 * A mark is an operating system command (XTerm Control Sequences, OSC) with a number nobody uses and
 * the command's nonce, so that a terminal that sees one shows nothing.
 */
export type Piece =
  | { readonly is: 'output'; readonly bytes: Uint8Array }
  | { readonly is: 'mark'; readonly nonce: string }

/** `%s` stands for the nonce; for printf(1). */
export const MARK_FORMAT = '\\033]8877;%s\\007'

/** Takes the marks with these nonces out of the output. `held` may be the beginning of one. */
export function takeMarks(
  held: Uint8Array,
  bytes: Uint8Array,
  nonces: readonly string[],
): { held: Uint8Array; pieces: readonly Piece[] } {
  const output = held.length === 0 ? bytes : join(held, bytes)
  const pieces: Piece[] = []
  let begun = 0
  let at = output.indexOf(ESC)
  while (at !== -1) {
    const found = markAt(output, at, nonces)
    if (found === 'perhaps') {
      keep(begun, at)
      return { held: output.slice(at), pieces }
    }
    if (found !== null) {
      keep(begun, at)
      pieces.push({ is: 'mark', nonce: found.nonce })
      begun = at + found.length
    }
    at = output.indexOf(ESC, Math.max(at + 1, begun))
  }
  keep(begun, output.length)
  return { held: NOTHING, pieces }

  function keep(from: number, to: number): void {
    if (to > from) pieces.push({ is: 'output', bytes: output.subarray(from, to) })
  }
}

export const NOTHING = new Uint8Array()
const ESC = 0x1b

/** The mark that begins at `at`; `perhaps` when the output ends before that can be told. */
function markAt(
  output: Uint8Array,
  at: number,
  nonces: readonly string[],
): { nonce: string; length: number } | 'perhaps' | null {
  for (const nonce of nonces) {
    const mark = `\x1b]8877;${nonce}\x07`
    let matched = 0
    while (matched < mark.length && output[at + matched] === mark.charCodeAt(matched)) matched += 1
    if (matched === mark.length) return { nonce, length: mark.length }
    if (at + matched === output.length) return 'perhaps'
  }
  return null
}

function join(one: Uint8Array, other: Uint8Array): Uint8Array {
  const both = new Uint8Array(one.length + other.length)
  both.set(one)
  both.set(other, one.length)
  return both
}
