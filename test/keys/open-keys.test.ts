import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { createPublicKey, verify } from 'node:crypto'
import { once } from 'node:events'
import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import ssh2 from 'ssh2'
import { formatPrivateKey, isRsa, parsePrivateKey } from '../../server/core/ssh-wire/private-key.ts'
import { isSignedBy, parseSignature } from '../../server/core/ssh-wire/signature.ts'
import { KeysFault } from '../../server/keys/keys-fault.ts'
import { isNeeded, KEY_NAMES as ALL_KEY_NAMES } from '../../server/keys/key-names.ts'
import { openKeys } from '../../server/keys/open-keys.ts'
import { makeSizedKey } from '../support/sshd.ts'

const KEY_NAMES = ALL_KEY_NAMES.filter(isNeeded)

const isRoot = process.geteuid?.() === 0
const mode = (path: string) => statSync(path).mode & 0o777

describe('openKeys', () => {
  let parent = ''
  let folder = ''
  beforeEach(() => {
    parent = mkdtempSync(join(tmpdir(), 'sallyport keys '))
    folder = join(parent, 'keys')
  })
  afterEach(() => rmSync(parent, { recursive: true, force: true }))

  it('makes every key at first start, says which, and shuts folder and files', async () => {
    const keys = await openKeys(folder)
    assert.deepEqual(
      keys.made.map(({ name }) => name),
      KEY_NAMES,
    )
    assert.equal(mode(folder), 0o700)
    for (const name of KEY_NAMES) {
      assert.equal(mode(join(folder, name)), 0o600, name)
      assert.equal(mode(join(folder, `${name}.pub`)), 0o644, name)
    }
    assert.equal(readdirSync(folder).length, 2 * KEY_NAMES.length, 'and leaves no drafts')
  })

  it('finds the same keys again and makes none', async () => {
    const first = await openKeys(folder)
    const second = await openKeys(folder)
    assert.deepEqual(second.made, [])
    assert.equal(second.userCa.fingerprint, first.userCa.fingerprint)
    assert.deepEqual(second.hostKeys, first.hostKeys)
  })

  it('writes keys that ssh-keygen reads and that belong to their public halves', async () => {
    const keys = await openKeys(folder)
    for (const name of KEY_NAMES) {
      const file = join(folder, name)
      const derived = execFileSync('ssh-keygen', ['-y', '-f', file], { encoding: 'utf8' })
      assert.equal(derived, readFileSync(`${file}.pub`, 'utf8'))
      assert.ok(derived.endsWith(` sallyport ${name}\n`))
    }
    const options = ['-l', '-f', join(folder, 'user_ca.pub')]
    const shown = execFileSync('ssh-keygen', options, { encoding: 'utf8' })
    assert.ok(shown.includes(` ${keys.userCa.fingerprint} `))
  })

  it('hands ssh2 host keys and an upstream key that it can load', async () => {
    const keys = await openKeys(folder)
    const types = [...keys.hostKeys.map(key => key.privateKey), keys.upstreamPrivateKey].map(
      file => {
        const parsed = ssh2.utils.parseKey(file)
        assert.ok(!(parsed instanceof Error))
        assert.equal(parsed.isPrivateKey(), true)
        return parsed.type
      },
    )
    assert.deepEqual(types, ['ssh-ed25519', 'ecdsa-sha2-nistp256', 'ssh-ed25519'])
  })

  it('signs as each CA', async () => {
    const { hostCa, targetCa, userCa } = await openKeys(folder)
    const bytes = Buffer.from('to be signed')
    for (const ca of [hostCa, targetCa, userCa]) {
      const signature = parseSignature(ca.sign(bytes))
      assert.ok(signature.ok && isSignedBy(ca.publicKey, signature.value, bytes), ca.name)
    }
  })

  it('signs evidence with 64 bytes that anybody can verify', async () => {
    const { checkpoint, node } = await openKeys(folder)
    const bytes = Buffer.from('a checkpoint')
    for (const signer of [checkpoint, node]) {
      const x = Buffer.from(signer.rawPublicKey).toString('base64url')
      const key = createPublicKey({ format: 'jwk', key: { kty: 'OKP', crv: 'Ed25519', x } })
      assert.equal(verify(null, bytes, key, signer.sign(bytes)), true)
    }
  })

  it('names the checkpoint key as C2SP signed notes do', async () => {
    const { checkpoint } = await openKeys(folder)
    const [name = '', id, key = '', ...more] = checkpoint.noteVerifierKey.split('+')
    // The base64 of a key may hold a plus itself, so the rest belongs to it.
    const typedKey = Buffer.from([key, ...more].join('+'), 'base64')
    assert.equal(name, checkpoint.noteKeyName)
    assert.match(name, /^sallyport\/[0-9a-f]{16}$/)
    assert.equal(id, Buffer.from(checkpoint.noteKeyId).toString('hex'))
    assert.deepEqual(typedKey, Buffer.concat([Uint8Array.of(1), checkpoint.rawPublicKey]))
  })

  for (const size of ['ecdsa 256', 'ecdsa 384', 'ecdsa 521', 'rsa 3072'] as const) {
    it(`takes an ${size} key of the operator’s as a CA, but not for evidence`, async () => {
      mkdirSync(folder, { mode: 0o700 })
      for (const name of ['user_ca', 'host_ca', 'target_ca']) makeSizedKey(join(folder, name), size)
      const { hostCa, targetCa, userCa } = await openKeys(folder)
      const bytes = Buffer.from('to be signed')
      for (const ca of [hostCa, targetCa, userCa]) {
        const signature = parseSignature(ca.sign(bytes))
        assert.ok(signature.ok && isSignedBy(ca.publicKey, signature.value, bytes))
        assert.match(signature.value.algorithm, /^(ecdsa-sha2-nistp\d+|rsa-sha2-512)$/)
      }

      unlinkSync(join(folder, 'node'))
      unlinkSync(join(folder, 'node.pub'))
      makeSizedKey(join(folder, 'node'), size)
      await assert.rejects(openKeys(folder), /node must be an ed25519 key/)
    })
  }

  it('takes an RSA host key that somebody put there, and makes none', async () => {
    const without = await openKeys(folder)
    assert.equal(without.hostKeys.length, 2)
    makeSizedKey(join(folder, 'host_rsa'), 'rsa 3072')
    const { hostKeys, made } = await openKeys(folder)
    assert.deepEqual(
      hostKeys.map(({ publicKey }) => publicKey.type),
      ['ssh-ed25519', 'ecdsa-sha2-nistp256', 'ssh-rsa'],
    )
    assert.deepEqual(made, [])
  })

  it('refuses an RSA key that is too short', async () => {
    mkdirSync(folder, { mode: 0o700 })
    makeSizedKey(join(folder, 'host_rsa'), 'rsa 2048')
    await assert.rejects(openKeys(folder), /host_rsa: is an RSA key of 2048 bits; it needs 3072/)
  })

  for (const size of ['rsa 3072', 'ecdsa 256'] as const) {
    it(`refuses an ${size} key whose two halves do not fit`, async () => {
      mkdirSync(folder, { mode: 0o700 })
      const path = join(folder, 'upstream')
      makeSizedKey(path, size)
      const key = parsePrivateKey(readFileSync(path, 'utf8'))
      assert.ok(key.ok)
      const { value } = key
      const damaged = isRsa(value)
        ? { ...value, secret: mapValues({ ...value.secret }, damage) }
        : { ...value, secret: damage(value.secret) }
      writeFileSync(path, formatPrivateKey(damaged, 1))
      await assert.rejects(openKeys(folder), /upstream: is damaged, its two halves do not fit/)
    })
  }

  for (const open of [0o640, 0o604, 0o660, 0o644, 0o601]) {
    it(`refuses a key of mode ${open.toString(8)} and names the chmod that mends it`, async () => {
      await openKeys(folder)
      chmodSync(join(folder, 'host_ca'), open)
      await assert.rejects(openKeys(folder), (error: Error) => {
        assert.ok(error instanceof KeysFault)
        assert.ok(error.message.includes(`chmod 600 '${join(folder, 'host_ca')}'`), error.message)
        return true
      })
      assert.equal(mode(join(folder, 'host_ca')), open, 'a person decides, not we')
    })
  }

  it('names every key that is wrong at once', async () => {
    await openKeys(folder)
    chmodSync(join(folder, 'node'), 0o644)
    writeFileSync(join(folder, 'upstream'), 'not a key')
    await assert.rejects(openKeys(folder), /node can be read[^]*upstream: is not a private key/)
  })

  it('never says what is in a key file', async () => {
    await openKeys(folder)
    const secret = readFileSync(join(folder, 'user_ca'), 'utf8')
    writeFileSync(join(folder, 'user_ca'), secret.replace('BEGIN', 'BEGUN'))
    await assert.rejects(openKeys(folder), (error: Error) => {
      const lines = secret.split('\n').filter(line => line.length > 20 && !line.startsWith('-'))
      return lines.every(line => !error.message.includes(line))
    })
  })

  it('refuses a symbolic link', async () => {
    await openKeys(folder)
    renameSync(join(folder, 'node'), join(parent, 'elsewhere'))
    symlinkSync(join(parent, 'elsewhere'), join(folder, 'node'))
    await assert.rejects(openKeys(folder), /symbolic link/)
  })

  for (const [what, put] of [
    ['a folder', (path: string) => mkdirSync(path)],
    ['a pipe', (path: string) => void execFileSync('mkfifo', ['-m', '600', path])],
  ] as const) {
    it(`refuses ${what} in a key’s place, without waiting`, async () => {
      mkdirSync(folder, { mode: 0o700 })
      put(join(folder, 'node'))
      await assert.rejects(openKeys(folder), /node /)
    })
  }

  it('refuses to start without a private key whose public half is still there', async () => {
    await openKeys(folder)
    unlinkSync(join(folder, 'user_ca'))
    const before = readFileSync(join(folder, 'user_ca.pub'), 'utf8')
    await assert.rejects(openKeys(folder), /private key was lost[^]*mv /)
    assert.equal(readFileSync(join(folder, 'user_ca.pub'), 'utf8'), before)

    renameSync(join(folder, 'user_ca.pub'), join(folder, 'user_ca.lost.pub'))
    const keys = await openKeys(folder)
    assert.deepEqual(
      keys.made.map(({ name }) => name),
      ['user_ca'],
    )
  })

  it('writes a public half again that is missing or belongs to another key', async () => {
    await openKeys(folder)
    const [host = '', ca = ''] = ['host_ca.pub', 'user_ca.pub'].map(name => join(folder, name))
    const right = [readFileSync(host, 'utf8'), readFileSync(ca, 'utf8')]
    unlinkSync(host)
    writeFileSync(ca, right[0] ?? '')
    await openKeys(folder)
    assert.deepEqual([readFileSync(host, 'utf8'), readFileSync(ca, 'utf8')], right)
  })

  it('shuts a folder that a checkout left open', async () => {
    mkdirSync(folder)
    chmodSync(folder, 0o775)
    writeFileSync(join(folder, 'README.md'), 'which is which')
    await openKeys(folder)
    assert.equal(mode(folder), 0o700)
  })

  it('says so when the folder is a file', async () => {
    writeFileSync(folder, '')
    await assert.rejects(openKeys(folder))
  })

  if (isRoot) {
    it('refuses a key that somebody else owns', async () => {
      await openKeys(folder)
      chownSync(join(folder, 'user_ca'), 65534, 65534)
      await assert.rejects(openKeys(folder), /belongs to uid 65534[^]*chown 0/)
    })

    it('takes over a folder in somebody’s checkout, as root', async () => {
      mkdirSync(folder)
      chownSync(folder, 65534, 65534)
      await openKeys(folder)
      assert.equal(lstatSync(folder).uid, 0)
    })
  }

  it('ends with one set of keys when three processes start at once', async () => {
    const script = join(parent, 'start.mts')
    const module = pathToFileURL(join(import.meta.dirname, '../../server/keys/open-keys.ts')).href
    writeFileSync(
      script,
      `import { openKeys } from ${JSON.stringify(module)}
       const keys = await openKeys(process.argv[2] ?? '')
       const all = [...keys.hostKeys, keys.userCa, keys.hostCa, keys.targetCa, keys.node, keys.checkpoint, keys.upstream]
       console.log(JSON.stringify({ made: keys.made, all: all.map(key => key.fingerprint) }))`,
    )
    const root = join(import.meta.dirname, '../..')
    const outputs = await Promise.all(
      [1, 2, 3].map(async () => {
        const child = spawn(process.execPath, ['--import', 'tsx', script, folder], {
          cwd: root,
          stdio: ['ignore', 'pipe', 'inherit'],
        })
        const [output] = await Promise.all([text(child.stdout), once(child, 'close')])
        return JSON.parse(output) as { made: unknown[]; all: string[] }
      }),
    )
    assert.deepEqual(outputs[1]?.all, outputs[0]?.all)
    assert.deepEqual(outputs[2]?.all, outputs[0]?.all)
    const made = outputs.flatMap(({ made }) => made)
    assert.equal(made.length, KEY_NAMES.length, 'and each is reported as made once')
  })
})

async function text(stream: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

/** The second lowest bit: the number stays odd and of the same length. */
function damage(bytes: Uint8Array): Uint8Array {
  return bytes.map((byte, at) => (at === bytes.length - 1 ? byte ^ 2 : byte))
}

function mapValues<Name extends string>(
  values: Readonly<Record<Name, Uint8Array>>,
  change: (value: Uint8Array) => Uint8Array,
): Record<Name, Uint8Array> {
  const entries = Object.entries<Uint8Array>(values).map(([name, value]) => [name, change(value)])
  return Object.fromEntries(entries) as Record<Name, Uint8Array>
}
