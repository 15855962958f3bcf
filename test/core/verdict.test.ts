import assert from 'node:assert/strict'
import fc from 'fast-check'
import { endingLine, explain, type Refusal, refusalLine } from '../../server/core/verdict.ts'

const TEXT = 'text-of-others'

/** One of each; the compiler asks for those that are missing. `text` is where an agent, a target or a person writes. */
function refusalsWith(text: string): {
  [Why in Refusal['because']]: Refusal & { because: Why }
} {
  return {
    'no-grant': { because: 'no-grant', agent: text, target: text, login: text, task: text },
    'unknown-target': { because: 'unknown-target', target: text },
    'unreadable-destination': { because: 'unreadable-destination', userName: text },
    'several-tasks': { because: 'several-tasks', tasks: [text, text] },
    'several-logins': { because: 'several-logins', logins: [text, text] },
    'several-policies': { because: 'several-policies', policies: [text, text] },
    'too-many-sessions': { because: 'too-many-sessions', limit: 3 },
    'policy-unavailable': { because: 'policy-unavailable', policy: 'web', fault: text },
    'grant-revoked': { because: 'grant-revoked', reason: text },
    'grant-expired': { because: 'grant-expired' },
    'certificate-expired': { because: 'certificate-expired' },
    'certificate-revoked': { because: 'certificate-revoked' },
    'ca-not-trusted': { because: 'ca-not-trusted' },
    denied: { because: 'denied', rule: 'rule-7', reasons: [text] },
    'approval-unavailable': { because: 'approval-unavailable', rule: 'rule-7', reasons: [text] },
    'not-offered': { because: 'not-offered', request: text, instead: 'use exec' },
    'leads-nowhere': { because: 'leads-nowhere', to: text },
    'too-many-logins': { because: 'too-many-logins', perMinute: 600, waitMs: 1500 },
    'terminal-not-permitted': { because: 'terminal-not-permitted' },
    'not-written': { because: 'not-written', fault: text },
    'target-unreachable': { because: 'target-unreachable', target: 'web-1', fault: text },
    terminated: { because: 'terminated', by: 'ada', reason: text },
    'node-stopping': { because: 'node-stopping' },
    'node-cut-off': { because: 'node-cut-off' },
  }
}

const refusals = Object.values(refusalsWith(TEXT))

/** What an agent can do about it. */
const NEXT = /\b(ask|use|name|write|check|request|reconnect|run|end|find|try)\b/

/** A denial speaks in the words of the policy, whose author says what to do (`message:`). */
const IN_OTHER_WORDS = new Set(['denied'])

/** What went wrong inside is for whoever can mend it; an agent could only quote it. */
const OPERATORS_ONLY = new Set(['policy-unavailable', 'not-written', 'unreadable-destination'])

describe('explain', () => {
  for (const refusal of refusals) {
    const { because } = refusal
    const { rule, toAgent, toLog } = explain(refusal)

    it(`says one sentence each to agent and operator: ${because}`, () => {
      for (const sentence of [toAgent, toLog]) {
        assert.match(sentence, /^(?:[a-z0-9]|[A-Z]{2})/, 'it begins in lower case')
        assert.doesNotMatch(sentence, /\.$|undefined|null|\[object/)
      }
      assert.match(rule, /^[a-z0-9-]+$/)
      assert.notEqual(toAgent, toLog)
      assert.doesNotMatch(toLog, /\byour?\b/, 'the operator is not addressed as the agent is')
    })

    if (!IN_OTHER_WORDS.has(because)) {
      it(`tells the agent what to do next: ${because}`, () => {
        assert.match(toAgent, NEXT)
      })
    }

    if (OPERATORS_ONLY.has(because)) {
      it(`keeps from the agent what is for the operator: ${because}`, () => {
        assert.ok(toLog.includes(TEXT))
        assert.ok(!toAgent.includes(TEXT))
      })
    }
  }

  it('makes one printable line of whatever others wrote', () => {
    const hostile = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 40 }),
      fc.constantFrom(
        '\n',
        '\r\n',
        '\u001b[2J',
        '\u0000',
        '\u202e',
        '\u2028',
        '\ud800',
        '\u009b',
        '\u200b',
      ),
    )
    fc.assert(
      fc.property(fc.array(hostile, { maxLength: 5 }), pieces => {
        for (const refusal of Object.values(refusalsWith(pieces.join('')))) {
          for (const line of [refusalLine(refusal, 'session:7'), endingLine(refusal)]) {
            assert.doesNotMatch(line, /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u)
            assert.match(line, /^sallyport: (denied|session ended): /)
          }
          assert.match(refusalLine(refusal, 'session:7'), /, event session:7\)$/)
        }
      }),
    )
  })
})
