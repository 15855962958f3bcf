import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import type { Judgement } from '../../../server/core/policy/judgement.ts'
import type { CommandRule, Policy } from '../../../server/core/policy/policy.ts'
import { judged, policyOf, starter } from '../../support/policy-lines.ts'

const GUARDED = policyOf(`
protect:
  read: [/etc/shadow, "**/.env", "~/.ssh/**"]
  write: [/etc/**, "~/.*"]
rules:
  - { id: look, program: [ls, cat, grep, find, echo], verdict: allow }
  - { id: sort, program: sort, arguments: { deny-options: [-o] }, verdict: allow }
  - { id: restart, program: systemctl, argv: [restart, nginx], as: [root], verdict: ask }
  - { id: copy, program: [cp, tar], arguments: { paths: [/srv/**, /tmp/**] }, verdict: allow }
  - { id: never, program: [rm, dd], verdict: deny }
  - { id: any-log, program: tail, arguments: { paths: [/var/log/**] }, verdict: allow }`)

const PROTECTED = [
  '/etc/shadow',
  '/etc/../etc/shadow',
  '/srv/app/.env',
  '~/.ssh/id_rsa',
  '/etc/sh*',
  '/etc',
]
const OPEN = ['/var/log/syslog', '/tmp/x', 'notes', '"$f"', '$(ls)', '/srv/*', '-n', '-r', '.']
const PROGRAMS = [
  'cat',
  'ls',
  'grep -r x',
  'find',
  'sort',
  'cp -r',
  'tar cf -',
  'rm',
  'tail',
  'unknown',
  '/bin/cat',
  'sudo cat',
  'timeout 5 cat',
  'env -C /etc cat',
  'xargs cat',
  'echo x >',
  'cat <',
  'sudo systemctl restart nginx',
]

const word = fc.constantFrom(...PROTECTED, ...OPEN)
const command = fc
  .tuple(fc.constantFrom(...PROGRAMS), fc.array(word, { maxLength: 3 }))
  .map(([program, words]) => [program, ...words].join(' '))
const line = fc
  .tuple(fc.array(command, { minLength: 1, maxLength: 3 }), fc.constantFrom('; ', ' && ', ' | '))
  .map(([commands, joint]) => commands.join(joint))

/** A rule as lax as can be: anything, anywhere, as anybody. */
const laxRule = fc.record({
  programs: fc.constantFrom(
    ['*'],
    ['cat', 'grep', 'sort', 'cp', 'tar', 'find', 'xargs'],
    ['unknown'],
  ),
  as: fc.constantFrom(null, ['root']),
  redirectTo: fc.constantFrom([], ['/**', '~/**', './**']),
  escapes: fc.constant('accepted' as const),
})

/** Lines that keep turning up elsewhere, for properties that must hold for every line there is. */
const KEPT = ['policy/investigator-attacks.jsonl', 'policy/investigator-work.jsonl']
  .concat(['lines/evasions.jsonl', 'lines/agent-allowlist-bypasses.jsonl'])
  .flatMap(file =>
    readFileSync(join(import.meta.dirname, '../../vectors', file), 'utf8')
      .trimEnd()
      .split('\n'),
  )
  .map(row => (JSON.parse(row) as { line: string }).line)

const anyLine = fc.oneof(line, fc.constantFrom(...KEPT), fc.string({ maxLength: 40 }))
const anyPolicy = fc.constantFrom(
  GUARDED,
  starter('investigator'),
  starter('web-operator'),
  starter('deployer'),
)

describe('for every line', () => {
  it('no added rule turns the denial of a protected path into anything else', () => {
    fc.assert(
      fc.property(line, laxRule, (text, changed) => {
        const before = judged(GUARDED, text)
        fc.pre(before.rule === 'protect')
        const added: CommandRule = { ...emptyRule(), ...changed }
        const after = judged({ ...GUARDED, rules: [...GUARDED.rules, added] }, text)
        assert.deepEqual([after.verdict, after.rule], ['deny', 'protect'])
      }),
      { numRuns: 500 },
    )
  })

  it('the order of the rules plays no part', () => {
    fc.assert(
      fc.property(
        anyPolicy.chain(policy =>
          fc.tuple(
            fc.constant(policy),
            fc.shuffledSubarray([...policy.rules], { minLength: policy.rules.length }),
          ),
        ),
        anyLine,
        ([policy, rules], text) => {
          assert.deepEqual(
            withoutHints(judged({ ...policy, rules }, text)),
            withoutHints(judged(policy, text)),
          )
        },
      ),
      { numRuns: 500 },
    )
  })

  it('judging the canonical form again gives the same verdict, commands and form', () => {
    fc.assert(
      fc.property(anyPolicy, anyLine, (policy, text) => {
        const once = judged(policy, text)
        fc.pre(once.canonical !== null)
        const again = judged(policy, once.canonical ?? '')
        assert.equal(again.canonical, once.canonical)
        assert.deepEqual([again.verdict, again.rule], [once.verdict, once.rule])
        assert.deepEqual(again.commands, once.commands)
      }),
      { numRuns: 500 },
    )
  })

  it('the verdict is explained, the same each time, and never throws', () => {
    fc.assert(
      fc.property(anyPolicy, anyLine, (policy, text) => {
        const once = judged(policy, text)
        assert.ok(once.reasons.length > 0)
        assert.ok(once.reasons.every(reason => reason.text !== '' && reason.code !== ''))
        assert.ok(once.verdict === 'deny' || once.forward !== null)
        assert.deepEqual(judged(policy, text), once)
      }),
      { numRuns: 500 },
    )
  })

  it('a line is at least as strictly judged as each command in it', () => {
    fc.assert(
      fc.property(fc.array(command, { minLength: 2, maxLength: 4 }), commands => {
        const whole = strictness(GUARDED, commands.join('\n'))
        for (const one of commands) assert.ok(whole >= strictness(GUARDED, one), one)
      }),
    )
  })

  it('bytes that are no text are unreadable', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), bytes => {
        const text = new TextDecoder().decode(bytes)
        const judgement = judged(GUARDED, text)
        if (text.includes('\ufffd')) return
        assert.deepEqual(judged(GUARDED, bytes), judgement)
      }),
    )
  })
})

/** What is suggested instead is listed in the order of the rules. */
function withoutHints(judgement: Judgement): Judgement {
  const reasons = judgement.reasons
    .filter(({ code }) => code !== 'known-programs')
    .map(reason => ({ ...reason, text: reason.text.split(';')[0] ?? '' }))
  return { ...judgement, reasons: reasons.toSorted((a, b) => (a.text < b.text ? -1 : 1)) }
}

function strictness(policy: Policy, text: string): number {
  return ['allow', 'ask', 'deny'].indexOf(judged(policy, text).verdict)
}

function emptyRule(): CommandRule {
  return {
    id: 'added',
    verdict: 'allow',
    reason: null,
    approvers: [],
    expiresMs: 1000,
    programs: [],
    argv: null,
    arguments: null,
    as: null,
    environment: [],
    redirectTo: [],
    input: null,
    inputLines: null,
    escapes: null,
  }
}
