/** Wrappers with options in every form getopt takes, and some it does not: where does the command begin? */
import { readOptionLine } from '../../server/core/command/option-grammar.ts'
import { WRAPPERS } from '../../server/core/command/tables/wrappers.ts'
import type { Random } from './random.ts'

/** Wrappers that are real programs in the sandbox, or builtins. */
const NAMES =
  'env timeout nice nohup setsid stdbuf ionice chrt taskset setpriv prlimit choom setarch linux64 command exec builtin'.split(
    ' ',
  )

/** What stands where a command, a value or an operand is wanted. */
const WORDS = [
  '5',
  '0',
  '1',
  'cmd1',
  'x',
  'a=b',
  '-',
  '--',
  '0x1',
  'KILL',
  '.',
  'L',
  '5s',
  'x86_64',
  '-5',
  '+x',
  '1:2',
  "''",
  '$v',
  '"$v"',
  'A=',
]

const OPERANDS: ReadonlyMap<string, readonly string[]> = new Map([
  ['timeout', ['5']],
  ['chrt', ['0']],
  ['taskset', ['1']],
  ['setarch', ['x86_64']],
])

export function optionLine(random: Random): string {
  const name = random.pick(NAMES)
  const options = (WRAPPERS[name]?.options ?? []).map(readOptionLine)
  const words: string[] = [name]
  const count = random.below(4)
  for (let n = 0; n < count; n += 1) {
    if (options.length === 0 || random.chance(0.2)) words.push(random.pick(WORDS))
    else words.push(...spelledOption(random, options))
  }
  const operands = OPERANDS.get(name) ?? []
  if (random.chance(0.8)) words.push(...operands)
  words.push(
    random.chance(0.85) ? 'cmd2' : random.pick(WORDS),
    random.pick(['a', '-x', '--', 'cmd3', '"$v"']),
  )
  return words.join(' ')
}

function spelledOption(
  random: Random,
  options: readonly ReturnType<typeof readOptionLine>[],
): readonly string[] {
  const option = random.pick(options)
  const name = random.pick(option.names)
  const value = random.pick(WORDS)
  if (name.startsWith('--')) {
    const short = name.slice(0, Math.max(3, name.length - random.below(name.length)))
    const typed = random.chance(0.6) ? name : short
    return random.pick([[typed], [`${typed}=${value}`], [typed, value]])
  }
  const cluster = name + (random.pick(options).names[0] ?? '').replace(/^-+/, '').slice(0, 1)
  return random.pick([[name], [name, value], [name + value], [cluster], [cluster, value]])
}
