/**
 * How long readLine takes, by the length of the line, and for lines made to be slow.
 *
 *   npx tsx test/bench/judge-speed.ts
 */
import { LINE_LIMIT_BYTES } from '../../server/core/command/bytes.ts'
import { readLine } from '../../server/core/command/read-line.ts'
import { grammarLine } from '../differential/grammar.ts'
import { mutatedLine } from '../differential/mutations.ts'
import { seeded } from '../differential/random.ts'

const LENGTHS = [32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, LINE_LIMIT_BYTES]
const SAMPLES = 400

const random = seeded(1)

/** Ordinary statements up to about the length. */
function ordinaryLine(length: number): string {
  let line = mutatedLine(random)
  for (let n = 0; line.length < length; n += 1)
    line += `\n${n % 3 === 0 ? grammarLine(random, 'bash') : mutatedLine(random)}`
  while (Buffer.byteLength(line) > length)
    line = line.slice(0, length - (Buffer.byteLength(line) - line.length))
  return line
}

/** Until the longest a line may be. */
function filled(start: string, part: string, end = ''): string {
  const times = Math.floor((LINE_LIMIT_BYTES - start.length - end.length) / part.length)
  return start + part.repeat(times) + end
}

const WORST: readonly (readonly [name: string, line: string])[] = [
  ['many words', filled('ls', ' a')],
  ['one long word', filled('ls ', 'a')],
  ['many commands', filled('', 'a;')],
  ['many pipes', filled('a', '|a')],
  ['many && and ||', filled('a', '&&a||a')],
  ['open brackets', filled('', '(')],
  ['nested substitutions', filled('', '$(')],
  ['nested backquotes', filled('', '`')],
  ['nested quotes and substitutions', filled('', '"$(')],
  ['nested parameters', filled('echo ', '${x:-')],
  ['nested arithmetic', filled('echo ', '$((')],
  ['open braces', filled('echo ', '{')],
  ['braces that multiply', filled('echo ', '{a,b}')],
  ['nested braces', filled('echo ', '{a,')],
  ['many here-documents', filled('cat', ' <<E')],
  ['many redirections', filled('ls', ' >a')],
  ['many assignments', filled('', 'a=b ')],
  ['many backslashes', filled('echo ', '\\\\')],
  ['many globs', filled('echo ', '*[a]?')],
  ['open [[', filled('[[ ', '( a && ')],
  ['open if', filled('', 'if a; then ')],
  ['open case', filled('', 'case a in a) ')],
  ['wrappers', filled('', 'nice ')],
  ['eval in eval', filled('', 'eval ')],
  ['sed script', filled("sed '", 's/[a]/b/;', "'")],
  ['sed brackets', filled("sed '/", '[a', "'")],
  ['find expression', filled('find .', ' -name a -o')],
  ['tildes', filled('a=', '~:')],
  ['quotes', filled('echo ', `'"'`)],
]

const table = LENGTHS.map(length => {
  const times = Array.from({ length: SAMPLES }, () => timed(ordinaryLine(length))).toSorted(
    (a, b) => a - b,
  )
  return {
    bytes: length,
    median: milliseconds(at(times, 0.5)),
    p99: milliseconds(at(times, 0.99)),
    worst: milliseconds(at(times, 1)),
  }
})
console.table(table)
console.table(
  WORST.map(([name, line]) => ({
    line: name,
    bytes: line.length,
    ms: milliseconds(timed(line)),
  })).toSorted((a, b) => Number(b.ms) - Number(a.ms)),
)

/** The fastest of three: what else the machine does is not what is measured. */
function timed(line: string): number {
  const times = [0, 1, 2].map(() => {
    const start = performance.now()
    readLine(line, 'bash')
    return performance.now() - start
  })
  return Math.min(...times)
}

function at(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
}

function milliseconds(ms: number): string {
  return ms.toFixed(2)
}
