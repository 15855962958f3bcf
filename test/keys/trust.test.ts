import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { formatRevocationList } from '../../server/core/certificate/format-krl.ts'
import type { Revocable } from '../../server/core/certificate/revocation.ts'
import { fingerprint } from '../../server/core/ssh-wire/fingerprint.ts'
import { type Keys, openKeys } from '../../server/keys/open-keys.ts'
import { activateNextKey, prepareNextKey } from '../../server/keys/rotate-key.ts'
import { followTrust, type Trust } from '../../server/keys/trust.ts'
import { softwareKey } from '../support/software-keys.ts'

describe('what the keys folder says to believe', () => {
  let folder = ''
  let keys: Keys
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sallyport trust '))
    keys = await openKeys(folder)
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  const write = (content: string | Uint8Array) =>
    writeFileSync(join(folder, 'revoked_keys'), content)
  const revoke = (serial: bigint) => {
    const serials = [{ first: serial, last: serial }]
    const certificates = [{ ca: keys.userCa.publicKey, serials, keyIds: [] }]
    const list = { version: 1n, generatedAt: 0n, comment: '', keys: [], sha1: [], sha256: [] }
    write(formatRevocationList({ ...list, certificates }))
  }
  const withSerial = (serial: bigint): Revocable => {
    const ca = keys.userCa.publicKey
    const key = softwareKey('ssh-ed25519').publicKey
    return { ca, caFingerprint: fingerprint(ca), key, keyId: 'a', serial }
  }

  /** Follows until `isDone`, then stops. */
  const follow = async (isDone: (trust: Trust | undefined, troubles: string[]) => boolean) => {
    const troubles: string[] = []
    const seen: Trust[] = []
    const stop = followTrust(
      folder,
      trust => seen.push(trust),
      fault => troubles.push(fault),
    )
    while (!isDone(seen.at(-1), troubles)) await new Promise(wake => setTimeout(wake, 50))
    stop()
    return { trust: seen.at(-1), troubles }
  }

  it('lists nobody without a file revoked_keys', () => {
    assert.equal(keys.trust.isListed(withSerial(5n)), false)
  })

  it('is in the file revoked_keys when the bastion starts', async () => {
    revoke(5n)
    const { trust } = await openKeys(folder)
    assert.equal(trust.isListed(withSerial(5n)), true)
    assert.equal(trust.isListed(withSerial(6n)), false)
  })

  it('stops the start when the list cannot be read', async () => {
    write('ssh-ed25519 AAAA')
    await assert.rejects(openKeys(folder), /revoked_keys: is not a revocation list.*ssh-keygen -k/)
  })

  it('reaches a running bastion: a new list, and a rotated CA', async () => {
    revoke(5n)
    await prepareNextKey(folder, 'user_ca')
    await activateNextKey(folder, 'user_ca', { isCompromised: false, nowMs: Date.now() })
    const { trust } = await follow(latest => latest !== undefined)
    assert.equal(trust?.isListed(withSerial(5n)), true)
    assert.equal(trust?.userCas.length, 2)
  })

  it('holds as it was while a list cannot be read, and says so once', async () => {
    revoke(5n)
    let isDamaged = false
    const { troubles, trust } = await follow((latest, faults) => {
      if (latest !== undefined && !isDamaged) {
        write('damaged')
        isDamaged = true
      }
      return faults.length > 0
    })
    assert.match(troubles[0] ?? '', /revoked_keys/)
    assert.equal(trust?.isListed(withSerial(5n)), true)
  })
})
