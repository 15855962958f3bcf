import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chainStart, commitmentTo, nextLink } from '../../../server/core/audit/chain.ts'

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

/** The same formulas by the programs of coreutils, from FORMAT.md. */
function sha256sum(...pieces: readonly Uint8Array[]): string {
  const { stdout } = spawnSync('sha256sum', { input: Buffer.concat(pieces) })
  return stdout.toString().slice(0, 64)
}

const header = Buffer.from('{"version":1}')
const START = 'c78c1f09b869c63abf474a5eadbf1c20ab8e18efbaec98f2d3ddfe0cb655eefa'
const LINK = '62a3b9a926a19c6799ded2c3f09e9323a7c861d4959c230dc24d710e41844d00'

const salt = Buffer.alloc(16, 7)
const body = Buffer.from('{"at":"2026-11-20T16:00:00.000Z","kind":"target-failed"}')

describe('the session chain', () => {
  it('begins with the prefix and the header', () => {
    assert.equal(hex(chainStart(header)), sha256sum(Buffer.from('sallyport session v1\n'), header))
  })

  it('commits to salt and body', () => {
    assert.equal(hex(commitmentTo(salt, body)), sha256sum(salt, body))
  })

  for (const [seq, number] of [
    [0, '0000000000000000'],
    [1, '0000000000000001'],
    [4294967296, '0000000100000000'],
    [Number.MAX_SAFE_INTEGER, '001fffffffffffff'],
  ] as const) {
    it(`links event ${seq} with its number as eight bytes, big-endian`, () => {
      const previous = chainStart(header)
      const commitment = commitmentTo(salt, body)
      const expected = sha256sum(Buffer.from([1]), previous, Buffer.from(number, 'hex'), commitment)
      assert.equal(hex(nextLink(previous, seq, commitment)), expected)
    })
  }

  // Computed once with Python's hashlib; whoever changes the format must change the version.
  it('has not changed', () => {
    const start = chainStart(Buffer.from('header'))
    assert.equal(hex(start), START)
    assert.equal(hex(nextLink(start, 0, commitmentTo(salt, Buffer.from('body')))), LINK)
  })
})
