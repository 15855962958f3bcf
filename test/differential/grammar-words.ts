/** Words, assignments and redirections in every spelling. */
import type { Random } from './random.ts'

export interface Making {
  readonly random: Random
  readonly isBash: boolean
  readonly depth: number
  /** Makes a script; statements and words hold each other. */
  readonly script: (m: Making) => string
  /** Here-documents to be written below the line that is being made. */
  readonly bodies: string[]
}

export function deeper(m: Making): Making {
  return { ...m, depth: m.depth + 1 }
}

export const PLAIN = [
  'a',
  'b',
  'x1',
  '-l',
  '--all',
  'file.txt',
  './f',
  '10',
  '/etc/hosts',
  'a=b',
  '--x=y',
  '-',
  '--',
  'a,b',
  '%1',
  '@',
  '+x',
  'ü',
]

export const NAMES = ['v', 'w', 'i', 'n', 'arr', 'out']

const SPECIALS = ['$?', '$#', '$$', '$!', '$@', '$*', '$0', '$1', '$-']

/** The same text in another spelling. */
export function spelled(text: string, m: Making): string {
  const { random } = m
  const cut = random.below(text.length + 1)
  const [start, end] = [text.slice(0, cut), text.slice(cut)]
  const ways = [
    () => `'${text}'`,
    () => `"${text}"`,
    () => `${start}''${end}`,
    () => `${start}""${end}`,
    () => `${start}\\${end}`,
    () => `'${start}'"${end}"`,
    () => `\\${text}`,
    () => `"${start}"${end}`,
    () => `${start}'${end}'`,
  ]
  if (m.isBash) {
    ways.push(
      () => `$'${start}'${end}`,
      () =>
        `$'${text
          .split('')
          .map(character => `\\x${character.charCodeAt(0).toString(16)}`)
          .join('')}'`,
      () => `$"${text}"`,
      () => `{${text},}`,
      () => `$'${start}\\0${end}'`,
    )
  }
  return random.pick(ways)()
}

export function word(m: Making): string {
  const { random } = m
  const roll = random.below(100)
  if (roll < 40) return random.pick(PLAIN)
  if (roll < 55) return spelled(random.pick(PLAIN), m)
  if (roll < 62) return quotedWord(m)
  if (roll < 70) return expansion(m)
  if (roll < 76)
    return `"${random.pick(['', 'a ', 'x'])}${expansion(m)}${random.pick(['', ' b', 'y'])}"`
  if (roll < 80)
    return random.pick(['*', '?', '[a-z]*', '*.txt', './*', 'a*b', '[!x]', '[ab', 'a]'])
  if (roll < 84 && m.isBash)
    return random.pick([
      '{a,b}',
      'x{1..3}y',
      '{a,b}{c,d}',
      '{a..c}',
      '{a,"b c"}',
      '{,x}',
      '{a,{b,c}}',
      '{a}',
      '{}',
      '{1..3..2}',
      '{01..03}',
    ])
  if (roll < 88) return random.pick(['~', '~/x', '~root', 'a~', 'v=~/x', '"~"', '~+', ':~', '\\~'])
  if (roll < 93 && m.depth < 3) return substitution(deeper(m))
  if (roll < 95 && m.depth < 3 && m.isBash)
    return random.pick(['<(', '>(']) + inner(deeper(m)) + ')'
  return random.pick(PLAIN) + expansion(m) + random.pick(['', 'z', "'q'"])
}

function quotedWord(m: Making): string {
  return m.random.pick([
    "'a b'",
    '"a b"',
    "'$v'",
    "'`pwned`'",
    "'$(pwned)'",
    '"\\$(pwned)"',
    '"\\`pwned\\`"',
    '\\$v',
    "'a'\\''b'",
    '"a\\"b"',
    "'#'",
    '"#"',
    '\\#',
    'a#b',
    "';'",
    '";"',
    '\\;',
    '\\&',
    "'|'",
    '\\>',
    "'\n'",
    '"a\nb"',
    '"\\a"',
    "'\\'",
    '""',
    "''",
    '"!"',
    "'{a,b}'",
    '\\{a,b\\}',
    "'*'",
  ])
}

