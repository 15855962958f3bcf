import assert from 'node:assert/strict'
import {
  functionsFor,
  isFull,
  type LineFunctions,
  NO_FUNCTIONS,
  NO_LINE_FUNCTIONS,
  withDefinitions,
  withLine,
} from '../../../server/core/command/session-functions.ts'
import { readLine } from '../../../server/core/command/read-line.ts'
import { codesOf, commandsOf, textOf, wordsOf } from './reading-of.ts'

/** Lines and the commands they run, in the order of evaluation. */
type Table = readonly (readonly [line: string, commands: readonly string[]])[]

function reads(table: Table, shell: 'bash' | 'sh' = 'bash'): void {
  for (const [line, commands] of table) {
    it(line.replaceAll('\n', '⏎'), () => {
      assert.deepEqual(codesOf(line, shell), [])
      assert.deepEqual(commandsOf(line, shell), commands)
    })
  }
}

describe('readLine finds every command of', () => {
  describe('lists, pipelines and compound commands', () => {
    reads([
      ['ls', ['ls']],
      ['ls -l /etc', ['ls -l /etc']],
      ['a; b & c', ['a', 'b', 'c']],
      ['a && b || c', ['a', 'b', 'c']],
      ['a | b |& c', ['a', 'b', 'c']],
      ['! a', ['a']],
      ['time -p a', ['a']],
      ['(a; b)', ['a', 'b']],
      ['{ a; b; }', ['a', 'b']],
      ['if a; then b; elif c; then d; else e; fi', ['a', 'b', 'c', 'd', 'e']],
      ['while a; do b; done', ['a', 'b']],
      ['until a; do b; done', ['a', 'b']],
      ['for i in 1 2; do a $i; done', ['a ‹$i›']],
      ['case x in x|y) a;; *) b;; esac', ['a', 'b']],
      ['select i in x; do a; done', ['a']],
      ['for ((i=0;i<2;i++)); do a; done', ['a']],
      ['[[ -n $(a) ]] && b', ['a', 'b']],
      ['a\nb', ['a', 'b']],
      ['a # b', ['a']],
      ['', []],
      ['x=1', []],
    ])
  })

  describe('substitutions, wherever they stand', () => {
    reads([
      ['echo $(a)', ['a', 'echo ‹$(a)›…']],
      ['echo "x`a`"', ['a', 'echo x‹"x`a`"›']],
      ['echo ${x:-$(a)}', ['a', 'echo ‹${x:-$(a)}›…']],
      ['cat <(a) >(b)', ['a', 'b', 'cat ‹<(a)› ‹>(b)›']],
      ['cat <<E\n$(a)\nE', ['a', 'cat']],
      ["cat <<'E'\n$(a)\nE", ['cat']],
      ['cat <<< $(a)', ['a', 'cat']],
      ['x=$(a) b', ['a', 'b']],
      ['x=($(a))', ['a']],
      ['a > "$(b)"', ['b', 'a']],
      ['case $(a) in $(b)) c;; esac', ['a', 'b', 'c']],
      ['for i in $(a); do b; done', ['a', 'b']],
      [': "$(a "$(b)")"', ['b', 'a ‹"$(b)"›', ': ‹"$(a "$(b)")"›']],
      ['echo \'$(a)\' "\\$(a)"', ['echo $(a) $(a)']],
    ])
  })

  describe('wrappers, each layer a command of its own', () => {
    reads([
      ['sudo -u bob ls', ['sudo -u bob ls', 'ls']],
      ['sudo -nu bob -- ls', ['sudo -nu bob -- ls', 'ls']],
      ['sudo A=b ls', ['sudo A=b ls', 'ls']],
      ['doas -u bob ls', ['doas -u bob ls', 'ls']],
      ['env -i A=b ls', ['env -i A=b ls', 'ls']],
      ['env -u A -C /tmp -- ls', ['env -u A -C /tmp -- ls', 'ls']],
      ['env - ls', ['env - ls', 'ls']],
      ['timeout -k 1 5 ls', ['timeout -k 1 5 ls', 'ls']],
      ['timeout --sig KILL 5 ls', ['timeout --sig KILL 5 ls', 'ls']],
      ['nice -n5 ls', ['nice -n5 ls', 'ls']],
      ['nice -5 ls', ['nice -5 ls', 'ls']],
      ['nice --adj 5 ls', ['nice --adj 5 ls', 'ls']],
      ['ionice -c2 -n7 ls', ['ionice -c2 -n7 ls', 'ls']],
      [
        'nohup setsid -w stdbuf -oL ls',
        ['nohup setsid -w stdbuf -oL ls', 'setsid -w stdbuf -oL ls', 'stdbuf -oL ls', 'ls'],
      ],
      ['taskset -c 0,1 ls', ['taskset -c 0,1 ls', 'ls']],
      ['chrt -r 5 ls', ['chrt -r 5 ls', 'ls']],
      ['setarch x86_64 -R ls', ['setarch x86_64 -R ls', 'ls']],
      ['command -p ls', ['command -p ls', 'ls']],
      ['command -v ls', ['command -v ls']],
      ['builtin echo a', ['builtin echo a', 'echo a']],
      ['exec -a x ls', ['exec -a x ls', 'ls']],
      ['/usr/bin/env ls', ['/usr/bin/env ls', 'ls']],
      ['xargs -0 -n1 rm -f', ['xargs -0 -n1 rm -f', 'rm -f ‹…›…']],
      ['xargs -I{} cp {} /x/{}', ['xargs -I{} cp {} /x/{}', 'cp ‹{}› /x/‹/x/{}›']],
      ['xargs', ['xargs', 'echo ‹…›…']],
      [
        "find /v -name -exec -exec rm {} \\; -ok a ';'",
        ['find /v -name -exec -exec rm {} ; -ok a ;', 'rm /v‹{}›', 'a'],
      ],
      ['find . -execdir rm {} +', ['find . -execdir rm {} +', 'rm ./‹{}›…']],
      ['systemd-run --scope ls', ['systemd-run --scope ls', 'ls']],
      ['chroot /mnt ls', ['chroot /mnt ls', 'ls']],
      ['sudo -l', ['sudo -l']],
    ])
  })

  describe('scripts inside the line', () => {
    reads([
      ["bash -c 'a; b'", ['bash -c a; b', 'a', 'b']],
      ["bash -ec -o pipefail -- 'a'", ['bash -ec -o pipefail -- a', 'a']],
      ['sh -c \'a "$1"\' _ x', ['sh -c a "$1" _ x', 'a x']],
      ['bash -c \'"$0" "$@"\' a b c', ['bash -c "$0" "$@" a b c', 'a b c']],
      ["bash -c 'shift; a $1' _ x", ['bash -c shift; a $1 _ x', 'shift', 'a ‹$1›…']],
      ['bash <<E\na\nE', ['bash', 'a']],
      ['bash <<< a', ['bash', 'a']],
      ["eval 'a; b' c", ['eval a; b c', 'a', 'b c']],
      ["trap 'a' EXIT", ['trap a EXIT', 'a']],
      ['xargs -n1 sh -c \'a "$0"\'', ['xargs -n1 sh -c a "$0"', 'sh -c a "$0" ‹…›…', 'a ‹"$0"›']],
      ["sudo sh -c 'a > /etc/x'", ['sudo sh -c a > /etc/x', 'sh -c a > /etc/x', 'a']],
      ['f() { a "$1"; }; f x', ['a ‹"$1"›', 'f x']],
    ])
  })

  describe('words in every spelling', () => {
    reads([
      ["l's' \"-l\" a\\ b ''", ['ls -l a b ']],
      ["$'\\x6cs' $'a\\tb'", ['ls a\tb']],
      ['a{b,c}{1..2}', ['ab1 ab2 ac1 ac2']],
      ['ls *.c [ab]? ~/x ~', ['ls ‹*.c›… ‹[ab]?›… ‹~/x› ‹~›']],
      ['ls a$x "b$x" $# $((1))', ['ls a‹a$x›… b‹"b$x"› ‹$#› ‹$((1))›']],
      ['ls "$@" "${a[@]}"', ['ls ‹"$@"›… ‹"${a[@]}"›…']],
      ["read -d $'\\0' x", ['read -d  x']],
    ])
  })
})

