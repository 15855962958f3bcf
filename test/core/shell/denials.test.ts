import assert from 'node:assert/strict'
import { readLine } from '../../../server/core/command/read-line.ts'
import { denialsIn } from '../../../server/core/shell/denials.ts'
import { ownPrompt } from '../../../server/core/shell/own-prompt.ts'
import { judged, policyOf } from '../../support/policy-lines.ts'

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
    'read PS4',
    'fc -s',
  ]) {
    it(`denies ${JSON.stringify(line)}, and says what to do instead`, () => {
      const [text, ...others] = denials(line)
      assert.ok(text !== undefined && text.length > 20, text)
      assert.ok(others.every(other => other.length > 20))
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
    for (const line of ['exec </dev/tty', 'set -v']) {
      it(`is denied by ${policy}: ${line}`, () => {
        const { verdict, observed, forward } = judged(policyOf(lines), line, { forDriver: true })
        assert.deepEqual([verdict, observed, forward], ['deny', false, null])
      })
    }
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
