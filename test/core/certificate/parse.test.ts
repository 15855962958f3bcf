import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { type Certificate, FOREVER } from '../../../server/core/certificate/certificate.ts'
import { parseCertificate } from '../../../server/core/certificate/parse.ts'
import { fingerprint } from '../../../server/core/ssh-wire/fingerprint.ts'
import { parseBlobLine } from '../../../server/core/ssh-wire/key-line.ts'
import { WireWriter } from '../../../server/core/ssh-wire/writer.ts'
import { flag, forgeCertificate } from '../../support/forged-certificate.ts'
import { softwareKey } from '../../support/software-keys.ts'

const vectors = join(import.meta.dirname, '../../vectors/certificates')
const names = readdirSync(vectors)
  .filter(name => name.endsWith('-cert.pub'))
  .map(name => name.replace('-cert.pub', ''))

describe('parseCertificate, on what ssh-keygen signed,', () => {
  it('has certificates to read', () => {
    assert.ok(names.length >= 18, `${names.length}`)
  })

  for (const name of names) {
    it(`reads in ${name} what ssh-keygen -L reads`, () => {
      const shown = readFileSync(join(vectors, `${name}.txt`), 'utf8')
      const certificate = parsed(blobOf(name))
      assert.deepEqual(summary(certificate), readListing(shown))
    })

    it(`refuses ${name} cut at any byte`, () => {
      const blob = blobOf(name)
      for (let length = 0; length < blob.length; length += 1) {
        assert.equal(parseCertificate(blob.subarray(0, length)).ok, false, `cut at ${length}`)
      }
    })

    it(`refuses ${name} with a byte too many`, () => {
      assert.equal(parseCertificate(Buffer.concat([blobOf(name), Uint8Array.of(0)])).ok, false)
    })

    it(`refuses ${name} with any byte changed, or sees that the signed bytes are others`, () => {
      const blob = blobOf(name)
      const good = parsed(blob)
      for (let at = 0; at < blob.length; at += 1) {
        const changed = new Uint8Array(blob)
        changed[at] = (changed[at] ?? 0) ^ 0x01
        const result = parseCertificate(changed)
        if (!result.ok) continue
        const { signature, signedBytes } = result.value
        const isSameClaim =
          Buffer.compare(signedBytes, good.signedBytes) === 0 &&
          Buffer.compare(signature, good.signature) === 0
        assert.equal(isSameClaim, false, `byte ${at}`)
      }
    })
  }
})

