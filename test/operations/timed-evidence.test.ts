import assert from 'node:assert/strict'
import type { Evidence, SessionOpening, SessionRecord } from '../../server/core/ports/evidence.ts'
import { timeCommits } from '../../server/operations/timed-evidence.ts'

const opening: SessionOpening = Object.create(null)

describe('timeCommits', () => {
  let nowMs = 0
  const clock = { nowMs: () => nowMs, monotonicMs: () => nowMs }
  const event = { kind: 'environment-ignored', channel: 0, names: [] } as const

  const evidenceOf = (append: SessionRecord['append']): Evidence => ({
    open: async () => ({
      ok: true,
      value: {
        id: 's',
        startedAtMs: 1,
        append,
        appendWhileGranted: async () => ({ ok: true, value: 7 }),
        openTape: () => Object.create(null),
        close: async () => undefined,
      },
    }),
  })

  it('tells how long each event took, and passes on what came of it', async () => {
    const took: number[] = []
    const evidence = evidenceOf(async () => {
      nowMs += 4
      return 3
    })
    const opened = await timeCommits(evidence, clock, ms => took.push(ms)).open(opening)
    assert.ok(opened.ok)
    assert.equal(await opened.value.append(event), 3)
    assert.deepEqual(await opened.value.appendWhileGranted(event), { ok: true, value: 7 })
    assert.deepEqual(took, [4, 0])
  })

  it('counts no commit where there was none', async () => {
    const took: number[] = []
    const evidence = evidenceOf(() => Promise.reject(new Error('gone')))
    const opened = await timeCommits(evidence, clock, ms => took.push(ms)).open(opening)
    assert.ok(opened.ok)
    await assert.rejects(opened.value.append(event), /gone/)
    assert.deepEqual(took, [])
  })

  it('passes on the refusal to open', async () => {
    const refusal = { ok: false, fault: { because: 'grant-expired' } } as const
    const evidence: Evidence = { open: async () => refusal }
    assert.equal(await timeCommits(evidence, clock, () => undefined).open(opening), refusal)
  })
})
