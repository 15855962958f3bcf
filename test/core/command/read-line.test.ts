import assert from 'node:assert/strict'
import { readLine } from '../../../server/core/command/read-line.ts'
import { codesOf, commandsOf, textOf } from './reading-of.ts'

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
    assert.deepEqual(readLine('true && f() { a; }; (g() { b; })', 'bash').functions, ['f', 'g'])
  })

  it('trusts no variable behind the call of a function that an earlier line defined', () => {
    const line = 'x=1; f; echo $((x))'
    const codes = (functions: readonly string[]) =>
      readLine(line, 'bash', { functions }).misreadings.map(({ code }) => code)
    assert.deepEqual(codes([]), [])
    assert.deepEqual(codes(['f']), ['arithmetic-variable'])
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
