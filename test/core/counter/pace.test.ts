import assert from 'node:assert/strict'
import { FULL_ALLOWANCE, isFull, PACE, takeQuestion } from '../../../server/core/counter/pace.ts'

/** How many of so many questions, each `gapMs` after the last, are answered. */
function answered(questions: number, gapMs: number, startMs = 123_456): number {
  let allowance = FULL_ALLOWANCE
  let count = 0
  for (let asked = 0; asked < questions; asked += 1) {
    const { left, waitMs } = takeQuestion(allowance, startMs + asked * gapMs)
    allowance = left
    if (waitMs === 0) count += 1
  }
  return count
}

describe('takeQuestion', () => {
  for (const [questions, gapMs, expected] of [
    [PACE.burst, 0, PACE.burst],
    [1000, 0, PACE.burst],
    [1000, PACE.everyMs, 1000],
    [1000, 100, PACE.burst + Math.floor((999 * 100) / PACE.everyMs)],
  ] as const) {
    it(`answers ${expected} of ${questions} questions that come every ${gapMs} ms`, () => {
      assert.equal(answered(questions, gapMs), expected)
    })
  }

  it('says how long to wait, and answers after that and not before', () => {
    let allowance = FULL_ALLOWANCE
    for (let asked = 0; asked < PACE.burst; asked += 1) {
      allowance = takeQuestion(allowance, 5000).left
    }
    const { left, waitMs } = takeQuestion(allowance, 5500)
    assert.equal(waitMs, PACE.everyMs - 500)
    assert.ok(takeQuestion(left, 5500 + waitMs - 1).waitMs > 0)
    assert.equal(takeQuestion(left, 5500 + waitMs).waitMs, 0)
  })

  it('is not refilled by a clock that goes back', () => {
    let allowance = FULL_ALLOWANCE
    for (let asked = 0; asked < PACE.burst; asked += 1) {
      allowance = takeQuestion(allowance, 50_000).left
    }
    assert.ok(takeQuestion(allowance, 10_000).waitMs > 0)
  })

  it('forgets nothing of an agent that is not full', () => {
    const { left } = takeQuestion(FULL_ALLOWANCE, 5000)
    assert.equal(isFull(left, 5000), false)
    assert.equal(isFull(left, 5000 + PACE.everyMs), true)
  })
})