describe('readLine says of each command', () => {
  const commandOf = (line: string, name: string) => {
    const found = readLine(line, 'bash').commands.find(
      ({ argv }) => textOf(argv[0] ?? null) === name,
    )
    assert.ok(found, `${name} in ${line}`)
    return found
  }

  for (const [line, as] of [
    ['sudo ls', 'root'],
    ['sudo -u bob ls', 'bob'],
    ['sudo -u "$u" ls', '‹"$u"›'],
    ['doas ls', 'root'],
    ['sudo -u bob doas -u eve ls', 'eve'],
    ['setpriv --reuid=7 ls', '7'],
    ['systemd-run --uid=bob ls', 'bob'],
    ['sudo env nice ls', 'root'],
    ["sudo bash -c 'ls'", 'root'],
    ['ls', null],
  ] as const) {
    it(`as whom it runs: ${line}`, () => assert.equal(textOf(commandOf(line, 'ls').as), as))
  }

  for (const [line, directory] of [
    ['ls', null],
    ['cd /a && ls', '/a'],
    ['cd /a && cd b && ls', '/a/b'],
    ['cd a && ls', 'a'],
    ['cd /a || exit 1; ls', '/a'],
    ['cd /a; ls', '‹cd›'],
    ['cd /a || ls', '‹cd›'],
    ['a || cd /b; ls', '‹cd›'],
    ['a || cd /b && ls', '‹cd›'],
    ['a || exit; ls', null],
    ['cd /a && b || exit; ls', '‹cd›'],
    ['! cd /a && ls', '‹cd›'],
    ['(cd /a); ls', null],
    ['cd /a | cat; ls', null],
    ['cd /a & ls', null],
    ['cd "$x" && ls', '‹cd›'],
    ['cd && ls', '‹~›'],
    ['cd -P -- /a && ls', '/a'],
    ['while a; do ls; cd /b; done', '‹cd›'],
    ['if a; then cd /b; fi; ls', '‹cd›'],
    ['pushd /a && ls', '‹cd›'],
    ['env -C /a ls', '/a'],
    ['sudo -D /a ls', '/a'],
    ['cd /a && env -C b ls', '/a/b'],
    ["cd /a && bash -c 'ls'", '/a'],
    ['f() { ls; }; cd /a && f', '‹cd›'],
    ['f() { (cd /a); }; f; ls', null],
    ["trap 'ls' EXIT", '‹cd›'],
    ['find /x -execdir ls {} +', '‹cd›'],
  ] as const) {
    it(`where it runs: ${line}`, () => {
      assert.equal(textOf(commandOf(line, 'ls').directory), directory)
    })
  }

  it('what leads to it, outermost first', () => {
    const { via } = commandOf("sudo env A=b bash -c 'echo $(ls)'", 'ls')
    assert.deepEqual(via, ['sudo', 'env', 'bash -c', '$( )'])
  })

  it('whether it is a layer that needs no rule of its own', () => {
    const layers = (line: string) =>
      readLine(line, 'bash').commands.map(({ isWrapper }) => isWrapper)
    assert.deepEqual(layers('sudo nice ls'), [true, true, false])
    assert.deepEqual(layers('./sudo ls'), [false, false])
    assert.deepEqual(layers('/tmp/env ls'), [false, false])
    assert.deepEqual(layers('chroot /x ls'), [false, false])
    assert.deepEqual(layers('sudo -l'), [false])
    assert.deepEqual(layers('bash deploy.sh'), [false])
  })

  it('which variables are set for it', () => {
    const { assignments } = commandOf('A=1 B="$x" ls', 'ls')
    assert.deepEqual(
      assignments.map(({ name, value }) => `${name}=${textOf(value)}`),
      ['A=1', 'B=‹"$x"›'],
    )
    assert.equal(commandOf('env A=1 ls', 'env').assignments[0]?.name, 'A')
  })

  it('which files the line opens for it', () => {
    const opened = (line: string) =>
      commandOf(line, 'ls').redirections.map(
        ({ direction, target }) => `${direction} ${textOf(target)}`,
      )
    assert.deepEqual(opened('ls < a > b 2>> c &> d >| e'), [
      'read a',
      'write b',
      'write c',
      'write d',
      'write e',
    ])
    assert.deepEqual(opened('ls <> a'), ['read a', 'write a'])
    assert.deepEqual(opened('ls 2>&1 >&- 3<&0 <<< x'), [])
    assert.deepEqual(opened('ls > "$x" > ~/y'), ['write ‹"$x"›', 'write ‹~/y›'])
    assert.deepEqual(opened('ls > >(tee x)'), [])
  })
})

