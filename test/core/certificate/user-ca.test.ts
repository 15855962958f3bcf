import assert from 'node:assert/strict'
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
