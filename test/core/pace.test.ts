import assert from 'node:assert/strict'
import { fullAllowance, isFull, makeGood, takeOne } from '../../server/core/pace.ts'

const pace = { burst: 20, everyMs: 2000 }

/** How many of so many questions, each `gapMs` after the last, are answered. */
function answered(questions: number, gapMs: number, startMs = 123_456): number {
  let allowance = fullAllowance(pace)
  let count = 0
  for (let asked = 0; asked < questions; asked += 1) {
    const taken = takeOne(allowance, pace, startMs + asked * gapMs)
    allowance = taken.allowance
    if (taken.waitMs === 0) count += 1
  }
  return count
}

describe('makeGood', () => {
  it('asks for no wait within the burst, and for as long as it takes beyond it', () => {
    let owed = makeGood(0, 15, pace, 50_000)
    assert.equal(owed.waitMs, 0)
    owed = makeGood(owed.clearAtMs, 10, pace, 50_000)
    assert.equal(owed.waitMs, 5 * pace.everyMs)
    owed = makeGood(owed.clearAtMs, 0, pace, 50_000 + owed.waitMs)
    assert.equal(owed.waitMs, 0)
    assert.equal(makeGood(owed.clearAtMs, 1, pace, 60_000).waitMs, pace.everyMs)
  })

  it('owes nothing after a long while', () => {
    const { clearAtMs } = makeGood(0, 1000, pace, 0)
    assert.deepEqual(makeGood(clearAtMs, 20, pace, 10_000_000), {
      clearAtMs: 10_000_000 + 20 * pace.everyMs,
      waitMs: 0,
    })
  })
})

describe('takeOne', () => {
  for (const [questions, gapMs, expected] of [
    [pace.burst, 0, pace.burst],
    [1000, 0, pace.burst],
    [1000, pace.everyMs, 1000],
    [1000, 100, pace.burst + Math.floor((999 * 100) / pace.everyMs)],
  ] as const) {
    it(`answers ${expected} of ${questions} questions that come every ${gapMs} ms`, () => {
      assert.equal(answered(questions, gapMs), expected)
    })
  }

  it('says how long to wait, and answers after that and not before', () => {
    let allowance = fullAllowance(pace)
    for (let asked = 0; asked < pace.burst; asked += 1) {
      allowance = takeOne(allowance, pace, 5000).allowance
    }
    const { allowance: left, waitMs } = takeOne(allowance, pace, 5500)
    assert.equal(waitMs, pace.everyMs - 500)
    assert.ok(takeOne(left, pace, 5500 + waitMs - 1).waitMs > 0)
    assert.equal(takeOne(left, pace, 5500 + waitMs).waitMs, 0)
  })

  it('is not refilled by a clock that goes back', () => {
    let allowance = fullAllowance(pace)
    for (let asked = 0; asked < pace.burst; asked += 1) {
      allowance = takeOne(allowance, pace, 50_000).allowance
    }
    assert.ok(takeOne(allowance, pace, 10_000).waitMs > 0)
  })

  it('forgets nothing of an agent that is not full', () => {
    const { allowance } = takeOne(fullAllowance(pace), pace, 5000)
    assert.equal(isFull(allowance, pace, 5000), false)
    assert.equal(isFull(allowance, pace, 5000 + pace.everyMs), true)
  })
})
