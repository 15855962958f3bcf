/** Lines that follow the shell's grammar, spelled in unusual ways. */
import type { Making } from './grammar-words.ts'
import {
  arithmetic,
  assignment,
  deeper,
  inner,
  redirection,
  spelled,
  word,
} from './grammar-words.ts'
import { mutate } from './mutations.ts'
import type { Random } from './random.ts'

/** One line. `shell` sh leaves out what only bash has. */
export function grammarLine(random: Random, shell: 'bash' | 'sh'): string {
  const line = script({ random, isBash: shell === 'bash', depth: 0, bodies: [], script })
  return random.chance(0.12) ? mutate(line, random) : line
}

const PROGRAMS = [
  'pwned',
  'ls',
  'cmd1',
  'cmd2',
  'cmd3',
  'rm',
  'id',
  'cat',
  'tool',
  'grep',
  'a',
  'x',
  'tee',
]

function script(m: Making): string {
  const { random } = m
  const count = 1 + (random.chance(0.35) ? 1 + random.below(2) : 0)
  let text = ''
  for (let n = 0; n < count; n += 1) {
    const bodies: string[] = []
    const statement = list({ ...m, bodies })
    const separator = bodies.length > 0 ? '\n' : random.pick([';', ' ; ', '\n', ' & ', ';\n', ' ;'])
    const last = n === count - 1
    text +=
      statement +
      (last && bodies.length === 0 ? random.pick(['', '', '', ';', ' ', '\n', ' # x']) : separator)
    text += bodies.map(body => `${body}\n`).join('')
  }
  return text
}

function list(m: Making): string {
  const { random } = m
  let text = pipeline(m)
  while (random.chance(0.2))
    text += random.pick([' && ', ' || ', '&&', '||', ' &&\n', ' \\\n&& ']) + pipeline(m)
  return text
}

function pipeline(m: Making): string {
  const { random } = m
  let text = random.chance(0.05)
    ? random.pick(['! ', m.isBash ? 'time ' : '! ', m.isBash ? 'time -p ' : '! '])
    : ''
  text += command(m)
  while (random.chance(0.15)) {
    text += random.pick([' | ', '|', m.isBash ? ' |& ' : ' | ', '|\n', ' | \\\n']) + command(m)
  }
  return text
}

function command(m: Making): string {
  const { random } = m
  if (m.depth < 3 && random.chance(0.22)) return compound(deeper(m))
  if (m.depth < 3 && random.chance(0.25)) return wrapped(deeper(m))
  return simple(m)
}

function simple(m: Making): string {
  const { random } = m
  const parts: string[] = []
  while (random.chance(0.08)) parts.push(assignment(m))
  if (random.chance(0.04)) parts.push(redirection(m))
  if (parts.length > 0 && random.chance(0.3)) return parts.join(' ')
  parts.push(random.chance(0.06) ? builtin(m) : programName(m))
  const count = random.below(4)
  for (let n = 0; n < count; n += 1) parts.push(word(m))
  while (random.chance(0.12)) parts.push(redirection(m))
  return parts.join(random.pick([' ', ' ', ' ', '  ', '\t', ' \\\n']))
}

function builtin(m: Making): string {
  const { random } = m
  return random.pick([
    ': ',
    'echo',
    'printf %s',
    'cd .',
    'cd /usr && cd bin &&',
    'cd /etc ||',
    'cd /usr;',
    'cd ..',
    'cd /tmp &&',
    'true',
    'test -n',
    '[ a = b ] ;',
    'export v=1 ;',
    'unset v ;',
    'shift ;',
    'set -e ;',
    'read v </dev/null ;',
    'wait ;',
    'umask 022 ;',
    'type ls ;',
    'hash -r ;',
    'local v=1 ;',
    'readonly w=2 ;',
    'let n=1+1 ;',
    'printf -v v %s',
    'set -- a b ;',
    'shopt -s nullglob ;',
    'ulimit -n ;',
    'return',
    'exit 0 ;',
    'declare v=2 ;',
    'trap - EXIT ;',
    ...STATEFUL,
  ])
}

/** Builtins that give variables values, with values that bite where they are evaluated. */
const STATEFUL: readonly string[] = [
  'v="a[\\$(pwned)]" ;',
  "w='a[$(pwned)]' ;",
  "v='($(pwned))' ;",
  'v=1 w=2 ; i=$((v+w)) ;',
  'declare -a v=(a b) ;',
  'declare w="$v" ;',
  'local v=$w ;',
  'export v="$w" ;',
  'readonly out=x ;',
  'read v <<< "$w" ;',
  'read -a arr <<< "a b" ;',
  'printf -v n %d 5 ;',
  'let i++ ;',
  '[ -n "$v" ] ;',
  '[ "$v" "$w" ] ;',
  '[ $n -lt 3 ] ;',
  'test "$v" = x -a "$w" ;',
  '[[ $v -eq 1 ]] ;',
  '(( i++ )) ;',
  'echo $((v)) ${arr[n]} ;',
  'for v in 1 2 ; do echo $((v)) ; done ;',
  'unset v w ;',
  'mapfile -t arr < /etc/hostname ;',
  'set -- a b ; shift ;',
  'IFS= read -r v < /etc/hostname ;',
  'f1() { v=$1 ; } ; f1 x ;',
  'case $v in 1) i=2 ;; esac ;',
]