function expansion(m: Making): string {
  const { random } = m
  const name = random.pick(NAMES)
  const ways = [
    () => `$${name}`,
    () => `\${${name}}`,
    () => random.pick(SPECIALS),
    () => `\${${name}:-${random.pick(['d', "'d e'", '"d"', 'a b', ''])}}`,
    () => `\${${name}#${random.pick(['a', '*/', "'a'"])}}`,
    () => `\${${name}%.*}`,
    () => `\${#${name}}`,
    () => `\${${name}:+x}`,
    () => `\${${name}:=y}`,
    () => `$((${arithmetic(m)}))`,
  ]
  if (m.depth < 3) {
    ways.push(
      () => substitution(deeper(m)),
      () => `\${${name}:-${substitution(deeper(m))}}`,
    )
  }
  if (m.isBash) {
    ways.push(
      () => `\${${name}/a/b}`,
      () => `\${${name}^^}`,
      () => `\${${name}:0:1}`,
      () => `\${${name}[@]}`,
      () => `\${!${name}}`,
      () => `\${${name}@Q}`,
      () => `\${!${name}@}`,
      () => `$[${arithmetic(m)}]`,
      () => `\${${name}[0]}`,
    )
  }
  return random.pick(ways)()
}

export function arithmetic(m: Making): string {
  return m.random.pick([
    '1',
    '1+2',
    'v',
    'i+1',
    '$v',
    '$#',
    '(1)',
    '1 + 2',
    'v=1',
    'n++',
    '0x1f',
    'a[0]',
    '1?2:3',
    "'1'",
    '${#v}',
    '010',
    '$(echo 1)',
    '1<2',
    'v==1',
  ])
}

function substitution(m: Making): string {
  const { random } = m
  if (random.chance(0.25))
    return `\`${m.script({ ...m, depth: 3, bodies: [] }).replace(/[`\\]/g, '')}\``
  return `$(${random.pick(['', ' ', '\n'])}${inner(m)}${random.pick(['', ' ', '\n'])})`
}

/** A script inside brackets; its here-documents stand inside them too. */
export function inner(m: Making): string {
  const text = m.script({ ...m, bodies: [] })
  return /#|<</.test(text) ? `${text}\n` : text
}

export function assignment(m: Making): string {
  const { random } = m
  const name = random.pick(NAMES)
  const value = random.pick(['1', 'x', "'a b'", '', '"$w"', '~/x', 'a:~', '$w', '*', '10'])
  const way = random.below(10)
  if (m.isBash && way === 0) return `${name}+=${value}`
  if (m.isBash && way === 1) return `${name}=(${word(m)} ${word(m)})`
  if (m.isBash && way === 2) return `${name}[${random.pick(['0', 'v', '1+1'])}]=${value}`
  if (way === 3 && m.depth < 3) return `${name}=${substitution(deeper(m))}`
  return `${name}=${value}`
}

export function redirection(m: Making): string {
  const { random } = m
  const file = random.pick([
    'out',
    'o2',
    '/dev/null',
    '"out"',
    "'o p'",
    './out',
    'out$v',
    '"$v"',
    'o\\ut',
    '*',
    '~/o',
  ])
  const from = random.pick(['', '', '', '2', '1', '0', m.isBash ? '{fd}' : '3'])
  const roll = random.below(12)
  if (roll < 4) return `${from}${random.pick(['>', '>>', '> ', '>|', '>> '])}${file}`
  if (roll < 6)
    return `${from}<${random.pick(['', ' '])}${random.pick(['/dev/null', '/etc/hosts', '"$v"'])}`
  if (roll < 8)
    return random.pick([
      '2>&1',
      '>&2',
      '1>&2',
      '2>&-',
      '<&-',
      '>&-',
      '3>&1',
      '>& 2',
      '2>& 1',
      '<&0',
    ])
  if (roll === 8 && m.isBash) return random.pick(['&>', '&>>', '>&', '&> ', '>& ']) + file
  if (roll === 9 && m.isBash) return `<<<${random.pick(['', ' '])}${word(m)}`
  if (roll === 10) return `<>${random.pick(['', ' '])}${file}`
  return hereDocument(m)
}

function hereDocument(m: Making): string {
  const { random } = m
  const name = random.pick(['E', 'EOF', 'X_1'])
  const [start, end] = random.pick([
    [name, name],
    [`'${name}'`, name],
    [`"${name}"`, name],
    [`\\${name}`, name],
    [`-${name}`, `\t${name}`],
    [` ${name}`, name],
  ] as const)
  const body = random.pick([
    'text\n',
    '',
    'pwned\n',
    '$v\n',
    `${substitutionOrText(m)}\n`,
    'a\nb\n',
    "'\n",
    '"\n',
    '\\$(pwned)\n',
    '`pwned`\n',
    'x \\\ny\n',
    '#\n',
  ])
  m.bodies.push(body + end)
  return `${random.pick(['', '', '0'])}<<${start}`
}

function substitutionOrText(m: Making): string {
  return m.depth < 2 ? `a $(${m.script({ ...m, depth: 3, bodies: [] })}) b` : 'text'
}
