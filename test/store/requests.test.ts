import assert from 'node:assert/strict'
import pg from 'pg'
import { defaultLimits } from '../../server/config/limits.ts'
import { stateOfRequest } from '../../server/core/access-request.ts'
import type { NewGrant } from '../../server/core/ports/administration.ts'
import type { Store } from '../../server/store/store.ts'
import { sampleWish } from '../support/sample-wish.ts'
import { StoreBench } from '../support/test-store.ts'

describe('requests of agents', () => {
  let bench: StoreBench
  let store: Store
  let owner: pg.Client
  let agents = 0

  before(async () => {
    bench = await StoreBench.create()
    store = await bench.open()
    owner = new pg.Client({ connectionString: bench.database.ownerUrl })
    await owner.connect()
  })
  after(async () => {
    await owner?.end()
    await bench.end()
  })

  /** A request of an agent that has no other. */
  async function made(more: Parameters<typeof sampleWish>[0] = {}) {
    agents += 1
    const request = await store.requests.make(sampleWish({ agent: `agent-${agents}`, ...more }))
    assert.ok(request.ok)
    return request.value
  }

  const grantOf = (agent: string): NewGrant => ({
    agent,
    task: 'ticket-1',
    target: 'web-1',
    login: 'deploy',
    policy: 'investigator',
    onBehalfOf: null,
    reason: 'logins are slow',
    approvedBy: 'root',
    startsAtMs: Date.now(),
    expiresAtMs: Date.now() + 60_000,
    maxSessions: null,
  })

  async function eventsAbout(request: string): Promise<Record<string, unknown>[]> {
    const { rows } = await owner.query<{ body: Buffer }>(
      `select body from sallyport.journal j join sallyport.journal_body b using (id)
       where kind like 'request-%' order by j.at, id`,
    )
    return rows
      .map(({ body }) => JSON.parse(body.toString()) as Record<string, unknown>)
      .filter(event => event['request'] === request)
  }

  it('are kept as they were made, and wait', async () => {
    const wish = sampleWish({
      agent: 'keeper',
      login: 'deploy',
      policy: 'investigator',
      onBehalfOf: 'bob',
    })
    const request = await made(wish)
    const found = await store.requests.find(request.id)
    assert.deepEqual(found, request)
    assert.deepEqual(
      { ...found, id: '', madeAtMs: 0 },
      { ...wish, id: '', madeAtMs: 0, answer: null },
    )
    assert.equal(stateOfRequest(request, Date.now()), 'waiting')
    const [event] = await eventsAbout(request.id)
    assert.equal(event?.['kind'], 'request-made')
    assert.equal(event?.['keyId'], wish.keyId)
  })

  it('are the same request when the same is asked again, and one event', async () => {
    const request = await made()
    const again = await store.requests.make(sampleWish({ agent: request.agent }))
    assert.ok(again.ok)
    assert.equal(again.value.id, request.id)
    assert.equal((await eventsAbout(request.id)).length, 1)
  })

  it('are granted once, with the grant in the same transaction', async () => {
    const request = await made()
    const outcomes = await Promise.all(
      ['alice', 'bob', 'carol'].map(by =>
        store.requests.grant(request.id, grantOf(request.agent), by),
      ),
    )
    assert.equal(outcomes.filter(({ ok }) => ok).length, 1)
    assert.equal((await store.grants.list({ agent: request.agent, all: true })).length, 1)
    const [granted] = outcomes.filter(outcome => outcome.ok)
    const found = await store.requests.find(request.id)
    assert.equal(found?.answer?.is, 'granted')
    assert.equal(found.answer.grant, granted?.value.id)
    assert.deepEqual(
      (await eventsAbout(request.id)).map(({ kind }) => kind),
      ['request-made', 'request-granted'],
    )
    assert.deepEqual(await store.requests.deny(request.id, 'no', 'root'), {
      ok: false,
      fault: 'answered-already',
    })
  })

  it('are denied with a reason', async () => {
    const request = await made()
    assert.deepEqual(await store.requests.deny(request.id, 'not on a Friday', 'root'), {
      ok: true,
      value: null,
    })
    const found = await store.requests.find(request.id)
    assert.ok(found?.answer?.is === 'denied')
    assert.equal(found.answer.reason, 'not on a Friday')
    const refused = await store.requests.grant(request.id, grantOf(request.agent), 'root')
    assert.deepEqual(refused, { ok: false, fault: 'answered-already' })
    assert.equal((await store.grants.list({ agent: request.agent, all: true })).length, 0)
  })

  for (const id of [
    '',
    'x',
    '01900000-0000-7000-8000-000000000000',
    "'; drop table access_request",
  ]) {
    it(`are not found under ${JSON.stringify(id)}`, async () => {
      assert.equal(await store.requests.find(id), null)
      assert.deepEqual(await store.requests.deny(id, 'no', 'root'), {
        ok: false,
        fault: 'not-found',
      })
    })
  }

  it('are bounded per agent, also when all come at the same moment', async () => {
    const wishes = Array.from({ length: defaultLimits.requestsWaitingPerAgent + 3 }, (_, index) =>
      sampleWish({ agent: 'eager', reason: `reason ${index}` }),
    )
    const outcomes = await Promise.all(wishes.map(wish => store.requests.make(wish)))
    const refused = outcomes.filter(outcome => !outcome.ok)
    assert.equal(refused.length, 3)
    assert.ok(refused.every(({ fault }) => fault === 'too-many-of-agent'))
    const [first] = await store.requests.list({ agent: 'eager', all: false })
    await store.requests.deny(first?.id ?? '', 'enough', 'root')
    assert.ok((await store.requests.make(sampleWish({ agent: 'eager', reason: 'again' }))).ok)
  })

  it('lapse after a week, and then leave room', async () => {
    const { agent } = await made()
    await owner.query(
      `insert into sallyport.access_request
         (id, agent, task, target, for_ms, reason, key_id, client_address, made_at)
       select gen_random_uuid(), $1, 't', 'web-1', 1000, 'r', 'k', 'a', clock_timestamp() - interval '8 days'
       from generate_series(1, 5)`,
      [agent],
    )
    assert.equal((await store.requests.list({ agent, all: false })).length, 1)
    const all = await store.requests.list({ agent, all: true })
    assert.equal(all.filter(request => stateOfRequest(request, Date.now()) === 'lapsed').length, 5)
    assert.ok((await store.requests.make(sampleWish({ agent, reason: 'another' }))).ok)
  })

  it('are bounded in all', async () => {
    await owner.query(
      `insert into sallyport.access_request
         (id, agent, task, target, for_ms, reason, key_id, client_address)
       select gen_random_uuid(), 'crowd-' || n, 't', 'web-1', 1000, 'r', 'k', 'a'
       from generate_series(1, $1) n`,
      [defaultLimits.requestsWaiting],
    )
    const outcome = await store.requests.make(sampleWish({ agent: 'late' }))
    assert.deepEqual(outcome, { ok: false, fault: 'too-many' })
  })
})
