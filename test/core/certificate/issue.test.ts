import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { checkUserCertificate } from '../../../server/core/certificate/check-user.ts'
import {
  AGENT_CERTIFICATE_MOST_SECONDS,
  agentKeyId,
  type AgentCertificateTerms,
  issueAgentCertificate,
  issueHostCertificate,
  issueUserCertificate,
  type UserCertificateTerms,
} from '../../../server/core/certificate/issue.ts'
import { parseCertificate } from '../../../server/core/certificate/parse.ts'
import { formatBlobLine } from '../../../server/core/ssh-wire/key-line.ts'
import { KEY_TYPES, offeredAs, softwareKey } from '../../support/software-keys.ts'

const ca = softwareKey('ssh-ed25519', 'ca')
const terms: AgentCertificateTerms = {
  key: softwareKey('ssh-ed25519').publicKey,
  nonce: new Uint8Array(32).fill(1),
  serial: 5n,
  validAfter: 1000n,
  validBefore: 2000n,
  agent: 'alice',
  task: 'deploy',
  onBehalfOf: 'bob',
}
const userTerms: UserCertificateTerms = {
  ...terms,
  keyId: 'k',
  principals: ['deploy'],
  permitPty: false,
  task: null,
  onBehalfOf: null,
}

describe('issueAgentCertificate', () => {
  for (const type of KEY_TYPES) {
    it(`certifies a ${type} key so that we let its agent in`, () => {
      const { publicKey: key } = softwareKey(type)
      const accepted = checkUserCertificate(
        {
          algorithm: offeredAs(type),
          blob: issueAgentCertificate({ ...terms, key }, ca),
          clientAddress: '::1',
          now: 1000n,
        },
        { cas: [{ key: ca.publicKey, principals: 'agent-names' }], isRevoked: () => false },
      )
      assert.ok(accepted.ok)
      const { agent, task, onBehalfOf, keyId, serial, permitPty } = accepted.value.identity
      assert.deepEqual(
        { agent, task, onBehalfOf, keyId, serial, permitPty },
        {
          agent: 'alice',
          task: 'deploy',
          onBehalfOf: 'bob',
          keyId: 'alice/deploy#5',
          serial: 5n,
          permitPty: true,
        },
      )
    })
  }

  it('names no task and no person where there is none', () => {
    const blob = issueAgentCertificate({ ...terms, task: null, onBehalfOf: null }, ca)
    const parsed = parseCertificate(blob)
    assert.ok(parsed.ok)
    assert.equal(parsed.value.keyId, 'alice/#5')
    assert.deepEqual(
      parsed.value.extensions.map(({ name }) => name),
      ['permit-pty'],
    )
  })

  it('refuses to certify for longer than a day', () => {
    const validBefore = terms.validAfter + AGENT_CERTIFICATE_MOST_SECONDS
    assert.ok(issueAgentCertificate({ ...terms, validBefore }, ca))
    const tooLong = { ...terms, validBefore: validBefore + 301n }
    assert.throws(() => issueAgentCertificate(tooLong, ca), RangeError)
  })

  it('gives two certificates two key ids', () => {
    const name = fc.tuple(
      fc.constantFrom('a', 'a-b', 'b'),
      fc.constantFrom(null, 'x', '/', 'x#2'),
      fc.bigInt({ min: 0n, max: 9n }),
    )
    const keyIdOf = ([agent, task, serial]: [string, string | null, bigint]) =>
      agentKeyId({ agent, task, serial })
    fc.assert(
      fc.property(name, name, (one, other) => {
        assert.equal(keyIdOf(one) === keyIdOf(other), isDeepStrictEqual(one, other))
      }),
    )
  })
})

describe('what we issue, as ssh-keygen -L reads it', () => {
  let folder = ''
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'issued '))
  })
  after(() => rmSync(folder, { recursive: true }))

  const listing = (blob: Uint8Array): string[] => {
    const parsed = parseCertificate(blob)
    assert.ok(parsed.ok)
    const file = join(folder, 'cert.pub')
    writeFileSync(file, `${formatBlobLine(parsed.value.blobType, blob, 'x')}\n`)
    const text = execFileSync('ssh-keygen', ['-L', '-f', file], {
      encoding: 'utf8',
      env: { ...process.env, TZ: 'UTC' },
    })
    return text
      .split('\n')
      .slice(1)
      .map(line => line.trim())
  }

  it('is an agent’s certificate', () => {
    const lines = listing(issueAgentCertificate(terms, ca))
    assert.equal(lines[0], 'Type: ssh-ed25519-cert-v01@openssh.com user certificate')
    assert.deepEqual(lines.slice(3), [
      'Key ID: "alice/deploy#5"',
      'Serial: 5',
      'Valid: from 1970-01-01T00:16:40 to 1970-01-01T00:33:20',
      'Principals:',
      'alice',
      'Critical Options: (none)',
      'Extensions:',
      'on-behalf-of@sallyport UNKNOWN OPTION: 00000003626f62 (len 7)',
      'permit-pty',
      'task@sallyport UNKNOWN OPTION: 000000066465706c6f79 (len 10)',
      '',
    ])
  })

  it('is a user certificate with its critical options', () => {
    const sourceAddress = '192.0.2.1/32,2001:db8::/32'
    const blob = issueUserCertificate({ ...userTerms, sourceAddress, forceCommand: 'id -u' }, ca)
    assert.deepEqual(listing(blob).slice(6, -1), [
      'Principals:',
      'deploy',
      'Critical Options:',
      'force-command id -u',
      `source-address ${sourceAddress}`,
      'Extensions: (none)',
    ])
  })

  it('is a host certificate', () => {
    const names = ['bastion.example', '10.0.0.1']
    const blob = issueHostCertificate({ ...terms, keyId: 'a host', names }, ca)
    const lines = listing(blob)
    assert.equal(lines[0], 'Type: ssh-ed25519-cert-v01@openssh.com host certificate')
    assert.deepEqual(lines.slice(6, 9), ['Principals:', ...names])
  })

  for (const caType of KEY_TYPES) {
    it(`is signed by a CA of type ${caType}`, () => {
      const signedBy = softwareKey(caType, 'ca')
      assert.match(
        listing(issueAgentCertificate(terms, signedBy))[2] ?? '',
        /^Signing CA: .* \(using /,
      )
    })
  }
})

describe('issueUserCertificate', () => {
  it('refuses to certify for nobody: some programs read that as everybody', () => {
    assert.throws(() => issueUserCertificate({ ...userTerms, principals: [] }, ca), RangeError)
  })
})
