import assert from 'node:assert/strict'
import fc from 'fast-check'
import { WireReader } from '../../../server/core/ssh-wire/reader.ts'
import { WireFault } from '../../../server/core/ssh-wire/wire-fault.ts'
import { WireWriter } from '../../../server/core/ssh-wire/writer.ts'

const bytes = (...values: number[]) => Uint8Array.from(values)

describe('WireReader', () => {
  it('reads back what WireWriter wrote', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 255 }),
        fc.integer({ min: 0, max: 2 ** 32 - 1 }),
        fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
        fc.uint8Array(),
        fc.string({ unit: 'grapheme' }).filter(text => !text.includes('\0')),
        (byte, uint32, uint64, string, text) => {
          const whole = new WireWriter()
            .byte(byte)
            .uint32(uint32)
            .uint64(uint64)
            .string(string)
            .string(text)
            .bytes()
          const fields = new WireReader(whole)
          assert.equal(fields.byte('a'), byte)
          assert.equal(fields.uint32('b'), uint32)
          assert.equal(fields.uint64('c'), uint64)
          assert.deepEqual(new Uint8Array(fields.string('d')), string)
          assert.equal(fields.text('e'), text)
          assert.ok(fields.isAtEnd)
          fields.end()
        },
      ),
    )
  })

  it('reads a view of a larger buffer within its bounds', () => {
    const view = new Uint8Array([9, 0, 0, 0, 1, 65, 9]).subarray(1, 6)
    assert.equal(new WireReader(view).text('field'), 'A')
  })

  for (const length of [5, 0x7fff_ffff, 0xffff_ffff]) {
    it(`says which field wants ${length} bytes when 4 are left`, () => {
      const whole = new WireWriter()
        .uint32(length)
        .raw(bytes(1, 2, 3, 4))
        .bytes()
      assert.throws(() => new WireReader(whole).string('key id'), {
        name: 'WireFault',
        message: `key id: needs ${length} bytes, 4 left`,
      })
    })
  }

  it('does not move on after a field that is too long', () => {
    const fields = new WireReader(bytes(0, 0, 0, 9))
    assert.throws(() => fields.uint64('serial'), WireFault)
    assert.equal(fields.at, 0)
  })

  it('counts what is left at the end', () => {
    assert.throws(() => new WireReader(bytes(1, 2)).end(), {
      message: '2 bytes too many at the end',
    })
  })

  for (const [what, content] of [
    ['a NUL inside', bytes(97, 0, 98)],
    ['a NUL at the end', bytes(97, 0)],
    ['a lone surrogate', bytes(0xed, 0xa0, 0x80)],
    ['an overlong slash', bytes(0xc0, 0xaf)],
    ['latin-1', bytes(0xfc)],
  ] as const) {
    it(`refuses ${what} in text`, () => {
      const whole = new WireWriter().string(content).bytes()
      assert.throws(() => new WireReader(whole).text('key id'), WireFault)
    })
  }

  it('keeps a byte order mark: it is part of the name', () => {
    const whole = new WireWriter().string('\u{feff}alice').bytes()
    assert.equal(new WireReader(whole).text('principal'), '\u{feff}alice')
  })
})

describe('positiveMpint', () => {
  for (const [content, expected] of [
    [[1], [1]],
    [
      [0x7f, 0xff],
      [0x7f, 0xff],
    ],
    [[0, 0x80], [0x80]],
    [[], null],
    [[0], null],
    [[0x80], null],
    [[0xff, 0xff], null],
    [[0, 0x7f], null],
    [[0, 0, 0x80], null],
  ] as const) {
    it(`reads [${content.join(' ')}] as ${expected === null ? 'a fault' : `[${expected.join(' ')}]`}`, () => {
      const fields = new WireReader(new WireWriter().string(bytes(...content)).bytes())
      if (expected === null) assert.throws(() => fields.positiveMpint('modulus'), WireFault)
      else assert.deepEqual(fields.positiveMpint('modulus'), bytes(...expected))
    })
  }

  it('reads back every number but zero, whatever zeros stood before it', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1 }), magnitude => {
        const digits = magnitude.subarray(magnitude.findIndex(byte => byte !== 0))
        fc.pre(magnitude.some(byte => byte !== 0))
        const written = new WireWriter().mpint(magnitude).bytes()
        assert.deepEqual(
          new Uint8Array(new WireReader(written).positiveMpint('n')),
          new Uint8Array(digits),
        )
      }),
    )
  })

  it('writes zero as an empty string (RFC 4251 §5)', () => {
    assert.deepEqual(new WireWriter().mpint(bytes(0, 0)).bytes(), bytes(0, 0, 0, 0))
  })
})
