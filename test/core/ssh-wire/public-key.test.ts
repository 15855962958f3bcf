import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { decodeBase64 } from '../../../server/core/ssh-wire/base64.ts'
import { fingerprint } from '../../../server/core/ssh-wire/fingerprint.ts'
import {
  formatKeyLine,
  parseBlobLine,
  parseKeyLine,
} from '../../../server/core/ssh-wire/key-line.ts'
import {
  type KeyMaterial,
  parsePublicKey,
  rsaBits,
  withBlob,
} from '../../../server/core/ssh-wire/public-key.ts'
import { WireWriter } from '../../../server/core/ssh-wire/writer.ts'
import { KEY_TYPES, softwareKey } from '../../support/software-keys.ts'

const vectors = join(import.meta.dirname, '../../vectors/certificates')
const read = (name: string) => readFileSync(join(vectors, name), 'utf8')
const names = readdirSync(vectors).filter(name => /^(user|ca)-.*\.pub$/.test(name))
const fingerprints = read('fingerprints.txt')

describe('a public key made by ssh-keygen', () => {
  it('exists in every type', () => {
    const types = new Set(names.map(name => read(name).split(' ')[0]))
    assert.deepEqual(types, new Set(KEY_TYPES))
  })

  for (const name of names) {
    it(`${name} is read, has the fingerprint ssh-keygen prints, and is written the same`, () => {
      const line = parseKeyLine(read(name))
      assert.ok(line.ok)
      const { comment, key } = line.value
      assert.ok(fingerprints.includes(` ${fingerprint(key)} ${comment} (`), fingerprint(key))
      assert.equal(`${formatKeyLine(key, comment)}\n`, read(name))
      assert.deepEqual(withBlob(key).blob, key.blob)
      assert.equal(rsaBits(key), key.type === 'ssh-rsa' ? 3072 : null)
    })

    it(`${name} cut at any byte is refused`, () => {
      const blob = blobOf(name)
      for (let length = 0; length < blob.length; length += 1) {
        assert.equal(parsePublicKey(blob.subarray(0, length)).ok, false, `cut at ${length}`)
      }
    })

    it(`${name} with a byte too many is refused`, () => {
      assert.equal(parsePublicKey(Buffer.concat([blobOf(name), Uint8Array.of(0)])).ok, false)
    })

    it(`${name} with any byte changed is refused or another key`, () => {
      const blob = blobOf(name)
      for (let at = 0; at < blob.length; at += 1) {
        for (const change of [1, 0x80, 0xff]) {
          const changed = new Uint8Array(blob)
          changed[at] = (changed[at] ?? 0) ^ change
          const parsed = parsePublicKey(changed)
          if (!parsed.ok) continue
          assert.deepEqual(parsed.value.blob, changed)
          assert.deepEqual(withBlob(parsed.value).blob, changed, `one spelling (byte ${at})`)
        }
      }
    })
  }
})

