const LF = 0x0a
const CR = 0x0d

/**
 * Output of a program without a terminal, as the terminal it has not would pass it on: a newline also returns.
 *
 * @param before the byte that came before these.
 */
export function asOnTerminal(bytes: Uint8Array, before: number): Uint8Array {
  const bare = bytes.reduce(
    (count, byte, at) => (byte === LF && (bytes[at - 1] ?? before) !== CR ? count + 1 : count),
    0,
  )
  if (bare === 0) return bytes
  const all = new Uint8Array(bytes.length + bare)
  let to = 0
  for (const [at, byte] of bytes.entries()) {
    if (byte === LF && (bytes[at - 1] ?? before) !== CR) all[to++] = CR
    all[to++] = byte
  }
  return all
}
