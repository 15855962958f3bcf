import assert from 'node:assert/strict'
import { Begun } from '../../server/core/begun.ts'

describe('what was begun', () => {
  it('ends once, the newest first, with the reason', async () => {
    const ended: string[] = []
    const begun = new Begun()
    begun.add(reason => ended.push(`database: ${reason}`))
    begun.add(async reason => ended.push(`spool: ${reason}`))
    await begun.end('the night')
    await begun.end('the day')
    assert.deepEqual(ended, ['spool: the night', 'database: the night'])
  })

  it('ends as a whole although ends fail, and every fault is told', async () => {
    const ended: string[] = []
    const begun = new Begun()
    begun.add(() => ended.push('database'))
    begun.add(() => Promise.reject(new Error('the spool is full')))
    begun.add(() => {
      throw new Error('the front is stuck')
    })
    await assert.rejects(begun.end('x'), (error: unknown) => {
      assert.ok(error instanceof AggregateError)
      assert.equal(error.message, 'the front is stuck; the spool is full')
      return error.errors.length === 2
    })
    assert.deepEqual(ended, ['database'])
  })

  it('gives a single fault as it is', async () => {
    const begun = new Begun()
    const fault = new Error('the spool is full')
    begun.add(() => Promise.reject(fault))
    await assert.rejects(begun.end('x'), error => error === fault)
  })

  it('never hides why it could not go on', async () => {
    const told: string[] = []
    const begun = new Begun()
    const why = new Error('the port is taken')
    begun.add(() => Promise.reject(new Error('the spool is full')))
    await assert.rejects(
      begun.failed(why, fault => told.push(fault)),
      error => error === why,
    )
    assert.deepEqual(told, ['the spool is full'])
  })
})