describe('parsePublicKey', () => {
  it('keeps a copy: what comes next into the packet buffer changes nothing', () => {
    const packet = new Uint8Array(softwareKey('ssh-ed25519').publicKey.blob)
    const parsed = parsePublicKey(packet)
    packet.fill(0)
    assert.ok(parsed.ok && parsed.value.type === 'ssh-ed25519')
    assert.notDeepEqual(parsed.value.point, new Uint8Array(32))
  })

  const rsa = (exponent: number[], bits: number) =>
    new WireWriter()
      .string('ssh-rsa')
      .mpint(Uint8Array.from(exponent))
      .mpint(
        Uint8Array.from({ length: Math.ceil(bits / 8) }, (_, at) =>
          at === 0 ? firstByte(bits) : 1,
        ),
      )
      .bytes()
  const firstByte = (bits: number) => 1 << ((bits - 1) % 8)

  for (const [what, blob, isRead] of [
    ['RSA of 1024 bits', rsa([3], 1024), true],
    ['RSA of 1023 bits', rsa([3], 1023), false],
    ['RSA of 16384 bits', rsa([1, 0, 1], 16384), true],
    ['RSA of 16385 bits', rsa([1, 0, 1], 16385), false],
    ['RSA with the exponent 1', rsa([1], 2048), false],
    ['RSA with an even exponent', rsa([1, 0], 2048), false],
    ['RSA with an exponent of 64 bits', rsa([0x7f, 0, 0, 0, 0, 0, 0, 1], 2048), true],
    ['RSA with an exponent of 72 bits', rsa([1, 0, 0, 0, 0, 0, 0, 0, 1], 2048), false],
    ['ssh-dss', new WireWriter().string('ssh-dss').bytes(), false],
    ['a certificate', new WireWriter().string('ssh-ed25519-cert-v01@openssh.com').bytes(), false],
    ['nothing', new Uint8Array(), false],
    [
      'a compressed point',
      new WireWriter()
        .string('ecdsa-sha2-nistp256')
        .string('nistp256')
        .string(Uint8Array.from({ length: 33 }, () => 2))
        .bytes(),
      false,
    ],
    [
      'a curve other than the type says',
      new WireWriter()
        .string('ecdsa-sha2-nistp256')
        .string('nistp384')
        .string(Uint8Array.from({ length: 97 }, () => 4))
        .bytes(),
      false,
    ],
    [
      'a security key with an application of 1025 bytes',
      withBlob({
        type: 'sk-ssh-ed25519@openssh.com',
        point: new Uint8Array(32),
        application: new Uint8Array(1025),
      } satisfies KeyMaterial).blob,
      false,
    ],
  ] as const) {
    it(`${isRead ? 'reads' : 'refuses'} ${what}`, () => {
      assert.equal(parsePublicKey(blob).ok, isRead)
    })
  }

  it('tells what it does not support without repeating all a peer wrote', () => {
    const parsed = parsePublicKey(new WireWriter().string('x'.repeat(5000)).bytes())
    assert.ok(!parsed.ok && parsed.fault.length < 120, JSON.stringify(parsed))
  })
})

describe('parseKeyLine', () => {
  const good = read('user-ed25519.pub')
  const [type = '', base64 = ''] = good.split(' ')

  for (const [what, line, comment] of [
    ['a comment of several words', `${type} ${base64} deploy key of Ada`, 'deploy key of Ada'],
    ['no comment', `${type} ${base64}`, ''],
    ['tabs and a line end', `${type}\t${base64}\twork\r\n`, 'work'],
  ] as const) {
    it(`reads ${what}`, () => {
      const parsed = parseKeyLine(line)
      assert.ok(parsed.ok)
      assert.equal(parsed.value.comment, comment)
    })
  }

  for (const [what, line, fault] of [
    ['nothing', '', /expected a line/],
    ['options before the type', `no-pty ${good}`, /without options/],
    ['another type before the key', `ssh-rsa ${base64}`, /not the one inside/],
    ['two lines', `${good}${good}`, /several/],
    ['a private key', '-----BEGIN OPENSSH PRIVATE KEY-----', /private key/],
    ['a certificate', read('forever-cert.pub'), /certificate/],
    ['sloppy base64', `${type} ${base64.replace(/=*$/, '')}=`, /expected a line/],
    ['base64url', `${type} ${base64.replaceAll('/', '_').replaceAll('+', '-')}-_`, /expected/],
    ['bytes after the key', `${type} ${base64}AAAA`, /too many/],
    ['a line without end', `${type} ${'A'.repeat(70_000)}`, /too long/],
  ] as const) {
    it(`refuses ${what} and says so`, () => {
      const parsed = parseKeyLine(line)
      assert.ok(!parsed.ok)
      assert.match(parsed.fault, fault)
    })
  }
})

describe('decodeBase64', () => {
  for (const [text, bytes] of [
    ['', []],
    ['AA==', [0]],
    ['AAA=', [0, 0]],
    ['/+8=', [255, 239]],
    ['AB==', null], // the same byte as AA== to a forgiving reader
    ['AA', null],
    ['AA=', null],
    ['A A=', null],
    ['====', null],
  ] as const) {
    it(`reads "${text}" as ${bytes === null ? 'nothing' : `[${bytes.join(' ')}]`}`, () => {
      assert.deepEqual(decodeBase64(text), bytes === null ? null : Uint8Array.from(bytes))
    })
  }
})

function blobOf(name: string): Uint8Array {
  const line = parseBlobLine(read(name))
  assert.ok(line.ok)
  return line.value.blob
}
