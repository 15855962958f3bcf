import type { ReadCommand } from '../command/reading.ts'

/**
 * Index of the command that a wrapper layer stands around; null for any other command, and for a layer
 * around nothing (`bash -c ''`, the call of a function whose body was read where it is defined).
 */
export function innerOf(index: number, commands: readonly ReadCommand[]): number | null {
  const outer = commands[index]
  const inner = commands[index + 1]
  return outer !== undefined && inner !== undefined && isAround(outer, inner) ? index + 1 : null
}

/** The wrapper layers around a command, outermost first. */
export function layersAround(
  index: number,
  commands: readonly ReadCommand[],
): readonly ReadCommand[] {
  const layers: ReadCommand[] = []
  let depth = commands[index]?.via.length ?? 0
  for (let at = index - 1; at >= 0 && depth > 0; at -= 1) {
    const outer = commands[at]
    const inner = commands[index]
    if (outer === undefined || inner === undefined) break
    if (outer.via.length >= depth || !isAround(outer, inner)) continue
    layers.unshift(outer)
    depth = outer.via.length
  }
  return layers
}

/** What leads to the inner one begins with what leads to the outer one, and goes on with its name. */
function isAround(outer: ReadCommand, inner: ReadCommand): boolean {
  const [program] = outer.argv
  const next = inner.via[outer.via.length]
  if (!outer.isWrapper || program?.is !== 'literal' || next === undefined) return false
  const name = program.text.slice(program.text.lastIndexOf('/') + 1)
  const isSame = next === name || next.startsWith(`${name} `)
  return isSame && outer.via.every((layer, at) => layer === inner.via[at])
}
