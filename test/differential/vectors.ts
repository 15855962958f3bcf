import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { GuardName } from '../../server/core/command/guards.ts'

/** A line kept in test/vectors/lines. */
export interface KeptLine {
  readonly line: string
  readonly shell?: 'bash' | 'sh'
  /** Whether bash ran `pwned` when the line was tried. */
  readonly bash_runs_it?: boolean
}

export interface GuardLine extends KeptLine {
  readonly guard: GuardName
  /** A later line of the same session, where the guard holds back what outlives the line. */
  readonly then?: string
  /**
   * How it is known that the guard is needed: `runs` something unseen; runs `otherwise` than what would be
   * forwarded; is `shown` to a person as something else; or the `manual` says so of what cannot be run here.
   */
  readonly proof: 'runs' | 'otherwise' | 'shown' | 'manual'
}

const FOLDER = join(import.meta.dirname, '..', 'vectors', 'lines')

export const LINE_FILES = [
  'evasions',
  'agent-allowlist-bypasses',
  'own-evasions',
  'counterexamples',
] as const

export function keptLines(file: (typeof LINE_FILES)[number]): readonly KeptLine[] {
  return read(file) as readonly KeptLine[]
}

export function guardLines(): readonly GuardLine[] {
  return read('guards') as readonly GuardLine[]
}

function read(file: string): readonly unknown[] {
  return readFileSync(join(FOLDER, `${file}.jsonl`), 'utf8')
    .split('\n')
    .filter(text => text !== '')
    .map(text => JSON.parse(text) as unknown)
}
