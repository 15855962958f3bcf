import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { KeysInUse } from '../../server/keys-in-use.ts'
import { followKeys } from '../../server/keys/follow-keys.ts'
import { type Keys, openKeys } from '../../server/keys/open-keys.ts'
import { followTrust } from '../../server/keys/trust.ts'

describe('the keys in use', function () {
  this.timeout(30_000)
  let parent: string
  let old: Keys
  let fresh: Keys

  before(async () => {
    parent = mkdtempSync(join(tmpdir(), 'sallyport keys-'))
    old = await openKeys(join(parent, 'before'))
    fresh = await openKeys(join(parent, 'after'))
  })
  after(() => rmSync(parent, { recursive: true, force: true }))

  const said: string[] = []
  function inUse(): KeysInUse {
    return new KeysInUse(old, {
      config: {
        userCas: [],
        publicSsh: [],
        ssh: { host: '127.0.0.1', port: 2222 },
        http: { publicUrl: 'http://localhost:8080' },
      } as never,
      clock: { nowMs: () => Date.now(), monotonicMs: () => 0 },
      log: message => said.push(message),
      isRevoked: () => false,
    })
  }

  it('are the new ones once they are shown', () => {
    const keys = inUse()
    keys.takeUp(fresh, () => true)
    assert.equal(keys.keys, fresh)
    assert.equal(keys.hostKeys, fresh.hostKeys)
    assert.deepEqual(keys.userTrust.cas.length, 1)
  })

  it('are all as before when the new ones cannot be shown', () => {
    const keys = inUse()
    const { cas } = keys.userTrust
    const fail = (): never => {
      throw new Error('no such key')
    }
    assert.throws(() => keys.takeUp(fresh, fail), /no such key/)
    assert.equal(keys.keys, old)
    assert.equal(keys.hostKeys, old.hostKeys)
    assert.equal(keys.userTrust.cas, cas)
  })

  it('keep the host keys, and nothing else, when those are of other types', () => {
    const keys = inUse()
    const shown: unknown[] = []
    keys.takeUp(fresh, ({ hostKeys }) => {
      shown.push(hostKeys[0])
      return shown.length > 1
    })
    assert.equal(keys.keys, fresh)
    assert.equal(keys.hostKeys, old.hostKeys)
    assert.equal(shown[1], old.hostKeys[0]?.privateKey)
    assert.match(said.at(-1) ?? '', /of other types than before/)
  })

  it('are taken up at a later look when the first could not take them up', async () => {
    let looks = 0
    const faults: string[] = []
    await new Promise<void>(resolve => {
      const stop = followKeys(
        old,
        () => {
          looks += 1
          if (looks === 1) throw new Error('not now')
          stop()
          resolve()
        },
        fault => faults.push(fault),
      )
    })
    assert.deepEqual(faults, ['not now'])
  })

  it('are believed at a later look when the first could not believe them', async () => {
    let looks = 0
    await new Promise<void>(resolve => {
      const stop = followTrust(
        join(parent, 'before'),
        () => {
          looks += 1
          if (looks === 1) throw new Error('not now')
          stop()
          resolve()
        },
        () => {},
      )
    })
    assert.equal(looks, 2)
  })
})
