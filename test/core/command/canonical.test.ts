import assert from 'node:assert/strict'
import { readLine } from '../../../server/core/command/read-line.ts'
import { grammarLine } from '../../differential/grammar.ts'
import { mutatedLine } from '../../differential/mutations.ts'
import { seeded } from '../../differential/random.ts'
import { wordsOf } from './reading-of.ts'

describe('the canonical form', () => {
  for (const [line, canonical] of [
    ['ls   -l  # comment', 'ls -l'],
    ['a;b&&c|d', 'a\nb && c | d'],
    ['a &\nb', 'a &\nb'],
    ['l\'s\' "a b" c\\ d', "ls 'a b' 'c d'"],
    ["echo 'it'\\''s' \"it's\"", "echo 'it'\\''s' 'it'\\''s'"],
    ['echo "$x y" $x', 'echo "${x} y" ${x}'],
    ['echo {a,b}1 ~/x *.c', 'echo a1 b1 ~/x *.c'],
    ['echo "\\$x" \\$x \'$x\'', "echo '$x' '$x' '$x'"],
    ['echo `a \\`b\\``', 'echo $( a $( b\n)\n)'],
    ['2>&1 ls >f', 'ls 2>&1 > f'],
    ['cat <<-E\n\ta $x\n\tE', 'cat << END_0\na ${x}\nEND_0'],
    ["cat <<'E' | a\n$x\nE\nb", "cat << 'END_0' | a\n$x\nEND_0\nb"],
    ['if a;then b;fi', 'if a\nthen b\nfi'],
    ['f(){ a;}', 'f() { a\n}'],
    ['x=a\\ b y="$z" ls', 'x=\'a b\' y="${z}" ls'],
    ['\\time "if" \'!\'', "'time' 'if' '!'"],
    ["echo $'a\\x1b'", "echo $'a\\x1b'"],
    ['for ((i=0;i<2;i++)); do a; done', 'for ((i = 0; i < 2; i ++))\ndo a\ndone'],
    ['a --x=y z=1', "a --x=y 'z=1'"],
    ['[[ $a =~ ^(a|b)+$ ]]', '[[ ${a} =~ ^(a|b)+$ ]]'],
    ['[[ $a =~ x" y"$b ]]', "[[ ${a} =~ 'x y'${b} ]]"],
    ['[ -f x ] && [[ $a == b* ]]', '[ -f x ] && [[ ${a} == b* ]]'],
  ] as const) {
    it(`of ${line.replaceAll('\n', '⏎')}`, () => {
      assert.equal(readLine(line, 'bash').canonical, canonical)
    })
  }

  it('is none where quoting would change an expression', () => {
    assert.equal(readLine('[[ a =~ a.b"c" ]]', 'bash').canonical, null)
  })

  it('keeps what stands in a here-document from closing it', () => {
    const canonical = readLine("cat <<'E'\nEND_0\nE", 'bash').canonical
    assert.equal(canonical, "cat << 'END_0_'\nEND_0\nEND_0_")
  })

  it('is its own canonical form, with the same commands, for lines of every kind', () => {
    const random = seeded(20_26)
    let checked = 0
    for (let n = 0; n < 6000; n += 1) {
      const line = n % 2 === 0 ? grammarLine(random, 'bash') : mutatedLine(random)
      const reading = readLine(line, 'bash')
      if (reading.canonical === null) continue
      const again = readLine(reading.canonical, 'bash')
      assert.equal(again.canonical, reading.canonical, line)
      assert.deepEqual(
        again.misreadings.map(({ code }) => code),
        reading.misreadings.map(({ code }) => code),
        line,
      )
      assert.equal(again.commands.length, reading.commands.length, line)
      // Words known only when they run are spelled another way; those that are known are the same.
      for (const [index, command] of reading.commands.entries()) {
        const other = again.commands[index]
        assert.ok(other !== undefined)
        if (command.argv.every(word => word.is === 'literal')) {
          assert.equal(wordsOf(other), wordsOf(command), line)
        }
      }
      checked += 1
    }
    assert.ok(checked > 2000, `${checked} lines have a canonical form`)
  })
})
