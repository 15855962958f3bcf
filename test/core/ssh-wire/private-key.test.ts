import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fingerprint } from '../../../server/core/ssh-wire/fingerprint.ts'
import { formatKeyLine } from '../../../server/core/ssh-wire/key-line.ts'
import { formatPrivateKey, parsePrivateKey } from '../../../server/core/ssh-wire/private-key.ts'

describe('a private key made by ssh-keygen', () => {
  let folder = ''
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'private keys '))
  })
  after(() => rmSync(folder, { recursive: true }))

  const make = (name: string, ...options: string[]): string => {
    const file = join(folder, name)
    execFileSync('ssh-keygen', ['-q', '-C', `made as ${name}`, '-f', file, ...options])
    return readFileSync(file, 'utf8')
  }

  for (const [name, ...options] of [
    ['ed25519', '-t', 'ed25519'],
    ['ecdsa256', '-t', 'ecdsa', '-b', '256'],
    ['ecdsa384', '-t', 'ecdsa', '-b', '384'],
    ['ecdsa521', '-t', 'ecdsa', '-b', '521'],
    ['rsa', '-t', 'rsa', '-b', '2048'],
  ] as const) {
    it(`is read (${name}), and what we write of it ssh-keygen reads`, () => {
      const parsed = parsePrivateKey(make(name, '-N', '', ...options))
      assert.ok(parsed.ok, parsed.ok ? '' : parsed.fault)
      const line = `${formatKeyLine(parsed.value.publicKey, parsed.value.comment)}\n`
      assert.equal(line, readFileSync(join(folder, `${name}.pub`), 'utf8'))

      const ours = join(folder, `${name}-ours`)
      writeFileSync(ours, formatPrivateKey(parsed.value, 0x01020304))
      chmodSync(ours, 0o600)
      assert.equal(execFileSync('ssh-keygen', ['-y', '-f', ours], { encoding: 'utf8' }), line)
    })

    it(`is refused (${name}) when cut or changed anywhere`, () => {
      const text = readFileSync(join(folder, name), 'utf8')
      const good = parsePrivateKey(text)
      assert.ok(good.ok)
      const [first = '', ...rest] = text.trimEnd().split('\n')
      const last = rest.pop() ?? ''
      const blob = Buffer.from(rest.join(''), 'base64')
      const wrap = (bytes: Buffer) => [first, bytes.toString('base64'), last].join('\n')
      assert.equal(parsePrivateKey(wrap(blob)).ok, true)
      for (let at = 0; at < blob.length; at += 1) {
        assert.equal(parsePrivateKey(wrap(blob.subarray(0, at))).ok, false, `cut at ${at}`)
        const changed = Buffer.from(blob)
        changed[at] = (changed[at] ?? 0) ^ 1
        const parsed = parsePrivateKey(wrap(changed))
        // The secret, the comment and unused fields may read differently; whose key it is may not.
        if (!parsed.ok) continue
        assert.equal(fingerprint(parsed.value.publicKey), fingerprint(good.value.publicKey))
      }
    })
  }

  for (const [what, options, fault] of [
    ['a passphrase', ['-t', 'ed25519', '-N', 'correct horse'], /passphrase/],
    ['another format', ['-t', 'ecdsa', '-N', '', '-m', 'PEM'], /OpenSSH format/],
  ] as const) {
    it(`is refused with ${what}, and told what is wanted`, () => {
      const parsed = parsePrivateKey(make(what.replaceAll(' ', '-'), ...options))
      assert.ok(!parsed.ok)
      assert.match(parsed.fault, fault)
    })
  }

  it('is refused when it is the public one', () => {
    assert.equal(parsePrivateKey(readFileSync(join(folder, 'ed25519.pub'), 'utf8')).ok, false)
  })
})
