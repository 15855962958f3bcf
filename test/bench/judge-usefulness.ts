/**
 * How much of ordinary work the judge understands: the share of collected command lines it reads as
 * static, and the share of those it can write out again.
 *
 *   npx tsx test/bench/judge-usefulness.ts FOLDER    FOLDER holds tldr.jsonl and nl2bash.jsonl
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { readLine } from '../../server/core/command/read-line.ts'

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
  for (const line of lines) {
    const { misreadings, canonical } = readLine(line, 'bash')
    for (const code of new Set(misreadings.map(misreading => misreading.code))) {
      codes.set(code, [...(codes.get(code) ?? []), line])
    }
    const isOnlyNotEmitted = misreadings.every(({ code }) => code === 'not-re-emitted')
    if (isOnlyNotEmitted) isStatic += 1
    if (canonical !== null) isEmitted += 1
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
}
