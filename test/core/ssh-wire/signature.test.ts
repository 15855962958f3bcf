import assert from 'node:assert/strict'
import type { PublicKey } from '../../../server/core/ssh-wire/public-key.ts'
import { withBlob } from '../../../server/core/ssh-wire/public-key.ts'
import { WireReader } from '../../../server/core/ssh-wire/reader.ts'
import {
  isSignedBy,
  parseSignature,
  SIGNATURE_ALGORITHMS,
} from '../../../server/core/ssh-wire/signature.ts'
import { WireWriter } from '../../../server/core/ssh-wire/writer.ts'
import { KEY_TYPES, softwareKey } from '../../support/software-keys.ts'

const data = Buffer.from('what was signed')

describe('isSignedBy', () => {
  for (const type of KEY_TYPES) {
    const key = softwareKey(type)

    it(`knows a signature of ${type}`, () => {
      assert.equal(isSigned(key.publicKey, key.sign(data)), true)
    })

    it(`knows that ${type} did not sign something else`, () => {
      assert.equal(isSigned(key.publicKey, key.sign(data), Buffer.from('what was Signed')), false)
    })

    it(`knows that another ${type} key did not sign`, () => {
      assert.equal(isSigned(softwareKey(type, 'b').publicKey, key.sign(data)), false)
    })

    it(`refuses a signature of ${type} with any byte changed, cut anywhere, or with a byte more`, () => {
      const good = key.sign(data)
      const step = type === 'ssh-rsa' ? 7 : 1
      for (let at = 0; at < good.length; at += step) {
        const changed = new Uint8Array(good)
        changed[at] = (changed[at] ?? 0) ^ 0x11
        assert.equal(isSigned(key.publicKey, changed), false, `byte ${at}`)
        assert.equal(isSigned(key.publicKey, good.subarray(0, at)), false, `cut at ${at}`)
      }
      assert.equal(isSigned(key.publicKey, Buffer.concat([good, Uint8Array.of(0)])), false)
    })

    it(`refuses a signature of ${type} under the name of any other algorithm`, () => {
      const own = algorithmOf(key.sign(data))
      for (const algorithm of [...SIGNATURE_ALGORITHMS, 'ssh-rsa', 'none', '']) {
        if (algorithm === own) continue
        const renamed = rename(key.sign(data), algorithm)
        assert.equal(isSigned(key.publicKey, renamed), false, algorithm)
      }
    })
  }

  for (const algorithm of ['rsa-sha2-256', 'rsa-sha2-512']) {
    it(`knows ${algorithm}`, () => {
      const key = softwareKey('ssh-rsa')
      assert.equal(isSigned(key.publicKey, key.sign(data, { algorithm })), true)
    })
  }

  it('refuses RSA with SHA-1, however well it is signed', () => {
    const key = softwareKey('ssh-rsa')
    assert.equal(isSigned(key.publicKey, key.sign(data, { algorithm: 'ssh-rsa' })), false)
  })

  it('puts back the leading zeros of an RSA signature that a client dropped', () => {
    const key = softwareKey('ssh-rsa')
    for (let attempt = 0; attempt < 5000; attempt += 1) {
      const text = Buffer.from(`try ${attempt}`)
      const fields = new WireReader(key.sign(text))
      const algorithm = fields.text('algorithm')
      const value = fields.string('signature')
      if (value[0] !== 0) continue
      const short = new WireWriter().string(algorithm).string(value.subarray(1)).bytes()
      assert.equal(isSigned(key.publicKey, short, text), true)
      return
    }
    assert.fail('no signature with a leading zero in 5000')
  })

  it('refuses an RSA signature longer than the modulus', () => {
    const key = softwareKey('ssh-rsa')
    const value = Buffer.concat([Uint8Array.of(0), valueOf(key.sign(data))])
    const long = new WireWriter().string('rsa-sha2-512').string(value).bytes()
    assert.equal(isSigned(key.publicKey, long), false)
  })

  for (const [what, numbers] of [
    ['r = 0', [[], [1]]],
    ['s = 0', [[1], []]],
    ['a negative r', [[0xff], [1]]],
    ['an r wider than the curve', [Array<number>(33).fill(1), [1]]],
    ['a needless zero', [[0, 1], [1]]],
  ] as const) {
    it(`refuses an ecdsa signature with ${what}`, () => {
      const [r, s] = numbers.map(number => Uint8Array.from(number))
      const value = new WireWriter()
        .string(r ?? '')
        .string(s ?? '')
        .bytes()
      const blob = new WireWriter().string('ecdsa-sha2-nistp256').string(value).bytes()
      assert.equal(isSigned(softwareKey('ecdsa-sha2-nistp256').publicKey, blob), false)
    })
  }

  it('believes nothing of a key whose point is not on the curve', () => {
    const point = new Uint8Array(65).fill(1)
    point[0] = 4
    const key = withBlob({ type: 'ecdsa-sha2-nistp256', curve: 'nistp256', point })
    assert.equal(isSigned(key, softwareKey('ecdsa-sha2-nistp256').sign(data)), false)
  })

  for (const type of [
    'sk-ssh-ed25519@openssh.com',
    'sk-ecdsa-sha2-nistp256@openssh.com',
  ] as const) {
    it(`binds flags and counter into a signature of ${type}`, () => {
      const key = softwareKey(type)
      const blob = key.sign(data, { flags: 0x05, counter: 258 })
      const parsed = parseSignature(blob)
      assert.ok(parsed.ok)
      assert.deepEqual(parsed.value.securityKey, { flags: 0x05, counter: 258 })
      const raised = { ...parsed.value, securityKey: { flags: 0x07, counter: 258 } }
      assert.equal(isSignedBy(key.publicKey, raised, data), false)
      const counted = { ...parsed.value, securityKey: { flags: 0x05, counter: 259 } }
      assert.equal(isSignedBy(key.publicKey, counted, data), false)
    })

    it(`binds the application into a signature of ${type}`, () => {
      const key = softwareKey(type)
      const { publicKey } = key
      assert.ok('application' in publicKey)
      const other = withBlob({ ...publicKey, application: Buffer.from('web:') })
      assert.equal(isSigned(other, key.sign(data)), false)
    })
  }
})

function isSigned(key: PublicKey, blob: Uint8Array, signed: Uint8Array = data): boolean {
  const parsed = parseSignature(blob)
  return parsed.ok && isSignedBy(key, parsed.value, signed)
}

function algorithmOf(blob: Uint8Array): string {
  return new WireReader(blob).text('algorithm')
}

function valueOf(blob: Uint8Array): Uint8Array {
  const fields = new WireReader(blob)
  fields.string('algorithm')
  return fields.string('signature')
}

function rename(blob: Uint8Array, algorithm: string): Uint8Array {
  const fields = new WireReader(blob)
  fields.string('algorithm')
  return new WireWriter().string(algorithm).raw(blob.subarray(fields.at)).bytes()
}
