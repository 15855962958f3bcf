import assert from 'node:assert/strict'
import { formatFinding } from '../../server/core/policy/load/finding.ts'
import { loadPolicy } from '../../server/core/policy/load/load-policy.ts'
import { judge } from '../../server/core/policy/judge.ts'
import type { Judgement, JudgeContext } from '../../server/core/policy/judgement.ts'
import type { Policy } from '../../server/core/policy/policy.ts'
import { STARTERS } from '../../server/core/policy/starters/starters.ts'

/** A policy from the lines below `version` and `name`; fails on any error in them. */
export function policyOf(lines: string): Policy {
  return loaded(`version: 1\nname: sample\n${lines}\n`, 'sample')
}

export function starter(name: string): Policy {
  return loaded(STARTERS.get(name) ?? assert.fail(`no starter ${name}`), name)
}

/** What is said about the lines: `4 error «text»: message`, after the text was found where it is said to be. */
export function findingsOf(lines: string): string[] {
  const text = `version: 1\nname: sample\n${lines}\n`
  return loadPolicy(text, 'sample').findings.map(finding => {
    const { level, line, column, message } = finding
    const there = text.split('\n')[line - 1]?.slice(column - 1) ?? ''
    assert.ok(there.startsWith(finding.text), `${line}:${column} is "${there}"`)
    return `${line} ${level} «${finding.text}»: ${message}`
  })
}

export function contextOf(policy: Policy, changed: Partial<JudgeContext> = {}): JudgeContext {
  return {
    policy,
    shell: 'bash',
    login: 'agent',
    target: { name: 'web1', tags: [] },
    workingDirectory: '~',
    homeDirectory: null,
    nowMs: Date.UTC(2026, 10, 20, 12),
    ...changed,
  }
}

export function judged(
  policy: Policy,
  line: string | Uint8Array,
  changed: Partial<JudgeContext> = {},
): Judgement {
  return judge(line, contextOf(policy, changed))
}

/** `allow words`, `deny protect`: verdict and what decided. */
export function outcome(policy: Policy, line: string, changed: Partial<JudgeContext> = {}): string {
  const { verdict, rule } = judged(policy, line, changed)
  return `${verdict} ${rule}`
}

function loaded(text: string, name: string): Policy {
  const { policy, findings } = loadPolicy(text, name)
  return policy ?? assert.fail(findings.map(finding => formatFinding(name, finding)).join('\n'))
}
