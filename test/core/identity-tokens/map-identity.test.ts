import assert from 'node:assert/strict'
import type { AgentRule } from '../../../server/core/identity-tokens/issuer.ts'
import { mapIdentity } from '../../../server/core/identity-tokens/map-identity.ts'
import { explainTokenRefusal } from '../../../server/core/identity-tokens/refusal.ts'

const rule = (change: Partial<AgentRule>): AgentRule => ({
  when: { sub: ['job'] },
  agent: 'agent-7',
  task: null,
  tasks: [],
  onBehalfOf: null,
  ...change,
})

function map(
  rules: AgentRule[],
  claims: object,
  asked: string | null = null,
  named: string[] = [],
) {
  const mapped = mapIdentity({ sub: 'job', ...claims }, asked, {
    rules,
    namedAgents: new Set(named),
  })
  return mapped.ok ? mapped.value : mapped.fault.because
}

describe('mapIdentity', () => {
  it('lets the first entry that matches decide', () => {
    const rules = [
      rule({ when: { ref: ['main'] }, agent: 'main-agent' }),
      rule({ agent: 'any-agent' }),
    ]
    assert.deepEqual(map(rules, { ref: 'main' }), {
      agent: 'main-agent',
      task: null,
      onBehalfOf: null,
    })
    assert.deepEqual(map(rules, { ref: 'topic' }), {
      agent: 'any-agent',
      task: null,
      onBehalfOf: null,
    })
  })

  for (const [what, when, claims, isMatch] of [
    ['one value', { ref: ['a'] }, { ref: 'a' }, true],
    ['one of several values', { ref: ['a', 'b'] }, { ref: 'b' }, true],
    ['a value that begins alike', { ref: ['a'] }, { ref: 'ab' }, false],
    ['a value in capitals', { ref: ['a'] }, { ref: 'A' }, false],
    ['a value with a space', { ref: ['a'] }, { ref: 'a ' }, false],
    ['a number for its text', { id: ['7'] }, { id: 7 }, true],
    ['yes for true', { ok: ['true'] }, { ok: true }, true],
    ['a list that holds it', { groups: ['sre'] }, { groups: ['all', 'sre'] }, true],
    ['a list that holds a list that holds it', { groups: ['sre'] }, { groups: [['sre']] }, false],
    ['a list that holds something alike', { groups: ['sre'] }, { groups: ['sre-guests'] }, false],
    ['all of two claims', { a: ['1'], b: ['2'] }, { a: '1', b: '2' }, true],
    ['one of two claims', { a: ['1'], b: ['2'] }, { a: '1' }, false],
    ['a claim within another', { 'a/b': ['1'] }, { a: { b: '1' } }, true],
    ['a claim whose name has a slash', { 'a/b': ['1'] }, { 'a/b': '1' }, true],
    ['a member of a list', { 'a/0': ['1'] }, { a: ['1'] }, false],
    ['nothing for undefined', { a: ['undefined'] }, {}, false],
    ['nothing for null', { a: ['null'] }, { a: null }, false],
    ['an inherited member', { constructor: ['x'] }, {}, false],
  ] as const) {
    it(`${isMatch ? 'matches' : 'does not match'} ${what}`, () => {
      const found = map([rule({ when })], claims)
      assert.equal(found !== 'no-agent', isMatch)
    })
  }

  for (const name of [
    'Agent',
    'agent_7',
    'a/b',
    '-agent',
    '.agent',
    'agent 7',
    'agent\n',
    'ägent',
    'sallyport',
    'a'.repeat(64),
    '',
  ]) {
    it(`takes no agent called ${JSON.stringify(name.slice(0, 20))} from a claim`, () => {
      assert.equal(map([rule({ agent: '{name}' })], { name }), 'template-unusable')
    })
  }

  it('takes no name from a template that another entry names outright', () => {
    const rules = [rule({ agent: '{name}' })]
    assert.equal(map(rules, { name: 'root-agent' }, null, ['root-agent']), 'agent-taken')
    assert.notEqual(map(rules, { name: 'other-agent' }, null, ['root-agent']), 'agent-taken')
  })

  for (const [what, change, asked, expected] of [
    ['none is asked for and none is claimed', {}, null, null],
    ['one is asked for that nothing allows', {}, 'T-1', 'task-not-allowed'],
    ['one is asked for that is allowed', { tasks: ['T-1'] }, 'T-1', 'T-1'],
    [
      'one is asked for that begins like an allowed one',
      { tasks: ['T-1'] },
      'T-10',
      'task-not-allowed',
    ],
    ['one is asked for that fits a pattern', { tasks: ['OPS-*'] }, 'OPS-421', 'OPS-421'],
    ['one is asked for in another case', { tasks: ['OPS-*'] }, 'ops-421', 'task-not-allowed'],
    ['anything may be asked for', { tasks: ['*'] }, 'whatever it is', 'whatever it is'],
    ['nothing is asked for though something must be', { tasks: ['OPS-*'] }, null, 'task-missing'],
    ['nothing is asked for where anything may be', { tasks: ['*'] }, null, 'task-missing'],
    ['an empty one is asked for', { tasks: ['*'] }, '', 'task-not-allowed'],
    ['one with a line break is asked for', { tasks: ['*'] }, 'a\nb', 'task-not-allowed'],
    ['one that prints backwards is asked for', { tasks: ['*'] }, 'a\u202eb', 'task-not-allowed'],
    ['an endless one is asked for', { tasks: ['*'] }, 'x'.repeat(201), 'task-not-allowed'],
    ['the claims say which', { task: 'run-{run}' }, null, 'run-7'],
    ['the claims and the caller say the same', { task: 'run-{run}' }, 'run-7', 'run-7'],
    ['the claims say another', { task: 'run-{run}' }, 'run-8', 'task-differs'],
    ['the claims lack it', { task: 'run-{missing}' }, null, 'template-unusable'],
    ['the claims have a line break in it', { task: '{broken}' }, null, 'template-unusable'],
  ] as const) {
    it(`decides on the task when ${what}`, () => {
      const mapped = map([rule(change)], { run: '7', broken: 'a\nb' }, asked)
      assert.equal(typeof mapped === 'string' ? mapped : mapped.task, expected)
    })
  }

  it('tells who named no task of theirs, or a wrong one, which they have', () => {
    const toCaller = (tasks: readonly string[], asked: string | null): string => {
      const mapped = mapIdentity({ sub: 'job' }, asked, {
        rules: [rule({ tasks })],
        namedAgents: new Set(),
      })
      assert.ok(!mapped.ok)
      return explainTokenRefusal(mapped.fault).toCaller
    }
    assert.equal(
      toCaller(['OPS-*', 'nightly'], null),
      'name one of your tasks: "OPS-*", "nightly" (* is anything), as "task" beside the token or with --task',
    )
    assert.equal(
      toCaller(['nightly'], 'daily'),
      'you may not choose the task "daily"; name one of your tasks: "nightly", or ask an administrator to allow it',
    )
    assert.equal(
      toCaller([], 'daily'),
      'you may not choose the task "daily"; leave it out, or ask an administrator to allow it',
    )
    const many = toCaller(
      Array.from({ length: 100 }, (_, number) => `T-${number} ${'x'.repeat(200)}`),
      null,
    )
    assert.ok(many.length < 1500 && many.includes(', …, as "task"'), many)
  })

  it('says on whose behalf, and refuses who cannot be named', () => {
    const rules = [rule({ onBehalfOf: '{actor}' })]
    const mapped = map(rules, { actor: 'octocat' })
    assert.ok(typeof mapped !== 'string')
    assert.equal(mapped.onBehalfOf, 'octocat')
    assert.equal(map(rules, {}), 'template-unusable')
    assert.equal(map(rules, { actor: 'a\u0000' }), 'template-unusable')
  })
})
