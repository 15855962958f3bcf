import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { checkUserCertificate } from '../../server/core/certificate/check-user.ts'
import {
  AGENT_CERTIFICATE_MOST_SECONDS,
  issueAgentCertificate,
} from '../../server/core/certificate/issue.ts'
import { readUserCas } from '../../server/core/certificate/user-ca.ts'
import {
  isNeeded,
  KEY_KINDS,
  KEY_NAMES as ALL_KEY_NAMES,
  type KeyName,
} from '../../server/keys/key-names.ts'
import { kindOf } from '../../server/keys/key-material.ts'
import { listKeys } from '../../server/keys/list-keys.ts'
import { type Keys, openKeys } from '../../server/keys/open-keys.ts'
import { activateNextKey, prepareNextKey } from '../../server/keys/rotate-key.ts'
import { offeredAs, softwareKey } from '../support/software-keys.ts'

const KEY_NAMES = ALL_KEY_NAMES.filter(isNeeded)
const NOW_MS = Date.parse('2026-11-20T16:10:00Z')
const NOW = BigInt(NOW_MS / 1000)

describe('rotating a key', () => {
  let folder = ''
  let before: Keys
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sallyport rotation '))
    before = await openKeys(folder)
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  const rotate = async (name: KeyName, isCompromised = false) => {
    await prepareNextKey(folder, name)
    return activateNextKey(folder, name, { isCompromised, nowMs: NOW_MS })
  }
  const stateOf = async (name: KeyName) =>
    (await listKeys(folder))
      .filter(key => key.name === name)
      .map(key => [key.state, key.fingerprint])

  for (const name of KEY_NAMES) {
    it(`puts a new ${name} in the old one’s place and keeps only the public half of the old one`, async () => {
      const oldSecret = readFileSync(join(folder, name), 'utf8')
      const { inUse, retired } = await rotate(name)
      assert.notEqual(inUse.fingerprint, retired.fingerprint)
      assert.deepEqual(await stateOf(name), [
        ['in-use', inUse.fingerprint],
        ['retired', retired.fingerprint],
      ])
      assert.equal(statSync(join(folder, name)).mode & 0o777, 0o600)
      const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
      for (const file of files.filter(file => statSync(join(folder, file)).isFile())) {
        assert.notEqual(readFileSync(join(folder, file), 'utf8'), oldSecret, file)
      }
      const after = await openKeys(folder)
      assert.deepEqual(after.made, [])
      const others = (await listKeys(folder)).filter(key => key.state === 'in-use')
      assert.equal(others.length, KEY_NAMES.length)
      assert.equal(readFileSync(join(folder, `${name}.pub`), 'utf8'), `${inUse.publicKeyLine}\n`)
    })
  }

  it('keeps the old key in use until the next one is activated, so that others can learn it', async () => {
    const { isNew, key } = await prepareNextKey(folder, 'host_ca')
    assert.equal(isNew, true)
    const between = await openKeys(folder)
    assert.equal(between.hostCa.fingerprint, before.hostCa.fingerprint)
    assert.equal(between.nextHostCa?.fingerprint, key.fingerprint)
    assert.deepEqual(await stateOf('host_ca'), [
      ['in-use', before.hostCa.fingerprint],
      ['next', key.fingerprint],
    ])
    await activateNextKey(folder, 'host_ca', { isCompromised: false, nowMs: NOW_MS })
    const after = await openKeys(folder)
    assert.equal(after.hostCa.fingerprint, key.fingerprint)
    assert.equal(after.nextHostCa, null)
  })

  it('finds the key that waits when it is prepared twice', async () => {
    const first = await prepareNextKey(folder, 'upstream')
    const second = await prepareNextKey(folder, 'upstream')
    assert.equal(second.isNew, false)
    assert.equal(second.key.fingerprint, first.key.fingerprint)
  })

  for (const kind of KEY_KINDS) {
    it(`makes the next ${kind} key of the old one’s kind`, async () => {
      const asked = await prepareNextKey(folder, 'target_ca', kind)
      assert.equal(kindOf(asked.key), kind)
      await activateNextKey(folder, 'target_ca', { isCompromised: false, nowMs: NOW_MS })
      const { key } = await prepareNextKey(folder, 'target_ca')
      assert.equal(kindOf(key), kind)
      const file = join(folder, 'target_ca.next')
      const derived = execFileSync('ssh-keygen', ['-y', '-f', file], { encoding: 'utf8' })
      assert.equal(derived, `${key.publicKeyLine}\n`)
    })
  }

  it('does not put another kind in the place of a key that waits', async () => {
    await prepareNextKey(folder, 'target_ca')
    await assert.rejects(
      prepareNextKey(folder, 'target_ca', 'rsa'),
      /kind ed25519 waits already; use that one, or remove it/,
    )
  })

  it('makes no key where there was none', async () => {
    await assert.rejects(prepareNextKey(folder, 'host_rsa'), /host_rsa is not there/)
    assert.equal(existsSync(join(folder, 'host_rsa.next')), false)
  })

  it('activates nothing that was not prepared', async () => {
    const activation = activateNextKey(folder, 'upstream', { isCompromised: false, nowMs: NOW_MS })
    await assert.rejects(activation, /no key waits/)
  })

  it('is done once when two administrators do it at once', async () => {
    await prepareNextKey(folder, 'user_ca')
    const both = await Promise.allSettled(
      [1, 2].map(() => activateNextKey(folder, 'user_ca', { isCompromised: false, nowMs: NOW_MS })),
    )
    const done = both.filter(({ status }) => status === 'fulfilled')
    assert.ok(done.length >= 1)
    assert.equal((await stateOf('user_ca')).length, 2)
    assert.deepEqual((await openKeys(folder)).made, [])
  })

  it('does not stumble over a public half that a rotation left behind', async () => {
    writeFileSync(join(folder, 'node.next.pub'), before.node.publicKeyLine)
    const { isNew } = await prepareNextKey(folder, 'node')
    assert.equal(isNew, true)
    await activateNextKey(folder, 'node', { isCompromised: false, nowMs: NOW_MS })
    assert.equal(existsSync(join(folder, 'node.next.pub')), false)
  })

  it('trusts the old user CA beside the new one, until its last certificate has run out', async () => {
    await rotate('user_ca')
    const after = await openKeys(folder)
    const end = NOW + AGENT_CERTIFICATE_MOST_SECONDS
    for (const [ca, now, expected] of [
      [before.userCa, NOW, 'accepted'],
      [after.userCa, NOW, 'accepted'],
      [before.userCa, end - 1n, 'accepted'],
      [before.userCa, end, 'ca-not-trusted'],
      [after.userCa, end, 'accepted'],
    ] as const) {
      assert.equal(decide(after, ca, now), expected, `at ${now}`)
    }
  })

  it('ends the trust in a stolen user CA at once', async () => {
    await rotate('user_ca', true)
    const after = await openKeys(folder)
    assert.equal(decide(after, before.userCa, NOW), 'ca-not-trusted')
    assert.equal(decide(after, after.userCa, NOW), 'accepted')
    const states = (await stateOf('user_ca')).map(([state]) => state)
    assert.deepEqual(states, ['in-use', 'compromised'])
  })
})

function decide({ trust }: Keys, ca: Keys['userCa'], now: bigint): string {
  const cas = readUserCas(trust.userCas, [])
  assert.ok(cas.ok)
  const blob = issueAgentCertificate(
    {
      agent: 'alice',
      task: null,
      onBehalfOf: null,
      key: softwareKey('ssh-ed25519').publicKey,
      nonce: new Uint8Array(32),
      serial: 1n,
      validAfter: now - 1n,
      validBefore: now + 600n,
    },
    ca,
  )
  const algorithm = offeredAs('ssh-ed25519')
  const offer = { algorithm, blob, clientAddress: '::1', now }
  const result = checkUserCertificate(offer, { cas: cas.value, isRevoked: () => false })
  return result.ok ? 'accepted' : result.fault.because
}
