import assert from 'node:assert/strict'
import { keepRefusals, type RefusalBook } from '../../server/http/refusal-book.ts'
import { memoryJournal, type MemoryJournal } from '../support/memory-archive.ts'

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

  let nowMs: number
  let journal: MemoryJournal
  let logged: string[]
  let book: RefusalBook

  beforeEach(() => {
    nowMs = 0
    journal = memoryJournal()
    logged = []
    const clock = { nowMs: () => nowMs, monotonicMs: () => nowMs }
    book = keepRefusals(journal, clock, message => logged.push(message))
  })

  it('writes down each of a few, and counts the many', async () => {
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
    journal.fault = 'the database is gone'
    await assert.rejects(book.keep(refused('token-expired')), /the database is gone/)
  })

  it('writes down by itself what was counted, once a minute is over', async () => {
    const { setTimeout } = globalThis
    const fired: (() => void)[] = []
    globalThis.setTimeout = ((act: () => void, ms: number) => {
      assert.equal(ms, 60_000)
      fired.push(act)
      return setTimeout(() => undefined, 0)
    }) as typeof setTimeout
    try {
      for (let time = 0; time < 5; time += 1) book.count(refused('too-many-requests'))
    } finally {
      globalThis.setTimeout = setTimeout
    }
    assert.deepEqual([fired.length, journal.events.length], [1, 0])
    fired[0]?.()
    await new Promise(setImmediate)
    const [sum, ...more] = journal.events
    assert.ok(sum?.kind === 'certificate-refused')
    assert.equal(sum.detail, '5 more within a minute, the last: detail of too-many-requests')
    assert.deepEqual(more, [])
  })

  it('takes what providers and browsers wrote for one reason, and leaves room for people', async () => {
    for (let time = 0; time < 1000; time += 1) await book.keep(refused('token-unreadable'))
    const turnAway = (because: string) =>
      book.keep({ kind: 'sign-in-refused', because, address: '10.0.0.2' })
    await turnAway('oidc: no role')
    assert.equal(journal.events.length, 302)
    for (let time = 0; time < 1000; time += 1) await turnAway(`oidc: ${time}`)
    assert.equal(journal.events.length, 602, '300 of each kind, and one of what is counted')
    await book.flush()
    assert.deepEqual(journal.events.slice(602), [
      {
        ...refused('token-unreadable'),
        detail: '699 more within a minute, the last: detail of token-unreadable',
      },
      {
        kind: 'sign-in-refused',
        because: '700 more within a minute, the last: oidc: 999',
        address: '10.0.0.2',
      },
    ])
  })

  it('keeps what was counted until it can be written', async () => {
    book.count(refused('too-many-requests'))
    journal.fault = 'the database is gone'
    await book.flush()
    assert.deepEqual(logged, ['refusals that were counted could not be written down'])
    book.count(refused('too-many-requests'))
    journal.fault = null
    await book.flush()
    await book.flush()
    const [sum, ...more] = journal.events
    assert.ok(sum?.kind === 'certificate-refused' && more.length === 0)
    assert.match(sum.detail, /^2 more within a minute/)
  })
})
