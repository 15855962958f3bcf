import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { formatRevocationList } from '../../../server/core/certificate/format-krl.ts'
import { lookIn, type RevocationList } from '../../../server/core/certificate/krl.ts'
import { parseRevocationList } from '../../../server/core/certificate/parse-krl.ts'
import type { Revocable } from '../../../server/core/certificate/revocation.ts'
import { fingerprint } from '../../../server/core/ssh-wire/fingerprint.ts'
import { formatBlobLine, formatKeyLine } from '../../../server/core/ssh-wire/key-line.ts'
import { type Forgery, forgeCertificate } from '../../support/forged-certificate.ts'
import { softwareKey } from '../../support/software-keys.ts'

const ca = softwareKey('ssh-ed25519', 'ca')
const otherCa = softwareKey('ecdsa-sha2-nistp256', 'ca')
const key = softwareKey('ssh-ed25519').publicKey
const otherKey = softwareKey('ecdsa-sha2-nistp521').publicKey
const MOST = 2n ** 64n - 1n

/** Each is asked of every list, by us and by `ssh-keygen -Q`. */
const certificates: [name: string, Forgery][] = [
  ...[0n, 1n, 5n, 6n, 7n, 63n, 64n, 100n, 150n, 151n, 1000n, 1005n, MOST - 1n, MOST].map(
    (serial): [string, Forgery] => [`serial ${serial}`, { key, ca, serial, keyId: 'a' }],
  ),
  ['serial 5 of the other CA', { key, ca: otherCa, serial: 5n, keyId: 'a' }],
  ['serial 0 of the other CA', { key, ca: otherCa, serial: 0n, keyId: 'a' }],
  ['key id alice', { key, ca, serial: 900n, keyId: 'alice' }],
  ['key id alice of the other CA', { key, ca: otherCa, serial: 900n, keyId: 'alice' }],
  ['key id Alice', { key, ca, serial: 900n, keyId: 'Alice' }],
  ['key id ü/x#1', { key, ca, serial: 900n, keyId: 'ü/x#1' }],
  ['an empty key id', { key, ca, serial: 900n, keyId: '' }],
  ['the other key', { key: otherKey, ca, serial: 900n, keyId: 'b' }],
  ['the other key of the other CA', { key: otherKey, ca: otherCa, serial: 900n, keyId: 'b' }],
]

/** In the words of `ssh-keygen -k` (ssh-keygen(1), KEY REVOCATION LISTS). FILE names are replaced. */
const specifications: [name: string, ca: 'ca' | 'none', text: string][] = [
  ['nothing', 'ca', ''],
  ['one serial', 'ca', 'serial: 5'],
  ['some serials', 'ca', 'serial: 5\nserial: 7\nserial: 1000'],
  ['a range', 'ca', 'serial: 100-150'],
  ['ranges and serials that touch', 'ca', 'serial: 5-6\nserial: 7\nserial: 64-100\nserial: 90-150'],
  ['a bitmap', 'ca', [1, 3, 5, 8, 9, 11, 14, 63, 66, 70].map(n => `serial: ${n}`).join('\n')],
  [
    'a bitmap far up',
    'ca',
    Array.from({ length: 40 }, (_, n) => `serial: ${1000 + n * 5}`).join('\n'),
  ],
  ['everything', 'ca', `serial: 1-${MOST}`],
  ['the last serials', 'ca', `serial: ${MOST - 1n}-${MOST}`],
  ['key ids', 'ca', 'id: alice\nid: ü/x#1'],
  ['key ids of any CA', 'none', 'id: alice'],
  ['an empty key id', 'ca', 'id:'],
  ['a key', 'ca', 'key: OTHERKEY'],
  ['a key by SHA-1', 'ca', 'sha1: OTHERKEY'],
  ['a key by SHA-256', 'ca', 'sha256: OTHERKEY'],
  ['a fingerprint', 'ca', `hash: ${fingerprint(otherKey)}`],
  ['a CA', 'none', 'key: CAFILE'],
  ['another CA by fingerprint', 'none', `hash: ${fingerprint(otherCa.publicKey)}`],
  ['all at once', 'ca', 'serial: 5\nserial: 60-70\nid: alice\nkey: OTHERKEY\nsha256: OTHERKEY'],
]

describe('a revocation list', () => {
  let folder = ''
  const file = (name: string) => join(folder, name)
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'revoked '))
    writeFileSync(file('ca.pub'), `${formatKeyLine(ca.publicKey, '')}\n`)
    writeFileSync(file('other.pub'), `${formatKeyLine(otherKey, '')}\n`)
    for (const [at, [, forgery]] of certificates.entries()) {
      const blob = forgeCertificate(forgery)
      const type = `${forgery.key.type}-cert-v01@openssh.com`
      writeFileSync(file(`${at}.pub`), `${formatBlobLine(type, blob, '')}\n`)
    }
  })
  after(() => rmSync(folder, { recursive: true }))

  /** What `ssh-keygen -Q` says of each certificate. */
  const askSshKeygen = (list: string): boolean[] => {
    const files = certificates.map((_, at) => file(`${at}.pub`))
    const { status, stdout } = spawnSync('ssh-keygen', ['-Q', '-f', list, ...files], {
      encoding: 'utf8',
    })
    const answers = stdout.trimEnd().split('\n')
    assert.equal(answers.length, certificates.length, stdout)
    assert.equal(status, answers.some(line => line.endsWith(': REVOKED')) ? 1 : 0)
    return answers.map(line => line.endsWith(': REVOKED'))
  }

  for (const [name, scope, text] of specifications) {
    it(`of ${name}: ssh-keygen -Q says the same of what it wrote, we of it, and it of what we wrote`, () => {
      const specification = text
        .replaceAll('OTHERKEY', readFileSync(file('other.pub'), 'utf8').trim())
        .replaceAll('CAFILE', readFileSync(file('ca.pub'), 'utf8').trim())
      writeFileSync(file('specification'), `${specification}\n`)
      const scoped = ['-s', scope === 'ca' ? file('ca.pub') : 'none']
      execFileSync('ssh-keygen', [
        '-q',
        '-k',
        '-f',
        file('krl'),
        '-z',
        '7',
        ...scoped,
        file('specification'),
      ])
      const expected = askSshKeygen(file('krl'))

      const list = parsed(readFileSync(file('krl')))
      assert.equal(list.version, 7n)
      const isRevoked = lookIn(list)
      assert.deepEqual(
        certificates.map(([, forgery]) => isRevoked(revocable(forgery))),
        expected,
      )

      writeFileSync(file('ours'), formatRevocationList(list))
      assert.deepEqual(askSshKeygen(file('ours')), expected)
      assert.deepEqual(parsed(readFileSync(file('ours'))), list)
    })
  }
})

function parsed(bytes: Uint8Array): RevocationList {
  const list = parseRevocationList(bytes)
  assert.ok(list.ok, list.ok ? '' : list.fault)
  return list.value
}

function revocable(forgery: Forgery): Revocable {
  return {
    ca: forgery.ca.publicKey,
    caFingerprint: fingerprint(forgery.ca.publicKey),
    key: forgery.key,
    keyId: typeof forgery.keyId === 'string' ? forgery.keyId : '',
    serial: forgery.serial ?? 5n,
  }
}
