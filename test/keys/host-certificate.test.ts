import assert from 'node:assert/strict'
import { parseCertificate } from '../../server/core/certificate/parse.ts'
import { certifyHostKey, HOST_CERTIFICATE_SECONDS } from '../../server/keys/host-certificate.ts'
import { softwareKey } from '../support/software-keys.ts'

describe('certifyHostKey', () => {
  const ca = softwareKey('ssh-ed25519', 'host ca')
  const { publicKey } = softwareKey('ecdsa-sha2-nistp256')
  const names = ['bastion.example', '192.0.2.1']
  const certify = () => {
    const parsed = parseCertificate(certifyHostKey(publicKey, names, ca, 1_800_000_000n))
    assert.ok(parsed.ok)
    return parsed.value
  }

  it('certifies the key for its names, for thirty days, and for clocks that are slow', () => {
    const certificate = certify()
    assert.equal(certificate.type, 'host')
    assert.deepEqual(certificate.key.blob, publicKey.blob)
    assert.deepEqual(certificate.principals, names)
    assert.equal(certificate.validBefore, 1_800_000_000n + HOST_CERTIFICATE_SECONDS)
    assert.ok(certificate.validAfter < 1_800_000_000n)
  })

  it('never signs the same bytes twice', () => {
    assert.notDeepEqual(certify().signedBytes, certify().signedBytes)
  })
})
