import assert from 'node:assert/strict'
import { isOption, readArguments } from '../../../server/core/command/arguments.ts'
import type { Word } from '../../../server/core/command/reading.ts'
import { textOf } from './reading-of.ts'

/** `$x` and `*` stand for words known only when the line runs; everything else is literal. */
function words(text: string): readonly Word[] {
  return text
    .split(' ')
    .filter(word => word !== '')
    .map(word => {
      if (!/[$*]/.test(word)) return { is: 'literal', text: word }
      const prefix = word.replace(/[$*].*$/, '')
      return { is: 'dynamic', source: word, prefix, several: word.includes('*') }
    })
}

function read(line: string) {
  const [program = '', ...args] = line.split(' ')
  return readArguments(program, words(args.join(' ')))
}

describe('readArguments sorts operands by kind', () => {
  for (const [line, operands] of [
    ['cat a b', ['path a', 'path b']],
    ['grep x a b', ['pattern x', 'path a', 'path b']],
    ['grep -e x a b', ['path a', 'path b']],
    ['grep --reg x a', ['path a']],
    ['grep -ie x a', ['path a']],
    ['grep -A 3 x a', ['pattern x', 'path a']],
    ['grep -A3 x a', ['pattern x', 'path a']],
    ['grep -- -x a', ['pattern -x', 'path a']],
    ['grep x -r a', ['pattern x', 'path a']],
    ['tail -n 50 a', ['path a']],
    ['tail -50 a', ['path a']],
    ['sed -n 1p a', ['data 1p', 'path a']],
    ['sed -e 1p a', ['path a']],
    ['chmod 644 a', ['data 644', 'path a']],
    ['echo a b', ['data a', 'data b']],
    ['systemctl restart nginx', ['data restart', 'data nginx']],
    ['tar xzf a.tgz b', ['path b']],
    ['tar -C /d -cf a b', ['path /d/b']],
    ['tar -C $d -cf a b', ['path ‹b›']],
    ['dd if=/a of=/b bs=1', ['data bs=1']],
    ['find /a /b -name x -newer y', ['path /a', 'path /b']],
    ['find /a -exec rm -r {} ; -print', ['path /a']],
    ['find /a ( -name x -o -name y )', ['path /a']],
    ['git -C /d log a', ['data /d/log', 'data /d/a']],
    ['awk {print} a', ['program {print}', 'path a']],
    ['nobody-knows -x a', ['path a']],
    ['grep --unknown x a', ['path x', 'path a']],
    ['cat $x a*', ['path ‹$x›', 'path a‹a*›…']],
  ] as const) {
    it(line, () => {
      const found = read(line).operands.map(({ kind, word }) => `${kind} ${textOf(word)}`)
      assert.deepEqual(found, operands)
    })
  }
})

describe('readArguments finds options', () => {
  for (const [line, options] of [
    ['sort -o out', ['-o=out writes']],
    ['sort -oout', ['-o=out writes']],
    ['sort -uo out', ['-u', '-o=out writes']],
    ['sort --output=out', ['--output=out writes']],
    ['sort --outp out', ['--outp=out writes']],
    ['sort --compress-pro=x', ['--compress-pro=x runs']],
    ['tar -cIx f', ['-c', '-I=x runs']],
    ['tar cfI a x', ['-c', '-f=a writes', '-I=x runs']],
    ['tar --to-c=x', ['--to-c=x runs']],
    ['dd of=/x', ['of==/x writes']],
    ['find . -fprint x', ['-fprint=x writes']],
    ['rsync -avze ssh a b', ['-a', '-v', '-z', '-e=ssh runs']],
    ['git -c a=b log', ['-c=a=b runs']],
    ['git log -p', ['-p']],
    ['git ls-remote --upload-pa=x', ['--upload-pa=x runs']],
    ['curl -sKx', ['-s', '-K=x runs']],
    ['ls -la --colo', ['-l', '-a', '--colo']],
    ['cat -- -x', []],
  ] as const) {
    it(line, () => {
      const found = read(line).options.map(({ typed, value, effect }) =>
        [typed + (value === null ? '' : `=${textOf(value)}`), effect].filter(Boolean).join(' '),
      )
      assert.deepEqual(found, options)
    })
  }

  it('under every name, abbreviated or not', () => {
    const [option] = read('sort --outp out').options
    assert.ok(option)
    for (const name of ['-o', '--output']) assert.ok(isOption(option, name), name)
    assert.ok(!isOption(option, '-u'))
  })

  it('that nobody knows, under what was typed', () => {
    const [option] = read('nobody-knows --dest=x').options
    assert.ok(option)
    assert.deepEqual([option.isKnown, option.typed], [false, '--dest'])
    assert.ok(isOption(option, '--destination'), 'an abbreviation of what a rule names')
  })
})

describe('readArguments says', () => {
  it('which words may turn out to be options', () => {
    assert.deepEqual(read('cat $x a$y -$z').maybeOptions, [0, 2])
    assert.deepEqual(read('cat -- $x').maybeOptions, [])
    const home: Word = { is: 'dynamic', source: '~/x', prefix: '', several: false, home: 'x' }
    assert.deepEqual(readArguments('cat', [home]).maybeOptions, [])
  })

  for (const [line, walks] of [
    ['grep -r x a', true],
    ['grep x a', false],
    ['grep --recurs x a', true],
    ['ls -lR', true],
    ['cp -a a b', true],
    ['cp a b', false],
    ['find a', true],
    ['rm -rf a', true],
  ] as const) {
    it(`whether it walks trees: ${line}`, () => assert.equal(read(line).walksTrees, walks))
  }
})