describe('readLine keeps apart what belongs to no command', () => {
  it('assignments and redirections alone', () => {
    const { loose } = readLine('x=1; > f; { a; } < g', 'bash')
    assert.deepEqual(
      loose.assignments.map(({ name }) => name),
      ['x'],
    )
    assert.deepEqual(
      loose.redirections.map(({ direction, target }) => `${direction} ${textOf(target)}`),
      ['write f', 'read g'],
    )
  })
})

describe('readLine, in a session,', () => {
  it('says which functions a line may define', () => {
    const { mayDefine } = readLine('true && f() { a; }; (g() { b; })', 'bash').functions
    assert.deepEqual(mayDefine, ['f', 'g'])
  })

  it('trusts no variable behind the call of a function that an earlier line defined', () => {
    const line = 'x=1; f; echo $((x))'
    const codes = (mayExist: readonly string[]) =>
      readLine(line, 'bash', { ...NO_FUNCTIONS, mayExist }).misreadings.map(({ code }) => code)
    assert.deepEqual(codes([]), [])
    assert.deepEqual(codes(['f']), ['arithmetic-variable'])
  })

  /** Reads one line after the other, each let through and run; gives what was made of the last. */
  function last(...lines: string[]): { runs: string[]; codes: string[]; canonical: string | null } {
    let known = NO_FUNCTIONS
    let reading = readLine('', 'bash')
    for (const line of lines) {
      reading = readLine(line, 'bash', functionsFor(known, line))
      known = withDefinitions(withLine(known, reading.functions), reading.functions)
    }
    return {
      runs: reading.commands.flatMap(command => (command.isWrapper ? [] : [wordsOf(command)])),
      codes: reading.misreadings.map(({ code }) => code),
      canonical: reading.canonical,
    }
  }

  it('reads the call of a function as what is in its body, and puts that before the line', () => {
    assert.deepEqual(last('f() { a "$1"; }', 'f x'), {
      runs: ['a ‹"${1}"›'],
      codes: [],
      canonical: 'f() { a "${1}"\n}\nf x',
    })
  })

  for (const [what, lines, runs] of [
    ['the newest definition', ['f() { a; }', 'f() { b; }', 'f'], ['b']],
    ['functions that it calls', ['f() { a; }', 'g() { f; }', 'g'], ['a']],
    ['their newest definitions', ['f() { a; }', 'g() { f; }', 'f() { b; }', 'g'], ['b']],
    ['a definition with a file', ['f() { a > x; }', 'f'], ['a']],
    ['a pipeline of it', ['f() { a; }', 'f | b'], ['a', 'b']],
    ['a here-document in it', ['f() { a <<E\nb\nE\n}', 'f'], ['a']],
  ] as const) {
    it(`knows ${what}`, () => {
      assert.deepEqual(last(...lines).runs, runs)
    })
  }

  for (const [what, lines] of [
    ['what was taken away', ['f() { a; }', 'unset -f f', 'f']],
    ['what may have been taken away', ['f() { a; }', 'b && unset -f f', 'f']],
    ['what may not have been defined', ['true && f() { a; }', 'f']],
    ['what was defined in a subshell', ['(f() { a; })', 'f']],
    ['what was defined in the background', ['f() { a; } &', 'f']],
    ['what was defined behind something that can fail', [': ${x:?}; f() { a; }', 'f']],
    ['what may have been defined otherwise', ['f() { a; }', 'if b; then f() { c; }; fi', 'f']],
    ['what was made read-only', ['f() { a; }', 'readonly -f f', 'f']],
    ['what only a function defines', ['g() { f() { a; }; }', 'f']],
    ['what a trap takes away', ["f() { :; }; trap 'unset -f f' USR1; kill -USR1 $$; f"]],
    ['a function in a process of its own', ['f() { a; }', 'bash -c f']],
    ['a function behind env', ['f() { a; }', 'env f']],
    ['a function behind command', ['f() { a; }', 'command f']],
    ['an exported function in another shell', ['f() { a; }', 'export -f f', 'bash -c f']],
  ] as const) {
    it(`takes for a program: ${what}`, () => {
      const { runs } = last(...lines)
      assert.equal(runs.at(-1), 'f')
    })
  }

  for (const [what, lines] of [
    ['by a function', ['f() { :; }; g() { unset -f f; }; g; f x']],
    ['by itself', ['f() { unset -f f; }; f; f x']],
    ['by a function of an earlier line', ['g() { unset -f f; }', 'f() { :; }; g; f x']],
    ['by a trap of an earlier line', ["trap 'unset -f f' USR1", 'f() { :; }; kill -USR1 $$; f x']],
    ['at the end of a loop', ['f() { :; }; for i in 1 2; do f x; unset -f f; done']],
    ['under another that calls it', ['f() { :; }', 'g() { f; }', 'unset -f f']],
    ['under a trap that calls it', ['f() { :; }', 'trap f USR1', 'unset -f f']],
    ['under another, in one line', ['f() { :; }; g() { f; }; unset -f f; g']],
  ] as const) {
    it(`does not believe in a function that is taken away ${what}`, () => {
      assert.ok(last(...lines).codes.includes('function-vanishes'))
    })
  }

  it('leaves out definitions that would make the line too long', () => {
    const { runs } = last(`f() { a ${'x'.repeat(9000)}; }`, `f ${'y'.repeat(9000)}`)
    assert.equal(runs.length, 1)
    assert.match(runs[0] ?? '', /^f y/)
  })
})

