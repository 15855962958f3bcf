import assert from 'node:assert/strict'
import { isWithinHours } from '../../../server/core/policy/when.ts'
import type { Hours } from '../../../server/core/policy/policy.ts'
import { judged, policyOf } from '../../support/policy-lines.ts'

const OFFICE: Hours = {
  timezone: 'Europe/Berlin',
  fromMinute: 360,
  toMinute: 1320,
  days: [1, 2, 3, 4, 5],
}
const NIGHT: Hours = { timezone: 'UTC', fromMinute: 1320, toMinute: 360, days: [5] }

describe('isWithinHours', () => {
  for (const [hours, instant, expected] of [
    // Friday; Berlin is an hour ahead in winter, two in summer.
    [OFFICE, '2026-11-20T04:59:59Z', false],
    [OFFICE, '2026-11-20T05:00:00Z', true],
    [OFFICE, '2026-11-20T20:59:59Z', true],
    [OFFICE, '2026-11-20T21:00:00Z', false],
    [OFFICE, '2026-07-17T04:00:00Z', true],
    [OFFICE, '2026-11-21T12:00:00Z', false],
    // The night of Friday goes on into Saturday, and that of Thursday does not into Friday.
    [NIGHT, '2026-11-20T22:00:00Z', true],
    [NIGHT, '2026-11-21T05:59:59Z', true],
    [NIGHT, '2026-11-21T06:00:00Z', false],
    [NIGHT, '2026-11-20T05:00:00Z', false],
    // The hour that the clocks go back over is an hour like any other.
    [{ ...OFFICE, days: [0], fromMinute: 120, toMinute: 180 }, '2026-10-25T00:30:00Z', true],
    [{ ...OFFICE, days: [0], fromMinute: 120, toMinute: 180 }, '2026-10-25T01:30:00Z', true],
    [{ ...OFFICE, days: [0], fromMinute: 120, toMinute: 180 }, '2026-10-25T02:30:00Z', false],
  ] as const) {
    it(`at ${instant}: ${expected}`, () => {
      assert.equal(isWithinHours(hours, Date.parse(instant)), expected)
    })
  }
})

describe('a policy with "when"', () => {
  const policy = policyOf(`
rules: [{ id: look, program: ls, verdict: allow }]
when:
  targets: ["tag:web", db1]
  hours: { timezone: Europe/Berlin, from: "06:00", to: "22:00", days: [mon-fri] }`)
  const at = (name: string, tags: string[], instant: string): string => {
    const { verdict, reasons } = judged(policy, 'ls', {
      target: { name, tags },
      nowMs: Date.parse(instant),
    })
    return `${verdict} ${reasons[0]?.code}`
  }

  it('holds on its targets, by name and by tag', () => {
    assert.equal(at('web7', ['web'], '2026-11-20T12:00:00Z'), 'allow rule-allowed')
    assert.equal(at('db1', [], '2026-11-20T12:00:00Z'), 'allow rule-allowed')
    assert.equal(at('web', [], '2026-11-20T12:00:00Z'), 'deny other-target')
  })

  it('holds at its hours', () => {
    assert.equal(at('db1', [], '2026-11-22T12:00:00Z'), 'deny outside-hours')
  })

  it('leaves them out of tests that do not name them', () => {
    const lines = (test: string): string => `
rules: [{ id: look, program: ls, verdict: allow }]
when: { targets: ["tag:web"], hours: { timezone: UTC, from: "06:00", to: "07:00" } }
tests: [{ run: ls, ${test} }]`
    policyOf(lines('expect: allow'))
    policyOf(lines('expect: deny, because: other-target, tags: [db]'))
    policyOf(lines('expect: deny, because: outside-hours, at: "2026-11-20T12:00:00Z"'))
    policyOf(lines('expect: allow, tags: [web], at: "2026-11-20T06:30:00Z"'))
  })
})
