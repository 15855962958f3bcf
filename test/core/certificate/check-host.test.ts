import assert from 'node:assert/strict'
import { checkHostCertificate } from '../../../server/core/certificate/check-host.ts'
import { flag, forgeCertificate, type Forgery, value } from '../../support/forged-certificate.ts'
import { KEY_TYPES, softwareKey } from '../../support/software-keys.ts'

const key = softwareKey('ssh-ed25519', 'host').publicKey
const ca = softwareKey('ecdsa-sha2-nistp384', 'host ca')

/** What becomes of a host certificate for `web-1` that is good unless something is said. */
function outcome(forgery: Partial<Forgery> = {}, now = 1500n, trusted = forgery.ca ?? ca): string {
  const blob = forgeCertificate({
    type: 2,
    principals: ['web-1'],
    extensions: [],
    key,
    ca,
    ...forgery,
  })
  const checked = checkHostCertificate(
    { blob, names: ['10.0.0.12', 'web-1'], now },
    trusted.publicKey,
  )
  return checked.ok ? 'accepted' : checked.fault
}

describe('checkHostCertificate', () => {
  for (const type of KEY_TYPES) {
    it(`accepts a host key of type ${type}`, () => {
      assert.equal(outcome({ key: softwareKey(type).publicKey }), 'accepted')
    })

    it(`accepts a CA of type ${type}`, () => {
      assert.equal(outcome({ ca: softwareKey(type, 'host ca') }), 'accepted')
    })
  }

  for (const [now, expected] of [
    [999n, /not valid yet/],
    [1000n, /^accepted$/],
    [1999n, /^accepted$/],
    [2000n, /expired; have the host sign a new one/],
  ] as const) {
    it(`says at second ${now}: ${expected.source}`, () => {
      assert.match(outcome({}, now), expected)
    })
  }

  it('takes any of the names it was asked for, each exactly', () => {
    assert.equal(outcome({ principals: ['other', '10.0.0.12'] }), 'accepted')
    assert.match(outcome({ principals: ['other', 'WEB-1', '*'] }), /is for other, WEB-1, \*, not/)
  })

  it('refuses a certificate without a name, which ssh would take as good for every host', () => {
    assert.match(outcome({ principals: [] }), /is for no name, not for 10\.0\.0\.12 or web-1/)
  })

  it('refuses another CA and names both', () => {
    const other = softwareKey('ssh-ed25519', 'other ca')
    assert.match(
      outcome({ ca: other }, 1500n, ca),
      /is of CA SHA256:\S+, but SHA256:\S+ is on record/,
    )
  })

  it('refuses a user certificate', () => {
    assert.match(outcome({ type: 1 }), /user certificate/)
  })

  it('refuses every critical option: none is defined for hosts', () => {
    const options = [value('force-command', 'x')]
    assert.match(outcome({ criticalOptions: options }), /critical option "force-command"/)
    assert.equal(outcome({ extensions: [flag('whatever')] }), 'accepted')
  })

  it('refuses a signature with SHA-1, and says how to make a better one', () => {
    const rsa = softwareKey('ssh-rsa', 'host ca')
    const sign = (bytes: Uint8Array) => rsa.sign(bytes, { algorithm: 'ssh-rsa' })
    assert.match(outcome({ ca: rsa, sign }), /SHA-1.*ssh-keygen -t rsa-sha2-512/)
  })

  it('refuses a signature of the CA over something else', () => {
    const sign = () => ca.sign(Buffer.from('something else'))
    assert.match(outcome({ sign }), /signature of its host certificate is wrong/)
  })

  it('refuses RSA keys and CAs below 3072 bits', () => {
    const short = softwareKey('ssh-rsa', 'short', 2048)
    assert.match(outcome({ key: short.publicKey }), /RSA 2048: at least 3072/)
    assert.match(outcome({ ca: short }), /RSA 2048: at least 3072/)
  })

  it('refuses a plain key and says that it is none', () => {
    const asked = { blob: key.blob, names: ['web-1'], now: 1500n }
    const checked = checkHostCertificate(asked, ca.publicKey)
    assert.ok(!checked.ok)
    assert.match(checked.fault, /cannot be read: certificate type/)
  })
})
