import assert from 'node:assert/strict'
import { isPlainSedScript } from '../../../server/core/command/extract/sed-script.ts'

describe('isPlainSedScript', () => {
  for (const script of [
    's/a/b/',
    's/a/b/g;s|c|d|2pI',
    's,/x/,\\,,g',
    '/x/d',
    '/x/I,/y/p',
    '1,5d',
    '$!N;P;D',
    '2q',
    '0~3p',
    '/a/,+2!d',
    ':a;N;$!ba;s/\\n/ /g',
    '/x/{s/a/b/;p}',
    '/x/{\ns/a/b/\n}',
    'y/abc/xyz/',
    'a\\\nsome text; e pwned',
    'i text; e pwned',
    '1!G;h;$!d',
    '\\,x,d',
    's/[0-9]*/x/',
    's/a\\/b/c/',
    '# comment; e pwned',
    '',
  ]) {
    it(`takes ${script.replaceAll('\n', '⏎') || 'nothing'}`, () =>
      assert.ok(isPlainSedScript(script)))
  }

  for (const script of [
    'e',
    '1e pwned',
    'e pwned',
    's/a/b/e',
    's/a/b/ge',
    's/a/b/w file',
    's/a/b/gw file',
    'w file',
    '/x/w file',
    'W file',
    'r file',
    'R file',
    '$!d;e pwned',
    'p;w x',
    '{p;e pwned\n}',
    'y/a/b/;e pwned',
    '\\cxc e pwned',
    '\\,x,e pwned',
    'a\\\ntext\ne pwned',
    's/[/]/x/;e pwned',
    's/a/b',
    '/x',
    '?',
    'v;e pwned',
    'q;e',
    'l 3;e',
    'b x;e pwned',
    '1~2e pwned',
    '/a/,/b/e pwned',
    '!e',
  ]) {
    it(`does not take ${script.replaceAll('\n', '⏎')}`, () => assert.ok(!isPlainSedScript(script)))
  }
})