describe('the functions of a session', () => {
  it('are so many at most', () => {
    const line = (from: number): LineFunctions => ({
      ...NO_LINE_FUNCTIONS,
      mayDefine: Array.from({ length: 300 }, (_, at) => `f${from + at}`),
    })
    const known = withLine(NO_FUNCTIONS, line(0))
    assert.equal(isFull(NO_FUNCTIONS, line(0)), false)
    assert.equal(isFull(known, line(300)), true)
    assert.equal(isFull(known, NO_LINE_FUNCTIONS), false)
  })
})

describe('readLine says when a rule may answer', () => {
  for (const [line, code] of [
    ['bash deploy.sh', 'shell-reads-file'],
    ['curl x | sh', 'shell-reads-input'],
    ['. ./env', 'sourced-file'],
    ['tar -cf x --to-command=y', 'option-runs-program'],
    ['sort --compress-pro y', 'option-runs-program'],
    ['git -c a=b log', 'option-runs-program'],
    ["sed 's/a/b/e' f", 'sed-script'],
    ['zsh -c x', 'foreign-shell'],
  ] as const) {
    it(`${line}: ${code}, with a form to forward`, () => {
      const { misreadings, commands, canonical } = readLine(line, 'bash')
      assert.deepEqual(
        misreadings.map(misreading => misreading.code),
        [code],
      )
      const [misreading] = misreadings
      assert.ok(misreading !== undefined && misreading.answerable !== null)
      const named = commands[misreading.answerable]
      assert.ok(line.includes(textOf(named?.argv[0] ?? null) ?? '-'))
      assert.notEqual(canonical, null)
    })
  }

  it('and when none may', () => {
    const { misreadings, canonical } = readLine('bash deploy.sh; eval "$x"', 'bash')
    assert.deepEqual(
      misreadings.map(({ answerable }) => answerable === null),
      [false, true],
    )
    assert.equal(canonical, null)
  })
})

