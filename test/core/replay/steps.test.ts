import assert from 'node:assert/strict'
import {
  channelsOf,
  factsOf,
  foldSteps,
  hasEnd,
  wasStopped,
} from '../../../server/core/replay/steps.ts'
import { recordSession, START_MS } from '../../support/recorded-sessions.ts'
import { INVESTIGATION, investigation } from '../../support/sample-sessions.ts'

describe('foldSteps', () => {
  const steps = foldSteps(investigation.events, START_MS)

  it('gives one step a decision, in the order of the decisions', () => {
    assert.deepEqual(
      steps.map(step => (step.is === 'command' ? step.verdict : step.is)),
      ['allow', 'allow', 'allow', 'deny', 'ask', 'allow', 'allow', 'deny'],
    )
    assert.deepEqual(
      steps.map(({ seq }) => seq),
      steps.map(({ seq }) => seq).toSorted((one, other) => one - other),
    )
  })

  it('joins a decision with the end of what it let run, and no other', () => {
    const ends = steps.map(step => (step.is === 'command' ? (step.end?.exit ?? null) : null))
    assert.deepEqual(ends, [
      { status: 3 },
      { status: 0 },
      { status: 0 },
      null,
      null,
      { status: 1 },
      { status: 0 },
      null,
    ])
  })

  it('counts time from the session’s start, and never below it', () => {
    assert.equal(steps[0]?.atMs, 900)
    const early = [{ seq: 0, atMs: START_MS - 40, event: refusedShell }]
    assert.equal(foldSteps(early, START_MS)[0]?.atMs, 0)
  })

  it('takes a refused request for a step that was stopped', () => {
    const [step] = foldSteps([{ seq: 3, atMs: START_MS + 7, event: refusedShell }], START_MS)
    assert.ok(step !== undefined && wasStopped(step))
    assert.equal(step.is === 'request' && step.request, 'shell')
  })

  it('expects an end of a command alone, and only of one that was sent', () => {
    const [step] = steps
    assert.ok(step?.is === 'command')
    assert.equal(hasEnd(step), true)
    assert.equal(hasEnd({ ...step, form: 'completion' }), false)
    assert.equal(hasEnd({ ...step, form: 'input-line' }), false)
    assert.equal(hasEnd({ ...step, forwarded: { text: '' } }), false)
    assert.equal(hasEnd({ ...step, forwarded: null }), false)
  })

  it('tells what ran in observe mode, whatever its verdict, from what was stopped', () => {
    assert.deepEqual(steps.map(wasStopped), [false, false, false, true, true, false, false, true])
  })
})

describe('channelsOf', () => {
  it('tells which channels had a terminal', () => {
    const channels = channelsOf(investigation.events)
    assert.equal(channels.length, 8)
    assert.deepEqual(channels[6]?.terminal, { term: 'xterm-256color', columns: 100, rows: 30 })
    assert.equal(channels[0]?.terminal, null)
  })
})

describe('factsOf', () => {
  it('knows nothing of an empty chain, and the target of a whole one', () => {
    assert.equal(factsOf([]).targetAddress, null)
    assert.equal(factsOf(recordSession(INVESTIGATION, []).events).targetAddress, '192.0.2.10:22')
  })
})

const refusedShell = {
  kind: 'request-refused',
  channel: null,
  request: 'shell',
  detail: { text: '' },
  rule: 'default',
  reason: 'interactive shells are not offered here',
} as const
