/**
 * How much of ordinary work the judge understands: the share of collected command lines it reads as
 * static, the share of those it can write out again, and whether what is written runs the same.
 *
 *   npx tsx test/bench/judge-usefulness.ts FOLDER [--run=LINES] [--show[=CODE]]
 *
 * FOLDER holds tldr.jsonl and nl2bash.jsonl; --run compares executions of so many lines of each.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { readLine } from '../../server/core/command/read-line.ts'
import { openSandbox } from '../differential/sandbox.ts'
import type { Deeds } from '../differential/trace.ts'

const folder = process.argv[2]
if (folder === undefined) {
  console.error(
    'usage: tsx test/bench/judge-usefulness.ts FOLDER (with tldr.jsonl and nl2bash.jsonl)',
  )
  process.exit(2)
}

for (const [file, expectedStatic] of [
  ['tldr.jsonl', 97],
  ['nl2bash.jsonl', 85],
] as const) {
  const lines = readFileSync(join(folder, file), 'utf8')
    .split('\n')
    .filter(text => text !== '')
    .map(text => (JSON.parse(text) as { line: string }).line)
  const codes = new Map<string, string[]>()
  let isStatic = 0
  let isEmitted = 0
  const pairs: { line: string; canonical: string }[] = []
  for (const line of lines) {
    const { misreadings, canonical } = readLine(line, 'bash')
    for (const code of new Set(misreadings.map(misreading => misreading.code))) {
      codes.set(code, [...(codes.get(code) ?? []), line])
    }
    if (!misreadings.every(({ code }) => code === 'not-re-emitted')) continue
    isStatic += 1
    if (canonical === null) continue
    isEmitted += 1
    if (canonical !== line) pairs.push({ line, canonical })
  }
  const percent = (part: number, whole: number): string => `${((100 * part) / whole).toFixed(2)} %`
  console.log(`${file}: ${lines.length} lines`)
  console.log(`  static      ${percent(isStatic, lines.length)} (expected ≥ ${expectedStatic} %)`)
  console.log(`  re-emitted  ${percent(isEmitted, isStatic)} of those (expected ≥ 99 %)`)
  const byCount = [...codes].toSorted(([, a], [, b]) => b.length - a.length)
  for (const [code, examples] of byCount) {
    console.log(`  ${String(examples.length).padStart(6)} ${code}`)
    const shown = process.argv.includes(`--show=${code}`)
      ? 40
      : process.argv.includes('--show')
        ? 2
        : 0
    for (const example of examples.slice(0, shown)) console.log(`           ${example}`)
  }
  const count = Number(process.argv.find(word => word.startsWith('--run='))?.slice(6) ?? 0)
  if (count > 0) await compareExecutions(everyNth(pairs, count))
}

interface Pair {
  readonly line: string
  readonly canonical: string
}

/** A difference counts when it is there again each time; the members of a pipeline race each other. */
async function compareExecutions(pairs: readonly Pair[]): Promise<void> {
  // Programs are seen by their names only: everything that looks like one is a stub.
  const names = new Set(pairs.flatMap(({ line }) => line.match(/[A-Za-z][\w.+-]*/g) ?? []))
  const sandbox = openSandbox('bash', [...names])
  try {
    let differing = pairs
    let executions = 0
    for (let attempt = 0; attempt < 4 && differing.length > 0; attempt += 1) {
      const asked = await sandbox.run(differing.map(({ line }) => line))
      const forwarded = await sandbox.run(differing.map(({ canonical }) => canonical))
      if (attempt === 0)
        executions = asked.flatMap(deeds => deeds?.executions.slice(1) ?? []).length
      differing = differing.filter(
        ({ line }, index) => ranBy(line, asked[index]) !== ranBy(line, forwarded[index]),
      )
    }
    for (const { line } of differing) console.log(`  differs: ${JSON.stringify(line)}`)
    console.log(
      `  executions  ${pairs.length} lines, ${executions} programs run, ${differing.length} lines differ`,
    )
  } finally {
    sandbox.remove()
  }
}

/** What ran, in no order. Names made up for the run, and process numbers where the line asks for one, are alike. */
function ranBy(line: string, deeds: Deeds | null | undefined): string {
  const texts = deeds?.executions.slice(1).map(({ argv }) => JSON.stringify(argv)) ?? []
  const alike = texts.map(text => {
    const named = text.replaceAll(/\/[^" ]*\/work-\w+(\/\d+)?|\/dev\/fd\/\d+/g, '…')
    return /\$[$!]|RANDOM|PID/.test(line) ? named.replaceAll(/\d+/g, '0') : named
  })
  return alike.toSorted((a, b) => (a < b ? -1 : 1)).join('\n')
}

function everyNth<T>(list: readonly T[], count: number): readonly T[] {
  const step = Math.max(1, Math.floor(list.length / count))
  return list.filter((_, index) => index % step === 0).slice(0, count)
}
