import assert from 'node:assert/strict'
import { clientWithoutCertificates } from '../../../server/core/certificate/clients-without.ts'

describe('clientWithoutCertificates', () => {
  for (const [version, name] of [
    ['SSH-2.0-dropbear_2022.83', 'dropbear'],
    ['SSH-2.0-dropbear', 'dropbear'],
    ['SSH-2.0-ssh2js1.17.0', 'ssh2 for Node'],
    ['SSH-2.0-OpenSSH_9.2p1 Debian-2', null],
    ['SSH-2.0-PuTTY_Release_0.83', null],
    ['SSH-2.0-OpenSSH dropbear', null],
  ] as const) {
    it(`says ${name ?? 'nothing'} of ${version}`, () => {
      assert.equal(clientWithoutCertificates(version), name)
    })
  }
})
