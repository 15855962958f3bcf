import assert from 'node:assert/strict'
import { join } from 'node:path'
import pg from 'pg'
import { startCaretaker } from '../../server/store/nodes/caretaker.ts'

describe('the caretaker', () => {
  it('says everything that went wrong in a round, once', async () => {
    const pool = new pg.Pool()
    await pool.end()
    const said: string[] = []
    const caretaker = startCaretaker({
      recovery: {
        pool,
        lanes: null as never,
        nowMs: () => 0,
        markEnded: async () => {},
      },
      spools: join(import.meta.dirname, 'no such folder'),
      nodeId: 'node',
      journal: { record: async () => {} },
      salvage: () => Promise.reject(new Error('the chain is fenced')),
      log: message => said.push(message),
    })
    await caretaker.firstRound
    await caretaker.close()
    assert.equal(said.length, 1)
    assert.match(said[0] ?? '', /the chain is fenced; ENOENT.*no such folder.*; Cannot use a pool/)
  })
})
