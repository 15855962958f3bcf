import assert from 'node:assert/strict'
import { keepRefusals } from '../../../server/http/identity/refusal-book.ts'
import { memoryJournal } from '../../support/memory-archive.ts'

describe('keepRefusals', () => {
  const refused = (because: string, address = '10.0.0.1') => ({
    kind: 'certificate-refused' as const,
    because,
    detail: `detail of ${because}`,
    issuer: null,
    subject: null,
    key: null,
    address,
  })

  it('writes down each of a few, and counts the many', async () => {
    let nowMs = 0
    const journal = memoryJournal()
    const book = keepRefusals(journal, { nowMs: () => nowMs, monotonicMs: () => nowMs })
    for (let time = 0; time < 300; time += 1) await book.keep(refused('token-expired'))
    assert.equal(journal.events.length, 300)
    for (let time = 0; time < 1000; time += 1)
      await book.keep(refused('token-unreadable', `${time}`))
    await book.keep(refused('issuer-unknown'))
    assert.equal(journal.events.length, 302, 'the first of each kind is written at once')

    nowMs = 60_000
    await book.keep(refused('token-expired'))
    const [sum, next, ...more] = journal.events.slice(302)
    assert.ok(sum?.kind === 'certificate-refused' && next?.kind === 'certificate-refused')
    assert.equal(sum.detail, '999 more within a minute, the last: detail of token-unreadable')
    assert.equal(sum.address, '999')
    assert.equal(next.detail, 'detail of token-expired')
    assert.deepEqual(more, [])
  })

  it('does not answer for what it could not write', async () => {
    const journal = memoryJournal()
    const book = keepRefusals(journal, { nowMs: () => 0, monotonicMs: () => 0 })
    journal.fault = 'the database is gone'
    await assert.rejects(book.keep(refused('token-expired')), /the database is gone/)
  })
})
