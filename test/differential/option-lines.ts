/** Wrappers with options in every form getopt takes, and some it does not: where does the command begin? */
import { readOptionLine } from '../../server/core/command/option-grammar.ts'
import {
  FIND_ARITY,
  FIND_RUNS,
  FIND_WRITES,
} from '../../server/core/command/tables/find-primaries.ts'
import { WRAPPERS } from '../../server/core/command/tables/wrappers.ts'
import { XARGS_OPTIONS } from '../../server/core/command/tables/xargs-options.ts'
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
  const roll = random.below(10)
  if (roll < 2) return xargsLine(random)
  return roll < 4 ? findLine(random) : wrapperLine(random)
}

function xargsLine(random: Random): string {
  const words = ["printf 'a b\\nc {}\\n' | xargs"]
  for (let n = random.below(4); n > 0; n -= 1) {
    words.push(
      ...(random.chance(0.8) ? spelledOption(random, XARGS_OPTIONS) : [random.pick(WORDS)]),
    )
  }
  const command = [
    'cmd1 {}',
    'cmd1 a x',
    'cmd2 -n1 R',
    'sh -c "cmd1 {}"',
    'env A=b cmd1',
    'nice',
    '',
    'cmd{}',
    "sh -c 'cmd2 $0'",
  ]
  return [...words, random.pick(command)].join(' ')
}

function findLine(random: Random): string {
  const words = [
    'find',
    random.pick(['.', '', '. .', '/etc/hostname', '"$v"', '.*', '-H .', '-O2 .']),
    random.pick(['-maxdepth 0', '-maxdepth 0', '-prune']),
  ]
  for (let n = 1 + random.below(5); n > 0; n -= 1) words.push(findPart(random))
  return words.join(' ')
}

function findPart(random: Random): string {
  const value = random.pick([
    'x',
    '.',
    '1',
    "'*'",
    '-exec',
    '{}',
    '\\;',
    '+',
    '"$v"',
    '-o',
    'f',
    '-1',
    '/dev/null',
    'out',
  ])
  const roll = random.below(10)
  if (roll < 3)
    return random.pick(
      [...FIND_ARITY.keys()].filter(word => word.startsWith('-') && word !== '-delete'),
    )
  if (roll < 5)
    return `${random.pick([...FIND_ARITY].filter(([, arity]) => arity === 1))[0]} ${value}`
  if (roll === 5) return random.pick(['\\(', '\\)', '!', ',', '-o', '-a', value])
  if (roll === 6)
    return `${random.pick([...FIND_WRITES.keys()])} ${random.pick(['out', '/dev/null', value])} ${random.pick(['', '%p'])}`
  const action = random.pick([...FIND_RUNS.keys()])
  const command = random.pick([
    'cmd1 {}',
    'cmd2 a {} b',
    'cmd3',
    'cmd1 {$v}',
    'sh -c "cmd1 {}"',
    `cmd2 ${value}`,
    '{}',
    'env A={} cmd1',
  ])
  return `${action} ${command} ${random.pick(['\\;', '\\;', "';'", '{} +', '+', ''])}`
}

function wrapperLine(random: Random): string {
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
