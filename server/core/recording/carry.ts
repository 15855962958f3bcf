import { concatenate } from './byte-text.ts'
import type { Carry } from './tape-encoder.ts'

/** Three lengths (0 to 3) in one byte each, then the bytes: at most twelve. */
export function packCarry({ stdout, stderr, stdin }: Carry): Uint8Array {
  const lengths = Uint8Array.of(stdout.length, stderr.length, stdin.length)
  return concatenate([lengths, stdout, stderr, stdin])
}

export function unpackCarry(packed: Uint8Array): Carry {
  const [stdout = 0, stderr = 0, stdin = 0] = packed
  if (packed.length !== 3 + stdout + stderr + stdin) throw new Error('carry has a wrong length')
  return {
    stdout: packed.slice(3, 3 + stdout),
    stderr: packed.slice(3 + stdout, 3 + stdout + stderr),
    stdin: packed.slice(3 + stdout + stderr),
  }
}
