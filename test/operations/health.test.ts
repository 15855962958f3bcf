import assert from 'node:assert/strict'
import { tmpdir } from 'node:os'
import { clockCheck, freeSpaceCheck } from '../../server/operations/health.ts'

describe('freeSpaceCheck', () => {
  it('takes a disk that has room', async () => {
    assert.deepEqual(await freeSpaceCheck(tmpdir())(), { ok: true })
  })

  it('rejects for a folder that is gone, which readiness takes for failing', async () => {
    await assert.rejects(freeSpaceCheck('/nowhere/at/all')(), /ENOENT/)
  })
})

describe('clockCheck', () => {
  for (const [what, databaseMs, good] of [
    ['the same time', 1_000_000, true],
    ['five seconds apart', 1_005_000, true],
    ['more than five seconds ahead', 1_005_001, false],
    ['more than five seconds behind', 994_999, false],
  ] as const) {
    it(`${good ? 'takes' : 'fails for'} a database with ${what}`, async () => {
      const found = await clockCheck(
        () => 1_000_000,
        async () => databaseMs,
      )()
      assert.equal(found.ok, good)
    })
  }

  it('does not take a slow answer for a wrong clock', async () => {
    const times = [1_000_000, 1_009_000]
    const found = await clockCheck(
      () => times.shift() ?? 0,
      async () => 1_004_000,
    )()
    assert.deepEqual(found, { ok: true })
  })
})
