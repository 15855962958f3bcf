import assert from 'node:assert/strict'
import { revokes } from '../../../server/core/certificate/revocation.ts'
import { readUserCas } from '../../../server/core/certificate/user-ca.ts'
import { fingerprint } from '../../../server/core/ssh-wire/fingerprint.ts'
import { formatKeyLine } from '../../../server/core/ssh-wire/key-line.ts'
import { softwareKey } from '../../support/software-keys.ts'

const own = softwareKey('ssh-ed25519', 'ca').publicKey
const foreign = softwareKey('ecdsa-sha2-nistp256', 'foreign').publicKey
const line = formatKeyLine(foreign, 'ci')

describe('readUserCas', () => {
  it('puts our own CAs first and gives each foreign one its principals', () => {
    const result = readUserCas([{ key: own }], [{ publicKey: line, agents: { ci: 'deployer' } }])
    assert.ok(result.ok)
    assert.deepEqual(
      result.value.map(({ key, principals }) => [fingerprint(key), principals]),
      [
        [fingerprint(own), 'agent-names'],
        [fingerprint(foreign), new Map([['ci', 'deployer']])],
      ],
    )
  })

  it('reports every mistake at once, and where it is', () => {
    const short = formatKeyLine(softwareKey('ssh-rsa', 'ca', 2048).publicKey, '')
    const result = readUserCas(
      [{ key: own }],
      [
        { publicKey: 'nonsense', agents: {} },
        { publicKey: short, agents: {} },
        { publicKey: formatKeyLine(own, ''), agents: {} },
        { publicKey: line, agents: {} },
        { publicKey: line, agents: {} },
      ],
    )
    assert.ok(!result.ok)
    assert.deepEqual(
      result.fault.map(fault => fault.slice(0, 34)),
      [
        'userCas[0].publicKey: expected a l',
        'userCas[1].publicKey: RSA 2048, at',
        'userCas[2].publicKey: this CA is l',
        'userCas[4].publicKey: this CA is l',
      ],
    )
  })
})

describe('revokes', () => {
  const certificate = { caFingerprint: 'SHA256:ca', keyId: 'alice/deploy#5', serial: 5n }
  for (const [what, revocation, expected] of [
    ['its serial and CA', { caFingerprint: 'SHA256:ca', serial: 5n }, true],
    ['its serial of another CA', { caFingerprint: 'SHA256:other', serial: 5n }, false],
    ['another serial', { caFingerprint: 'SHA256:ca', serial: 6n }, false],
    ['its key id', { keyId: 'alice/deploy#5' }, true],
    ['the beginning of its key id', { keyId: 'alice/deploy' }, false],
  ] as const) {
    it(`${expected ? 'finds' : 'does not find'} a certificate by ${what}`, () => {
      assert.equal(revokes(revocation, certificate), expected)
    })
  }

  it('takes back nobody’s certificate by serial 0', () => {
    const unnumbered = { ...certificate, serial: 0n }
    assert.equal(revokes({ caFingerprint: 'SHA256:ca', serial: 0n }, unnumbered), false)
    assert.equal(revokes({ keyId: 'alice/deploy#5' }, unnumbered), true)
  })
})
