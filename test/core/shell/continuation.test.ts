import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { wantsMore } from '../../../server/core/shell/continuation.ts'

const LINES = [
  'echo hi',
  "echo \"a b\" 'c d' $'e\\'f' $\"g\"",
  'if true; then echo yes; elif x; then :; else no; fi',
  'for i in 1 2 3; do echo $i; done',
  'for ((i=0;i<3;i++)); do echo $i; done',
  'while read -r x; do echo "$x"; done < file',
  'until false; do break; done',
  'case $x in a|b) echo 1;; (c) echo 2;; *) echo 3; esac',
  'f() { echo body; }; f',
  'f()\n{\necho body\n}',
  '{ echo group; } > out',
  '( cd /tmp && ls )',
  'a && b || c | d & wait',
  'echo $(ls $(pwd) "$(echo ")")") `date` x',
  'echo ${x:-"}"} ${y%%\\}*} "${z:+"a b"}"',
  'echo $((1+(2*3))) $(( x << 2 ))',
  '[[ $a == b* && -f x ]] && echo yes',
  '[[ a < b ]] || echo no',
  'cat <<EOF\nbody $x\nEOF',
  "cat <<-'E O F' && echo after\n\tbody\n\tE O F",
  'cat <<A <<B\na\nA\nb\nB',
  'cat <<< "$x" | grep a',
  'x=(1 2 3); y=a z="b c" cmd',
  'x+=(4\n5)',
  'echo a # comment " with quote\necho b',
  'echo a#b "#" c',
  'echo if then fi done esac { }',
  'time ls | wc -l',
  '! grep -q x file && echo none',
  'diff <(sort a) <(sort b) >(cat)',
  'function g { echo; }',
  'echo {a,b}{1..3}',
  'while :; do case $x in if) break;; esac; done',
  'echo "a\nb"',
  "echo 'it'\\''s'",
  'select x in a b; do echo $x; break; done',
  'echo "`echo "x y"`" `echo \\`date\\``',
  'if (true); then (echo a); fi',
  'echo \\" \\\' \\$( \\`',
  'coproc cat; echo',
  'let x=1+2; ((x++)) && echo $x',
]

describe('wantsMore', () => {
  it('asks for more where bash does, and never when bash has enough', () => {
    const beginnings = LINES.flatMap(line =>
      Array.from({ length: line.length + 1 }, (_, length) => line.slice(0, length)),
    ).filter(text => !text.endsWith('\\') && text.trim() !== '')
    const answers = bashReads(beginnings)
    const different = beginnings.filter((text, at) => {
      // What bash calls wrong, the judge refuses either way.
      if (answers[at] === 'wrong') return false
      return wantsMore(text) !== (answers[at] === 'more')
    })
    assert.deepEqual(
      different.map(text => [text, wantsMore(text)]),
      [],
    )
    assert.ok(answers.filter(answer => answer === 'more').length > 300)
    assert.ok(answers.filter(answer => answer === 'whole').length > 300)
  })

  it('takes a trailing backslash for a line that goes on', () => {
    assert.equal(wantsMore('echo a \\'), true)
    assert.equal(wantsMore('echo a \\\\'), false)
    assert.equal(wantsMore("echo 'a \\'"), false)
  })

  it('leaves what is plainly wrong to the judge', () => {
    for (const text of ['echo )', 'fi', 'done', '}', 'if true; then done', ')(']) {
      assert.equal(wantsMore(text), false, text)
    }
  })

  it('answers in time, however deep or long', () => {
    for (const piece of [
      '$(',
      '(',
      '{ ',
      '"$(',
      '`',
      '${x:-',
      'if ',
      'case x in ',
      '<<a ',
      "'",
      '"',
      '\\',
    ]) {
      wantsMore(piece.repeat(Math.ceil(16_384 / piece.length)))
    }
  })
})

/** What bash says of each text; one bash for all of them. */
function bashReads(texts: readonly string[]): ('whole' | 'more' | 'wrong')[] {
  const script = texts
    .map(text => `said=$(bash --norc -n -c ${quoted(text)} 2>&1); echo $? $said`)
    .join('\n')
  const { stdout } = spawnSync('bash', ['-s'], { input: script, maxBuffer: 1e8, encoding: 'utf8' })
  return stdout
    .split('\n')
    .slice(0, texts.length)
    .map(said => {
      if (/unexpected (?:end of file|EOF)|delimited by end-of-file/.test(said)) return 'more'
      return said === '0' ? 'whole' : 'wrong'
    })
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}
