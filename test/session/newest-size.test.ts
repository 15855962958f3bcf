import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Terminal } from '../../server/core/ports/channels.ts'
import { NewestSize } from '../../server/session/newest-size.ts'

const sizeOf = (columns: number): Terminal => ({
  term: 'xterm',
  columns,
  rows: 24,
  widthPixels: 0,
  heightPixels: 0,
  modes: new Uint8Array(),
})

describe('the sizes of a terminal', () => {
  let applied: number[]
  let failed: unknown[]
  let sizes: NewestSize

  beforeEach(() => {
    applied = []
    failed = []
    sizes = new NewestSize(
      async ({ columns }) => {
        if (columns === 0) throw new Error('disk full')
        await sleep(1)
        applied.push(columns)
      },
      error => failed.push(error),
    )
  })

  const take = (...columns: readonly number[]): void => {
    for (const each of columns) sizes.take(sizeOf(each))
  }

  it('are applied at once, and of a storm the first and the last', async () => {
    take(80, 81, 82, 83)
    while (applied.length < 2) await sleep(1)
    await sleep(20)
    assert.deepEqual(applied, [80, 83])
  })

  it('are applied before the keys that come after them', async () => {
    take(80, 81)
    await sizes.settle()
    assert.deepEqual(applied, [80, 81])
    take(82)
    await sizes.settle()
    assert.deepEqual(applied, [80, 81, 82])
  })

  it('fail for whoever waits, and for the session', async () => {
    take(0)
    while (failed.length === 0) await sleep(1)
    assert.match(String(failed[0]), /disk full/)
    await assert.rejects(sizes.settle(), /disk full/)
  })
})
