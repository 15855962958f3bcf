import assert from 'node:assert/strict'
import { parse } from 'unbash'
import { guardTextBetween } from '../../server/core/command/extract/text-between.ts'
import { Findings } from '../../server/core/command/findings.ts'
import type { GuardName } from '../../server/core/command/guards.ts'
import { GUARD_NAMES } from '../../server/core/command/guards.ts'
import { readLine, readLineIgnoring } from '../../server/core/command/read-line.ts'
import type { Reading } from '../../server/core/command/reading.ts'
import { freshState } from '../../server/core/command/shell-state.ts'
import { unseen } from './compare.ts'
import type { Sandbox } from './sandbox.ts'
import { openSandbox } from './sandbox.ts'
import type { GuardLine } from './vectors.ts'
import { guardLines } from './vectors.ts'

/** Lines whose length or depth is the point; they are made and not kept. */
const BOUNDS: readonly (readonly [GuardName, string])[] = [
  ['too-long', `ls ${'a'.repeat(16_384)}`],
  ['nesting', `${'nice '.repeat(12)}ls`],
  ['too-many-commands', 'a;'.repeat(2001)],
]

/** Guards against the parser's own faults, shown with trees that a faulty parser could have made. */
const PARSER_FAULTS: readonly GuardName[] = ['unknown-syntax', 'not-utf8']

describe('each guard, taken away alone,', () => {
  let bash: Sandbox
  let dash: Sandbox
  before(() => {
    bash = openSandbox('session')
    dash = openSandbox('dash')
  })
  after(() => {
    bash.remove()
    dash.remove()
  })

  it('has a line that shows what it holds back', () => {
    const shown = new Set<string>([
      ...guardLines().map(({ guard }) => guard),
      ...BOUNDS.map(([guard]) => guard),
      ...PARSER_FAULTS,
    ])
    assert.deepEqual(
      GUARD_NAMES.filter(guard => !shown.has(guard)),
      [],
    )
  })

  it('is the one that catches its line', () => {
    for (const { guard, line, shell } of guardLines()) {
      const codes = readLine(line, shell ?? 'bash').misreadings.map(({ code }) => code)
      assert.ok(codes.includes(guard), `${guard}: ${line} (${codes.join()})`)
    }
  })

  it('lets its line through', () => {
    for (const kept of guardLines()) {
      const { misreadings } = without(kept)
      const codes = misreadings.map(({ code }) => code)
      assert.deepEqual(codes, [], `${kept.guard}: ${kept.line}`)
    }
    for (const [guard, line] of BOUNDS) {
      assert.ok(
        readLine(line, 'bash').misreadings.some(({ code }) => code === guard),
        guard,
      )
      assert.equal(readLineIgnoring(new Set([guard]), line, 'bash').misreadings.length, 0, guard)
    }
  })

  it('lets its line run or write what was not seen', async () => {
    const kept = guardLines().filter(({ proof }) => proof === 'runs')
    for (const shell of ['bash', 'sh'] as const) {
      const sandbox = shell === 'bash' ? bash : dash
      const lines = kept.filter(line => (line.shell ?? 'bash') === shell)
      const deeds = await sandbox.run(lines.map(({ line, then }) => [line, then ?? ''].join('\n')))
      for (const [index, line] of lines.entries()) {
        const done = deeds[index]
        assert.ok(done, `${line.line} did not come to its end`)
        const found = unseen(withLater(without(line), line), done, sandbox.stubs)
        assert.notDeepEqual(found, [], `${line.guard}: ${line.line}`)
      }
    }
  })

  it('lets something else be forwarded than what was asked for', async () => {
    const kept = guardLines().filter(({ proof }) => proof === 'otherwise')
    for (const line of kept) {
      const { canonical } = without(line)
      assert.ok(canonical !== null, line.line)
      const [asked, forwarded] = await bash.run([line.line, canonical])
      const ran = (deeds: typeof asked) =>
        deeds?.executions.slice(1).map(({ argv }) => argv.join(' '))
      assert.notDeepEqual(ran(asked), ran(forwarded), line.line)
    }
  })

  it('lets bytes through that are not the text that was judged', () => {
    const bytes = new Uint8Array([0x6c, 0x73, 0x20, 0xff])
    const { commands } = readLineIgnoring(new Set<GuardName>(['not-utf8']), bytes, 'bash')
    const [, word] = commands[0]?.argv ?? []
    assert.ok(word?.is === 'literal')
    assert.notDeepEqual([...new TextEncoder().encode(`ls ${word.text}`)], [...bytes])
  })
})

describe('a parser that leaves something out', () => {
  it('is found out by the text that nothing covers', () => {
    const source = 'ls a; pwned b'
    const tree = parse(source)
    const faulty = { ...tree, commands: tree.commands.slice(0, 1) }
    const findings = new Findings(new Set())
    const frame = {
      via: [],
      as: null,
      shell: 'bash',
      depth: 0,
      positional: null,
      isReprinted: false,
    } as const
    const state = freshState(null)
    const x = { source, findings, frame, state, readNested: () => {} }
    guardTextBetween(tree, x)
    assert.deepEqual(findings.misreadings, [])
    guardTextBetween(faulty, x)
    assert.deepEqual(
      findings.misreadings.map(({ code }) => code),
      ['unaccounted-text'],
    )
  })

  it('is found out by a node nobody knows', () => {
    const codes = readLine('echo ${x!y}', 'bash').misreadings.map(({ code }) => code)
    assert.deepEqual(codes, ['unknown-syntax'])
  })
})

/** Behind some guards stands that a line must be written out again; what it read is tested on its own. */
function without({ guard, line, shell }: GuardLine): Reading {
  const alone = readLineIgnoring(new Set([guard]), line, shell ?? 'bash')
  if (alone.misreadings.length === 0) return alone
  return readLineIgnoring(new Set<GuardName>([guard, 'not-re-emitted']), line, shell ?? 'bash')
}

/** The reading of a session: the line's and the later line's. */
function withLater(reading: Reading, { then, shell }: GuardLine): Reading {
  if (then === undefined) return reading
  const later = readLine(then, shell ?? 'bash')
  assert.deepEqual(later.misreadings, [])
  return { ...reading, commands: [...reading.commands, ...later.commands] }
}