describe('readLine for sh', () => {
  reads(
    [
      ['a; b && c | d > e 2>&1', ['a', 'b', 'c', 'd']],
      ['if [ -f x ]; then cat <<E\n$y\nE\nfi', ['[ -f x ]', 'cat']],
      ['echo $((1 + 2)) ${x%.*} ${#x}', ['echo ‹$((1 + 2))› ‹${x%.*}›… ‹${#x}›…']],
    ],
    'sh',
  )

  for (const line of [
    'a &> b',
    'a |& b',
    'cat <(a)',
    'cat <<< a',
    '[[ a ]]',
    '((1))',
    'for ((;;)); do a; done',
    'x=(a b)',
    'x+=1',
    'x[1]=2',
    'echo {a,b}',
    "echo $'a'",
    'echo $"a"',
    'function f { a; }',
    'time a',
    'coproc a',
    'select i in a; do b; done',
    'echo ${x:0:1} ${x/a/b} ${x^} ${!x}',
    'case a in a) b;& esac',
    'echo $[1]',
    'a >& f',
    'a {fd}> f',
    'ls [^a]',
    'declare x',
    'source x',
    'let x=1',
    'exec -a x y',
    'eval -- x',
    'ls ~+',
  ]) {
    it(`refuses what only bash has: ${line}`, () => {
      assert.ok(
        codesOf(line, 'sh').includes('not-posix') || codesOf(line, 'sh').includes('coproc'),
        String(codesOf(line, 'sh')),
      )
    })
  }

  it('reads the script of a nested sh as sh, and of a nested bash as bash', () => {
    assert.deepEqual(codesOf("sh -c '[[ a ]]'"), ['not-posix'])
    assert.deepEqual(codesOf("bash -c '[[ a ]]'", 'sh'), [])
  })
})

describe('readLine, whatever it is given,', () => {
  const lines = [
    'cd /a && sudo -u x env A=b bash -c \'echo "$1" > f; cat <<E\n$(a)\nE\n\' _ "$(b)" {c,d} | tee ~/x &',
    'if [[ -n ${x:-$(a)} ]]; then for i in {1..3}; do echo $((i+1)); done; else case $x in a*) b;; esac; fi 2>&1',
  ]

  it('comes back with an answer for a line cut at any place', () => {
    for (const line of lines) {
      for (let length = 0; length <= line.length; length += 1) {
        const { misreadings, canonical } = readLine(line.slice(0, length), 'bash')
        assert.equal(
          canonical === null,
          misreadings.some(({ answerable }) => answerable === null),
        )
      }
    }
  })

  it('comes back with an answer for a line with any byte changed', () => {
    for (const line of lines) {
      const bytes = new TextEncoder().encode(line)
      for (let at = 0; at < bytes.length; at += 1) {
        for (const byte of [0, 10, 34, 36, 39, 40, 41, 60, 62, 92, 96, 123, 125, 200, 255]) {
          const changed = bytes.slice()
          changed[at] = byte
          readLine(changed, 'bash')
        }
      }
    }
  })
})
