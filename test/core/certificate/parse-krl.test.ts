import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { formatRevocationList } from '../../../server/core/certificate/format-krl.ts'
import {
  mergeRanges,
  type RevocationList,
  type SerialRange,
} from '../../../server/core/certificate/krl.ts'
import { parseCertificate } from '../../../server/core/certificate/parse.ts'
import { parseRevocationList } from '../../../server/core/certificate/parse-krl.ts'
import { WireWriter } from '../../../server/core/ssh-wire/writer.ts'
import { forgeCertificate } from '../../support/forged-certificate.ts'
import { softwareKey } from '../../support/software-keys.ts'

const ca = softwareKey('ssh-ed25519', 'ca')
const key = softwareKey('ssh-ed25519').publicKey
const otherKey = softwareKey('ecdsa-sha2-nistp521').publicKey
const MOST = 2n ** 64n - 1n

describe('parseRevocationList', () => {
  it('refuses a list cut at any byte, or reads a shorter one where a section ends', () => {
    const whole = formatRevocationList(sample)
    const shorter = ['sha256', 'sha1', 'keys', 'certificates'].map((_, at, fields) => {
      const missing = Object.fromEntries(fields.slice(0, at + 1).map(field => [field, []]))
      return formatRevocationList({ ...sample, ...missing }).length
    })
    for (let length = 0; length < whole.length; length += 1) {
      const { ok } = parseRevocationList(whole.subarray(0, length))
      assert.equal(ok, shorter.includes(length), `cut at ${length}`)
    }
  })

  it('makes a value or a fault of a list with any byte changed, and never throws', () => {
    const whole = formatRevocationList(sample)
    for (let at = 0; at < whole.length; at += 1) {
      for (const change of [1, 0x80, 0xff]) {
        const changed = new Uint8Array(whole)
        changed[at] = (changed[at] ?? 0) ^ change
        parseRevocationList(changed)
      }
    }
  })

  it('reads back what formatRevocationList wrote', () => {
    const serial = fc.bigInt({ min: 1n, max: MOST })
    const range = fc
      .tuple(serial, serial)
      .map(([a, b]): SerialRange => (a < b ? { first: a, last: b } : { first: b, last: a }))
    fc.assert(
      fc.property(fc.array(range), fc.array(fc.string()), (ranges, ids) => {
        const keyIds = ids.filter(id => !id.includes('\0'))
        const list = {
          ...sample,
          certificates: [{ ca: null, serials: mergeRanges(ranges), keyIds }],
        }
        assert.deepEqual(parsed(formatRevocationList(list)), list)
      }),
    )
  })

  const header = () =>
    new WireWriter()
      .uint64(0x5353484b524c0a00n)
      .uint32(1)
      .uint64(1n)
      .uint64(0n)
      .uint64(0n)
      .string('')
      .string('')
  const section = (type: number, body: Uint8Array) => header().byte(type).string(body).bytes()
  const ofAnyCa = (type: number, body: Uint8Array) =>
    section(1, new WireWriter().string('').string('').byte(type).string(body).bytes())
  const numbers = (...values: bigint[]) =>
    values.reduce((fields, value) => fields.uint64(value), new WireWriter()).bytes()

  for (const [what, bytes, fault] of [
    ['nothing', new Uint8Array(), /magic/],
    ['a list of keys in text', Buffer.from('ssh-ed25519 AAAA'), /not a revocation list/],
    ['format 2', new WireWriter().uint64(0x5353484b524c0a00n).uint32(2).bytes(), /format version/],
    ['an unknown section', section(9, new Uint8Array()), /section type: 9/],
    ['a signature', section(4, new Uint8Array()), /signed inside/],
    [
      'a critical extension',
      section(255, new WireWriter().string('x').byte(1).string('').bytes()),
      /critical/,
    ],
    ['serial 0', ofAnyCa(0x20, numbers(0n)), /not a range/],
    ['a range from 0', ofAnyCa(0x21, numbers(0n, 5n)), /not a range/],
    ['a range backwards', ofAnyCa(0x21, numbers(6n, 5n)), /not a range/],
    ['a range with bytes behind it', ofAnyCa(0x21, numbers(5n, 6n, 7n)), /too many/],
    [
      'a bitmap that starts at 0',
      ofAnyCa(0x22, new WireWriter().uint64(0n).string(Uint8Array.of(1)).bytes()),
      /range/,
    ],
    [
      'a bitmap beyond the last serial',
      ofAnyCa(0x22, new WireWriter().uint64(MOST).string(Uint8Array.of(2)).bytes()),
      /range/,
    ],
    [
      'a hash of 31 bytes',
      section(5, new WireWriter().string(new Uint8Array(31)).bytes()),
      /31 bytes/,
    ],
    [
      'a certificate as a key',
      section(2, new WireWriter().string(forgeCertificate({ key, ca })).bytes()),
      /not supported/,
    ],
    ['an unknown certificate section', ofAnyCa(0x24, new Uint8Array()), /36 is not known/],
    ['more than it reads', new Uint8Array(9 * 1024 * 1024), /9437184 bytes/],
  ] as const) {
    it(`refuses ${what}`, () => {
      const result = parseRevocationList(bytes)
      assert.ok(!result.ok)
      assert.match(result.fault, fault)
    })
  }

  it('passes over an extension that is not critical', () => {
    const body = new WireWriter().string('x').byte(0).string('').bytes()
    assert.equal(parseRevocationList(section(255, body)).ok, true)
    assert.equal(parseRevocationList(ofAnyCa(0x39, body)).ok, true)
  })

  it('gives up on a list that says too much in few bytes', () => {
    const everyOther = new Uint8Array(2_000_000).fill(0x55)
    const body = new WireWriter().uint64(1n).string(everyOther).bytes()
    const result = parseRevocationList(ofAnyCa(0x22, body))
    assert.ok(!result.ok)
    assert.match(result.fault, /more than 1000000/)
  })

  it('reads two hundred thousand fingerprints', () => {
    const body = new Uint8Array(36 * 200_000)
    for (let at = 3; at < body.length; at += 36) body[at] = 32
    assert.equal(parseRevocationList(section(5, body)).ok, true)
  })
})

const sample: RevocationList = {
  version: 3n,
  generatedAt: 1_800_000_000n,
  comment: 'taken back in May',
  certificates: [
    {
      ca: parsedKey(ca.publicKey.blob),
      serials: [
        { first: 5n, last: 5n },
        { first: 100n, last: 150n },
      ],
      keyIds: ['alice'],
    },
  ],
  keys: [new Uint8Array(otherKey.blob)],
  sha1: [new Uint8Array(createHash('sha1').update(key.blob).digest())],
  sha256: [new Uint8Array(createHash('sha256').update(key.blob).digest())],
}

function parsed(bytes: Uint8Array): RevocationList {
  const list = parseRevocationList(bytes)
  assert.ok(list.ok, list.ok ? '' : list.fault)
  return list.value
}

/** As a parser hands it out: in plain `Uint8Array`s, which deepEqual tells from Buffers. */
function parsedKey(blob: Uint8Array) {
  const certificate = parseCertificate(forgeCertificate({ key, ca }))
  assert.ok(certificate.ok)
  assert.deepEqual(certificate.value.signatureKey.blob, new Uint8Array(blob))
  return certificate.value.signatureKey
}
