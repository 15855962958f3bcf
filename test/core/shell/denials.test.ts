import assert from 'node:assert/strict'
import { readLine } from '../../../server/core/command/read-line.ts'
import { notJudged } from '../../../server/core/policy/not-judged.ts'
import { denialsIn } from '../../../server/core/shell/denials.ts'
import { ownPrompt } from '../../../server/core/shell/own-prompt.ts'
import { contextOf, judged, policyOf } from '../../support/policy-lines.ts'

const CALLED_BY_NAME = ['exec', 'eval', 'printf', 'set', 'builtin', 'command', 'env']

/** Everything in the shell's language that gives a variable a value. */
const waysToChange = (name: string): readonly string[] => [
  `${name}='$(id)'`,
  `${name}+=x`,
  `${name}[0]=x`,
  `${name}=(x)`,
  `printf -v ${name} %s '$(id)'`,
  `printf -v${name} x`,
  `printf -v '${name}[0]' x`,
  `: "\${${name}:=x}"`,
  `: \${${name}=x}`,
  `cat <<E\n\${${name}:=x}\nE`,
  `getopts a ${name}`,
  `for ${name} in a b; do :; done`,
  `for ${name} in 1 2; do :; done`,
  `select ${name} in a; do :; done`,
  `read ${name}`,
  `IFS=: read -r x ${name}`,
  `read -a ${name}`,
  `mapfile -t ${name}`,
  `readarray ${name}`,
  `declare -n x=${name}`,
  `declare -g ${name}=x`,
  `typeset ${name}`,
  `f() { local ${name}=x; }`,
  `export ${name}=x`,
  `export ${name}="$x"`,
  `export -n ${name}`,
  `readonly ${name}`,
  `(( ${name}=1 ))`,
  `(( ${name}++ ))`,
  `let ${name}=1`,
  `echo $((${name}=1))`,
  `a[${name}=1]=x`,
  `[[ ${name}=1 -eq 1 ]]`,
  `for ((${name}=1; ${name}<2; ${name}++)); do :; done`,
  `coproc ${name} { cat; }`,
  `exec {${name}}>x`,
  `echo x {${name}}>x`,
  `wait -n -p ${name}`,
  `unset ${name}`,
  `unset '${name}[0]'`,
  `eval '${name}=x'`,
  `trap '${name}=x' INT`,
  `command export ${name}=x`,
  `builtin printf -v ${name} x`,
]

const denials = (line: string): readonly string[] =>
  denialsIn(readLine(line, 'bash')).map(({ text }) => text)

