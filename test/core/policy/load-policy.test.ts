import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { digestOf, loadPolicy } from '../../../server/core/policy/load/load-policy.ts'
import { findingsOf, policyOf } from '../../support/policy-lines.ts'

const VECTORS = join(import.meta.dirname, '../../vectors/policy')

/** The example in the policy language's page, word for word. */
const EXAMPLE = readFileSync(join(VECTORS, 'example.yaml'), 'utf8')

/** Lines below the head of a policy, and what is said about them. */
const FAULTS = readFileSync(join(VECTORS, 'faults.jsonl'), 'utf8')
  .trimEnd()
  .split('\n')
  .map(row => JSON.parse(row) as { lines: string; says: string[] })

describe('loadPolicy', () => {
  it('loads the example of the policy language without a word', () => {
    const { policy, findings, tests } = loadPolicy(EXAMPLE, 'web-operator')
    assert.deepEqual(findings, [])
    assert.equal(tests.length, 3)
    assert.equal(policy?.digest, digestOf(EXAMPLE))
  })

  it('yields plain data, which survives the way to a worker', () => {
    const { policy } = loadPolicy(EXAMPLE, 'web-operator')
    assert.deepEqual(structuredClone(policy), policy)
  })

  it('denies by default, and forwards what it understood', () => {
    const policy = policyOf('rules: []')
    assert.equal(policy.default, 'deny')
    assert.deepEqual(policy.analysis, { opaque: 'deny', dynamic: 'deny', forward: 'canonical' })
    assert.deepEqual(policy.input, { default: 'none' })
    assert.deepEqual(policy.interactive, { fallback: 'refuse', history: 'session' })
  })

  it('takes what it says of interactive shells', () => {
    const { interactive } = policyOf(
      'rules: []\ninteractive: { fallback: one-by-one, history: agent-and-target }',
    )
    assert.deepEqual(interactive, { fallback: 'one-by-one', history: 'agent-and-target' })
    assert.deepEqual(policyOf('rules: []\ninteractive: { history: session }').interactive, {
      fallback: 'refuse',
      history: 'session',
    })
  })

  for (const { lines, says: expected } of FAULTS) {
    it(`says ${expected[0]}`, () => {
      assert.deepEqual(findingsOf(lines), expected)
    })
  }

  it('asks for a version and a name', () => {
    const messages = loadPolicy('rules: []', 'sample').findings.map(({ message }) => message)
    assert.deepEqual(messages, [
      'policy: version is missing; write version: 1',
      'policy: name is missing; write name: sample',
    ])
  })

  it('does not load a policy under another name than its own', () => {
    const { policy, findings } = loadPolicy('version: 1\nname: other\n', 'sample')
    assert.equal(policy, null)
    assert.match(findings[0]?.message ?? '', /called "sample" .* says "other"/)
  })

  it('names the offending text', () => {
    const { findings } = loadPolicy('version: 1\nname: sample\ndefualt: deny\n', 'sample')
    assert.deepEqual(findings[0], {
      level: 'error',
      line: 3,
      column: 1,
      text: 'defualt',
      message: 'policy: unknown key "defualt", did you mean default?',
    })
  })

  describe('with texts that are no policies', () => {
    for (const text of [
      '',
      '# nothing\n',
      '[',
      '{',
      '- 1',
      'a: b: c',
      '\t',
      '%YAML 9\n---\n',
      '!!js/function x',
      '"\\x"',
      '\u0000',
      `${'['.repeat(50_000)}`,
      `${'{a: '.repeat(50_000)}`,
      `${'- '.repeat(50_000)}`,
      'x'.repeat(300_000),
      `a: &a [x]\nb: [${'*a,'.repeat(10_000)}]`,
      'version: 1\nname: sample\nrules: [[[]]]\ntests: {a: b}\nwhen: 3\nprotect: x\ngroups: [1]\n',
      'version: {}\nname: []\nmode: {}\nunfiltered: x\ndefault: []\nanalysis: 1\ninput: [2]\n',
      'version: 1\nname: sample\nrules:\n  - {id: [], program: {}, verdict: {}, argv: {}, arguments: 3, as: {}, expires: [], lines: {}}\n',
    ]) {
      it(`reports ${JSON.stringify(text.slice(0, 24))} and loads nothing`, () => {
        const { policy, findings } = loadPolicy(text, 'sample')
        assert.equal(policy, null)
        assert.ok(findings.some(({ level }) => level === 'error'))
        assert.ok(findings.every(({ line, column }) => line >= 1 && column >= 1))
      })
    }

    it('survives the example cut at any line and with any character changed', () => {
      for (let end = 0; end < EXAMPLE.length; end += 37) {
        loadPolicy(EXAMPLE.slice(0, end), 'web-operator')
        loadPolicy(`${EXAMPLE.slice(0, end)}]${EXAMPLE.slice(end + 1)}`, 'web-operator')
      }
    })
  })
})