describe('parseCertificate', () => {
  const ca = softwareKey('ssh-ed25519', 'ca')
  const key = softwareKey('ssh-ed25519').publicKey
  const forged = (changes: Partial<Parameters<typeof forgeCertificate>[0]>) =>
    parseCertificate(forgeCertificate({ key, ca, ...changes }))

  it('keeps a copy: what comes next into the packet buffer changes nothing', () => {
    const packet = forgeCertificate({ key, ca })
    const before = parsed(packet)
    packet.fill(0)
    assert.deepEqual(before, parsed(forgeCertificate({ key, ca })))
  })

  for (const [what, changes, fault] of [
    ['type 0', { type: 0 }, 'type: 0 is neither user nor host'],
    ['type 3', { type: 3 }, 'type: 3 is neither user nor host'],
    ['a NUL in the key id', { keyId: 'alice\0bob' }, 'key id: contains a NUL'],
    ['a NUL in a principal', { principals: ['root\0alice'] }, 'valid principals: contains a NUL'],
    ['latin-1 in the key id', { keyId: Uint8Array.of(0xfc) }, 'key id: is not UTF-8'],
    [
      'the name of a plain key',
      { blobType: 'ssh-ed25519' },
      'certificate type: is not one of a certificate',
    ],
    [
      'the old certificate format',
      { blobType: 'ssh-ed25519-cert-v00@openssh.com' },
      'certificate type: is not one of a certificate',
    ],
    [
      'the name of another key type',
      { blobType: 'ecdsa-sha2-nistp256-cert-v01@openssh.com' },
      'curve: ', // where the point stands
    ],
    [
      'a CA that is itself a certificate',
      { signatureKey: forgeCertificate({ key, ca }) },
      'signature key: key type: "ssh-ed25519-cert-v01@openssh.com" is not supported',
    ],
    ['no CA', { signatureKey: new Uint8Array() }, 'signature key: key type: needs 4 bytes, 0 left'],
    [
      '257 principals',
      { principals: Array.from({ length: 257 }, (_, at) => `p${at}`) },
      'valid principals: more than 256',
    ],
    [
      '65 extensions',
      { extensions: Array.from({ length: 65 }, (_, at) => flag(`e${at}`)) },
      'extensions: more than 64',
    ],
    ['40,000 bytes', { reserved: new Uint8Array(40_000) }, 'the certificate has'],
  ] as const) {
    it(`refuses ${what}`, () => {
      const result = forged(changes)
      assert.ok(!result.ok)
      assert.ok(result.fault.startsWith(fault), result.fault)
    })
  }

  for (const [what, changes] of [
    ['256 principals', { principals: Array.from({ length: 256 }, (_, at) => `p${at}`) }],
    ['something in the reserved field', { reserved: Uint8Array.of(1, 2, 3) }],
    ['an empty nonce', { nonce: new Uint8Array() }],
    ['an empty key id', { keyId: '' }],
    ['an empty principal', { principals: [''] }],
  ] as const) {
    it(`reads ${what}, as OpenSSH does`, () => {
      assert.equal(forged(changes).ok, true)
    })
  }

  it('survives a thousand damaged certificates: each is a value or a fault, never a throw', () => {
    const good = forgeCertificate({ key, ca })
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(good.length - 1), fc.integer({ min: 0, max: 255 })), {
          minLength: 1,
          maxLength: 8,
        }),
        fc.nat(good.length),
        (changes, length) => {
          const blob = new Uint8Array(good)
          for (const [at, byte] of changes) blob[at] = byte
          parseCertificate(blob)
          assert.equal(parseCertificate(blob.subarray(0, length)).ok && length < good.length, false)
        },
      ),
      { numRuns: 500 },
    )
  })

  it('survives bytes that were never a certificate', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), noise => {
        const named = new WireWriter().string('ssh-rsa-cert-v01@openssh.com').raw(noise).bytes()
        assert.equal(parseCertificate(noise).ok, false)
        assert.equal(parseCertificate(named).ok, false)
      }),
      { numRuns: 500 },
    )
  })
})

function blobOf(name: string): Uint8Array {
  const line = parseBlobLine(readFileSync(join(vectors, `${name}-cert.pub`), 'utf8'))
  assert.ok(line.ok)
  return line.value.blob
}

function parsed(blob: Uint8Array): Certificate {
  const result = parseCertificate(blob)
  assert.ok(result.ok, result.ok ? '' : result.fault)
  return result.value
}

interface Summary {
  type: string
  key: string
  ca: string
  keyId: string
  serial: bigint
  valid: string
  principals: readonly string[]
  criticalOptions: readonly string[]
  extensions: readonly string[]
}

/** What we read, in the words of `ssh-keygen -L`. */
function summary(certificate: Certificate): Summary {
  return {
    type: `${certificate.blobType} ${certificate.type} certificate`,
    key: fingerprint(certificate.key),
    ca: fingerprint(certificate.signatureKey),
    keyId: certificate.keyId,
    serial: certificate.serial,
    valid:
      certificate.validAfter === 0n && certificate.validBefore === FOREVER
        ? 'forever'
        : `from ${second(certificate.validAfter)} to ${second(certificate.validBefore)}`,
    principals: certificate.principals,
    criticalOptions: certificate.criticalOptions.map(({ name }) => name),
    extensions: certificate.extensions.map(({ name }) => name),
  }
}

function second(seconds: bigint): string {
  return new Date(Number(seconds) * 1000).toISOString().slice(0, 19)
}

function readListing(text: string): Summary {
  const field = (name: string) => new RegExp(`^ {8}${name}: (.*)$`, 'm').exec(text)?.[1] ?? ''
  const list = (name: string) =>
    new RegExp(`^ {8}${name}: ?\\n((?: {16}.*\\n)*)`, 'm')
      .exec(text)?.[1]
      ?.split('\n')
      .map(line => line.trim())
      .filter(line => line !== '') ?? []
  const names = (name: string) => list(name).map(line => line.split(' ')[0] ?? '')
  return {
    type: field('Type'),
    key: field('Public key').split(' ')[1] ?? '',
    ca: field('Signing CA').split(' ')[1] ?? '',
    keyId: field('Key ID').slice(1, -1),
    serial: BigInt(field('Serial')),
    valid: field('Valid'),
    principals: list('Principals'),
    criticalOptions: names('Critical Options'),
    extensions: names('Extensions'),
  }
}