describe('denialsIn', () => {
  for (const line of [
    'exec </dev/tty',
    'exec 3>&1',
    'exec 10<&-',
    'exec -a x <y',
    'ls; exec 2>/dev/null',
    'command exec </dev/null',
    'builtin exec </dev/null',
    "eval 'exec </dev/null'",
    'f() { exec </dev/tty; }; f',
    '{ exec </dev/null; }',
    'printf() { echo; }',
    'eval() { echo; }',
    'builtin() { id; }',
    'pwd() { echo /srv; }',
    "alias printf='echo'",
    "alias ll='ls -l' eval=x",
    'bind -x x',
    'set -o vi',
    'set -eo emacs',
    'set -v',
    'set -exv',
    'command set -v',
    'set "$x"',
    'enable -n printf',
    'suspend -f',
    'unalias -a',
    'unset -f __0123456789012345_Q',
    '__0123456789012345_Q() { id; }',
    '__0123456789012345_t=id',
    'alias __0123456789012345_H=id',
    "trap 'echo $BASH_COMMAND' DEBUG",
    "trap 'id' ERR",
    'trap "$x" INT',
    "PS4='$(id)'; set -x",
    'PS1=x ls',
    'export PROMPT_COMMAND=id',
    'readonly PS1',
    'declare PS0=x',
    'unset PROMPT_COMMAND PS1',
    'LESSSECURE=0 less x',
    'unset LESSSECURE',
    'BASH_XTRACEFD=7',
    'shopt -s promptvars',
    'shopt -u expand_aliases',
    'shopt -qs nullglob extdebug',
    'shopt -so vi',
    'shopt -s "$x"',
    'command shopt -s promptvars',
    "BASH_ALIASES[printf]='id'",
    'BASH_CMDS[printf]=/srv/printf',
    "MAILPATH='/srv/box?$(id)'",
    'fc -s',
    '__0123456789012345_Q() ( id )',
    '__0123456789012345_Q() { x=1; }',
    ...CALLED_BY_NAME.flatMap(name => [
      `${name}() { id; }`,
      `${name}() ( id )`,
      `${name}() { x=1; }`,
      `function ${name} { id; }`,
      `eval '${name}() { id; }'`,
      `f() { ${name}() { id; }; }`,
      `alias ${name}=id`,
      `alias ll=ls "${name}=id"`,
      `f() { alias ${name}=id; }`,
    ]),
    ...['PS0', 'PS1', 'PS2', 'PS4', 'PROMPT_COMMAND'].flatMap(waysToChange),
  ]) {
    it(`denies ${JSON.stringify(line)}, and says what to do instead`, () => {
      const [text, ...others] = denials(line)
      assert.ok(text !== undefined && text.length > 20, text)
      assert.ok(others.every(other => other.length > 20))
    })
  }

  for (const [what, line] of [
    ['nested too deeply', `${'{ '.repeat(500)}exec <x;${'};'.repeat(500)}`],
    ['of too many commands', `${'true;'.repeat(2500)}exec </dev/tty`],
  ] as const) {
    it(`denies a line ${what} to be looked through`, () => {
      assert.match(denials(line).join(), /cannot be looked through; split/)
    })
  }

  for (const line of [
    'ls -l | grep x > out',
    'exec ls',
    'exec bash -c id',
    '( exec </dev/null; cat )',
    "bash -c 'exec </dev/null; set -v; trap x DEBUG'",
    'echo $(exec 2>&1; id)',
    'set -euo pipefail',
    'set -x',
    'set +x',
    'set -- a b',
    'set',
    'set -o',
    "trap 'echo bye' EXIT",
    'trap - INT',
    'trap',
    'enable',
    'enable -a',
    "alias ll='ls -l'",
    'f() { echo; }; f',
    'export FOO=bar',
    'read x',
    'unset x',
    'shopt promptvars',
    'shopt -p expand_aliases',
    'shopt -s nullglob globstar',
    "bash -c 'PS4=x; set -x; printf -v PROMPT_COMMAND x; shopt -s promptvars'",
    '( for PS4 in a; do :; done; : ${PS0:=x} )',
    'env PS4=x id',
    'echo PS4=x "$PS1" ${PS4:-x}',
    'test -v PS4',
    'printf %s exec',
    'echo "exec <x"',
  ]) {
    it(`has nothing against ${JSON.stringify(line)}`, () => {
      assert.deepEqual(denials(line), [])
    })
  }
})

describe('a line for the driver shell', () => {
  for (const [policy, lines] of [
    ['one that allows everything', 'default: allow'],
    ['one that only observes', 'default: deny\nmode: observe'],
    ['one that is unfiltered', 'unfiltered: true'],
  ] as const) {
    for (const line of ['exec </dev/tty', 'set -v', 'printf -v PS4 x', 'shopt -s promptvars']) {
      it(`is denied by ${policy}: ${line}`, () => {
        const { verdict, observed, forward } = judged(policyOf(lines), line, { forDriver: true })
        assert.deepEqual([verdict, observed, forward], ['deny', false, null])
      })
    }
  }

  for (const lines of ['default: allow', 'default: deny\nmode: observe', 'unfiltered: true']) {
    it(`is denied unread by a policy with ${JSON.stringify(lines)}`, () => {
      const context = { ...contextOf(policyOf(lines)), forDriver: true }
      const { verdict, observed, forward } = notJudged(
        Buffer.from('ls'),
        context,
        'deadline',
        'late',
      )
      assert.deepEqual([verdict, observed, forward], ['deny', false, null])
    })
  }

  it('is like any other when the driver can bear it', () => {
    const policy = policyOf('default: allow')
    assert.deepEqual(judged(policy, 'ls -l', { forDriver: true }), judged(policy, 'ls -l'))
  })
})

describe('ownPrompt', () => {
  for (const [line, prompt] of [
    ["PS1='[PEXPECT]\\$ '", '[PEXPECT]\\$ '],
    ['PS1="\\u@\\h \\$ "', '\\u@\\h $ '],
    ['export PS1=ready', 'ready'],
    ["  PS1='x' ; ", 'x'],
    ["PS1=''", ''],
    ['PS1="$(id)"', null],
    ['PS1="`id`"', null],
    ["PS1='a'$(id)'b'", null],
    ["PS1='a'; id", null],
    ["PS1='a' id", null],
    ["PS1='a'\nid", null],
    ['PS1=$x', null],
    ['PS2=x', null],
    ['PS1+=x', null],
  ] as const) {
    it(`${prompt === null ? 'leaves' : 'takes'} ${JSON.stringify(line)}`, () => {
      assert.equal(ownPrompt(line), prompt)
    })
  }
})
