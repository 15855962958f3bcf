import assert from 'node:assert/strict'
import pg from 'pg'
import { decision, grantFor, openSession } from '../support/sample-grants.ts'
import { StoreBench } from '../support/test-store.ts'

describe('evidence, written through a pooler', () => {
  let bench: StoreBench

  before(async () => {
    bench = await StoreBench.create()
  })
  after(() => bench.end())

  it('needs no statement that was prepared on another connection', async () => {
    const superuser = new pg.Client({ connectionString: bench.database.superuserUrl })
    await superuser.connect()
    // What a client sees that is lent another connection for each transaction: it knows no statement of before.
    await superuser.query(`
      create function forget() returns trigger language plpgsql as $$
      begin execute 'deallocate all'; return null; end $$;
      create trigger forget after insert on sallyport.event for each statement execute function forget()`)
    const store = await bench.open()
    const session = await openSession(store, await grantFor(store))
    const seqs: number[] = []
    for (const line of ['a', 'b', 'c']) {
      const written = await session.appendWhileGranted(decision(line))
      assert.ok(written.ok)
      seqs.push(written.value)
    }
    assert.deepEqual(seqs, [1, 2, 3])
    await session.close('done')
    const { rows } = await superuser.query(
      'select seq from sallyport.event where session_id = $1 order by seq',
      [session.id],
    )
    assert.deepEqual(
      rows.map(({ seq }) => Number(seq)),
      [0, 1, 2, 3, 4],
    )
    await superuser.end()
  })
})
