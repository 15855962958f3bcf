/** Makes lines, reads them, runs those that are static, and collects what was not seen. */
import { readLine } from '../../server/core/command/read-line.ts'
import type { Reading } from '../../server/core/command/reading.ts'
import { unseen } from './compare.ts'
import { grammarLine } from './grammar.ts'
import { mutatedLine } from './mutations.ts'
import { optionLine } from './option-lines.ts'
import type { Random } from './random.ts'
import { seeded } from './random.ts'
import type { SandboxShell } from './sandbox.ts'
import { openSandbox } from './sandbox.ts'
import { tokenLine } from './tokens.ts'
import type { Deeds } from './trace.ts'

export interface Counterexample {
  readonly line: string
  readonly form: 'line' | 'canonical'
  readonly unseen: readonly string[]
}

export interface Outcome {
  readonly lines: number
  readonly isStatic: number
  /** Lines that are static and executed a program. */
  readonly executing: number
  readonly executions: number
  /** Lines that hung or killed their surroundings; not compared. */
  readonly lost: number
  readonly counterexamples: readonly Counterexample[]
}

/** Lines read and run together: enough to keep both sandboxes busy. */
const ROUND = 1600

export async function runCampaign(
  seed: number,
  count: number,
  shell: SandboxShell,
): Promise<Outcome> {
  const random = seeded(seed)
  const language = languageOf(shell)
  const total = { lines: 0, isStatic: 0, executing: 0, executions: 0, lost: 0 }
  const counterexamples: Counterexample[] = []
  while (total.lines < count) {
    const lines = Array.from({ length: Math.min(ROUND, count - total.lines) }, () =>
      makeLine(random, language),
    )
    const outcome = await checkLines(lines, shell)
    total.lines += lines.length
    total.isStatic += outcome.isStatic
    total.executing += outcome.executing
    total.executions += outcome.executions
    total.lost += outcome.lost
    counterexamples.push(...outcome.counterexamples)
  }
  return { ...total, counterexamples }
}

/** Runs the static ones among `lines`, and their canonical forms, in two sandboxes at once. */
export async function checkLines(lines: readonly string[], shell: SandboxShell): Promise<Outcome> {
  const language = languageOf(shell)
  const runs: Run[] = lines.flatMap((line): Run[] => {
    const reading = readLine(line, language)
    if (reading.misreadings.length > 0 || reading.canonical === null) return []
    const written = readLine(reading.canonical, language)
    const isSame = reading.canonical === line
    return [
      { text: line, line, form: 'line', reading },
      ...(isSame
        ? []
        : [{ text: reading.canonical, line, form: 'canonical', reading: written } as const]),
    ]
  })
  const done = await inTwoSandboxes(runs, shell)
  const first = done.filter(({ run }) => run.form === 'line')
  return {
    lines: lines.length,
    isStatic: first.length,
    executing: first.filter(({ deeds }) => (deeds?.executions.length ?? 0) > 1).length,
    executions: done.reduce((sum, { deeds }) => sum + (deeds?.executions.length ?? 0), 0),
    lost: done.filter(({ deeds }) => deeds === null).length,
    counterexamples: done.flatMap(({ run, deeds, stubs }) => {
      const found = deeds === null ? [] : unseen(run.reading, deeds, stubs)
      return found.length === 0 ? [] : [{ line: run.line, form: run.form, unseen: found }]
    }),
  }
}

function languageOf(shell: SandboxShell): 'bash' | 'sh' {
  return shell === 'bash' || shell === 'session' ? 'bash' : 'sh'
}

interface Run {
  readonly text: string
  readonly line: string
  readonly form: 'line' | 'canonical'
  readonly reading: Reading
}

interface Done {
  readonly run: Run
  readonly deeds: Deeds | null
  readonly stubs: string
}

async function inTwoSandboxes(runs: readonly Run[], shell: SandboxShell): Promise<readonly Done[]> {
  const half = Math.ceil(runs.length / 2)
  const halves = await Promise.all(
    [runs.slice(0, half), runs.slice(half)].map(async part => {
      const sandbox = openSandbox(shell)
      try {
        const deeds = await sandbox.run(part.map(run => run.text))
        return part.map((run, index) => ({
          run,
          deeds: deeds[index] ?? null,
          stubs: sandbox.stubs,
        }))
      } finally {
        sandbox.remove()
      }
    }),
  )
  return halves.flat()
}

function makeLine(random: Random, language: 'bash' | 'sh'): string {
  const roll = random.below(100)
  if (roll >= 94) return tokenLine(random)
  if (roll >= 88) return optionLine(random)
  if (roll >= 45) return mutatedLine(random)
  // What only bash has must not pass for sh either.
  return grammarLine(random, random.chance(0.2) ? 'bash' : language)
}