function programName(m: Making): string {
  const { random } = m
  const name = random.pick(PROGRAMS)
  if (random.chance(0.75)) return name
  return spelled(name, m)
}

function compound(m: Making): string {
  const { random } = m
  const body = (): string => {
    const text = script({ ...m, bodies: [] })
    return /[;&\n]\s*$|#/.test(text) ? `${text}\n` : `${text};`
  }
  const after = random.chance(0.15)
    ? ` ${redirection({ ...m, bodies: [] }).replace(/^.*<<[^<].*$/s, '')}`
    : ''
  const ways = [
    () => `(${inner(m)})`,
    () => `( ${inner(m)} )`,
    () => `{ ${body()} }`,
    () => `if ${body()} then ${body()} fi`,
    () => `if ${body()} then ${body()} else ${body()} fi`,
    () => `if ${body()} then ${body()} elif ${body()} then ${body()} fi`,
    () => `for i in ${word(m)} ${word(m)}; do ${body()} done`,
    () => `for i in 1 2; do ${body()} done`,
    () => `while ${body()} do ${body()} break; done`,
    () => `until ${body()} do ${body()} break; done`,
    () => `case ${word(m)} in ${random.pick(['a', '*', 'x|y', '(z', '"q"'])}) ${body()}; esac`,
    () => `case a in a) ${body()};; *) ${body()};; esac`,
    () => `fn() { ${body()} }; fn ${word(m)}`,
    () => `fn() ( ${inner(m)} ); fn`,
  ]
  if (m.isBash) {
    ways.push(
      () =>
        `[[ ${random.pick(['-n a', 'a == b', '-f x', 'a =~ b', '1 -lt 2', '! -e x', 'a < b', '-v v', '$v == x*', 'a && b', '( a )'])} ]]`,
      () => `((${arithmetic(m)}))`,
      () => `for ((i=0;i<1;i++)); do ${body()} done`,
      () => `select i in a; do ${body()} break; done </dev/null`,
      () => `function fn { ${body()} }; fn`,
      () => `coproc ${simple(m)}`,
      () => `case a in a) ${body()};& b) ${body()};; esac`,
    )
  }
  return random.pick(ways)() + after
}

function wrapped(m: Making): string {
  const { random } = m
  const one = simple({ ...m, depth: 3 })
  const code = script({ ...m, bodies: [], depth: m.depth + 1 })
  const quotedCode = `'${code.replaceAll("'", "'\\''")}'`
  const ways = [
    () =>
      `env ${random.pick(['', '-i ', 'A=b ', '-u v ', '-- ', 'A=b B=c ', '-C . ', '- '])}${one}`,
    () =>
      `timeout ${random.pick(['5', '-k 1 5', '-s KILL 5', '--signal=TERM 5', '-- 5', '--foreground 5'])} ${one}`,
    () => `nice ${random.pick(['', '-n 5 ', '-5 ', '--adjustment=3 ', '-n5 ', '-- '])}${one}`,
    () => `nohup ${one}`,
    () => `setsid ${random.pick(['', '-w ', '-f '])}${one}`,
    () => `stdbuf -oL ${one}`,
    () => `command ${random.pick(['', '-p ', '-- ', '-v '])}${one}`,
    () => `exec ${one}`,
    () => `eval ${random.pick([quotedCode, one, `-- ${quotedCode}`])}`,
    () =>
      `echo a b | xargs ${random.pick(['', '-n1 ', '-0 ', '-I{} ', '-r ', '-t ', '-- '])}${one}`,
    () =>
      `find . -maxdepth 0 -exec ${one.replace(/[;|&<>\n#()].*/s, '')} ${random.pick(["';'", '\\;', '{} \\;', '{} +', '";"'])}`,
    () =>
      `find . -maxdepth 0 -exec ${random.pick(['cmd1', 'echo', 'sh -c "cmd1 {}"', 'env cmd1', 'nice -n 1 cmd2'])} ${random.pick(['{}', 'a{}b', "'{}'", '{', '{$v}', '}'])} ${random
        .pick([';', '+', 'x'])
        .replace(';', '\\;')}`,
    () =>
      `echo x | xargs -I${random.pick(['{}', '%', 'R', 'cmd'])} ${random.pick(['cmd1 {} a', 'cmd2 %', 'cmdR', 'sh -c "cmd1 {}"', 'env A={} cmd1'])}`,
    () => `sh -c ${quotedCode} ${random.pick(['', '_ a', 'x "$v"'])}`,
    () => `trap ${quotedCode} EXIT`,
    () => `sudo ${random.pick(['', '-u a ', '-n ', '-- '])}${one}`,
    () => `chrt -o 0 ${one}`,
    () => `taskset -c 0 ${one}`,
  ]
  if (m.isBash) {
    ways.push(
      () =>
        `bash ${random.pick(['-c', '-ec', '-c --', '--norc -c', '-o pipefail -c'])} ${quotedCode} ${random.pick(['', '_ a b', 'x'])}`,
      () => `bash <<< ${quotedCode}`,
      () => `builtin ${random.pick(['echo a', `eval ${quotedCode}`, 'cd .'])}`,
      () => `exec ${random.pick(['-a q ', '-c ', '-l '])}${one}`,
    )
  }
  return random.pick(ways)()
}
