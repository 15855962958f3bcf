/** Programs that can do more than their operands show. */
import type { Category } from '../program-facts.ts'

export const CAPABLE_PROGRAMS: ReadonlyMap<string, readonly Category[]> = new Map([
  ['ssh', ['opaque', 'runs-others', 'network']],
])
