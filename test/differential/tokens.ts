/** Token soup: pieces of syntax thrown together, most of it wrong, all of it what a parser may trip over. */
import type { Random } from './random.ts'

const WORDS =
  'pwned ls rm id cat cmd1 a b x echo eval exec env xargs bash sh time coproc function if then else fi for in do done while case esac ' +
  'select until [ ] [[ ]] { } ! . : E EOF export declare local read unset trap test printf nice timeout 5 -c -n -e -exec -v 1 2 10'

const TOKENS: readonly string[] = [
  ...WORDS.split(' '),
  ...[
    '|',
    '||',
    '&',
    '&&',
    ';',
    ';;',
    ';&',
    '(',
    ')',
    '((',
    '))',
    '<',
    '>',
    '>>',
    '<<',
    '<<-',
    '<<<',
    '<>',
    '>|',
    '<&',
    '>&',
    '&>',
    '|&',
  ],
  ...[
    '$',
    '$(',
    '$((',
    '${',
    '}',
    '`',
    '"',
    "'",
    "$'",
    '$"',
    '\\',
    '\\\n',
    '#',
    '=',
    '+=',
    '[',
    ']',
    '*',
    '?',
    '~',
    '{a,b}',
    '{',
    '}',
    ',',
  ],
  ...[
    '$v',
    '${v}',
    '${v:-',
    '$@',
    '"$@"',
    '$(pwned)',
    '`pwned`',
    '<(pwned)',
    '>(pwned)',
    '$((1+1))',
    '"$(pwned)"',
    'v=',
    'v=1',
    'a[0]=',
    'v=(',
    'f()',
  ],
  ...[
    '<<E\n',
    '\nE\n',
    '\n',
    '\t',
    ' ',
    '2>',
    '2>&1',
    '>&-',
    '<&-',
    '{fd}>',
    '/dev/null',
    "'a b'",
    '"a b"',
    '\\;',
    '{}',
    '+',
    '@(',
    '!(',
    '$[',
    '=~',
    "$'\\x41'",
  ],
]

export function tokenLine(random: Random): string {
  const count = 2 + random.below(9)
  let text = random.chance(0.5) ? random.pick(['ls ', 'pwned ', 'cmd1 a ', 'echo ', 'cat ']) : ''
  for (let n = 0; n < count; n += 1) {
    text += random.pick(TOKENS) + (random.chance(0.65) ? ' ' : '')
  }
  return text.trim()
}
