import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { HostKey } from 'ssh2/lib/protocol/Protocol.js'
import { parseKeyLine } from '../../server/core/ssh-wire/key-line.ts'
import { isSignedBy, parseSignature } from '../../server/core/ssh-wire/signature.ts'
import { WireReader } from '../../server/core/ssh-wire/reader.ts'
import { string } from '../../server/ssh/connection/wire.ts'
import { hostKeyNews } from '../../server/ssh/host-key-news.ts'
import { plainKeys, readHostKeys } from '../../server/ssh/host-keys.ts'
import { type Keyring, makeKeyring, runSsh } from '../support/ssh-client.ts'
import { makeSizedKey, publicKeyLine } from '../support/sshd.ts'
import { type Bastion, startBastion } from './bastion.ts'

const SIZES = ['ed25519', 'ecdsa 256', 'rsa 3072'] as const

describe('a client that knows the bastion by its host key alone', () => {
  let keyring: Keyring
  let bastion: Bastion
  let known: string
  const file = (name: string): string => join(keyring.directory, name.replace(' ', ''))
  const keyOf = (name: string): Buffer => readFileSync(file(name))
  const lineOf = (name: string): string =>
    `[127.0.0.1]:${bastion.front.address.port} ${publicKeyLine(file(name))}`

  before(async () => {
    keyring = makeKeyring()
    for (const size of SIZES) makeSizedKey(file(size), size)
    makeSizedKey(file('next'), 'ed25519')
    known = file('known')
    bastion = await startBastion(
      keyring,
      ({ client }) => client.finish({ status: 0 }),
      {},
      { hostKeys: SIZES.map(keyOf), hostCertificates: [], nextHostKeys: [keyOf('next')] },
    )
  })
  after(async () => {
    await bastion.close()
    keyring.remove()
  })

  /** Connects as a client whose owner has changed no settings, and says what it knows afterwards. */
  const connect = async (): Promise<string[]> => {
    const options = [`UserKnownHostsFile="${known}"`, 'UpdateHostKeys=yes', 'HashKnownHosts=no']
    const ran = await runSsh(bastion.destination(keyring.certify()), keyring.directory, {
      options: options.flatMap(option => ['-o', option]),
      command: ['x'],
    })
    assert.equal(ran.status, 0, ran.stderr)
    return readFileSync(known, 'utf8').trim().split('\n').toSorted()
  }

  it('learns the others, and the one that will take over, and is not asked when it has', async () => {
    writeFileSync(known, `${lineOf('ed25519')}\n`)
    const all = [...SIZES, 'next'].map(lineOf).toSorted()
    assert.deepEqual(await connect(), all)

    const rotated = ['next', 'ecdsa 256', 'rsa 3072']
    const hostKeys = rotated.map(keyOf)
    assert.ok(bastion.front.replaceHostKeys({ hostKeys, hostCertificates: [], nextHostKeys: [] }))
    assert.deepEqual(await connect(), rotated.map(lineOf).toSorted(), 'and forgets the old one')
  })
})

describe('the proof of host keys', () => {
  let keyring: Keyring
  let keys: HostKey[]
  const sessionId = Buffer.alloc(32, 9)
  before(() => {
    keyring = makeKeyring()
    const files = SIZES.map(size => join(keyring.directory, size.replace(' ', '')))
    for (const [at, size] of SIZES.entries()) makeSizedKey(files[at] ?? '', size)
    keys = [
      ...plainKeys(
        readHostKeys(
          files.map(path => readFileSync(path)),
          [],
        ),
      ),
    ]
  })
  after(() => keyring.remove())

  const news = () => hostKeyNews({ send: () => undefined }, sessionId, keys)
  const question = (...blobs: readonly Uint8Array[]): Buffer => Buffer.concat(blobs.map(string))
  const blobs = () => keys.map(key => key.getPublicSSH())

  it('is a signature of each key over this session and the key, never with SHA-1', () => {
    const proof = new WireReader(news().prove(question(...blobs())) ?? Buffer.of())
    for (const blob of blobs()) {
      const signature = parseSignature(proof.string('signature'))
      const type = new WireReader(blob).text('type')
      const key = parseKeyLine(`${type} ${blob.toString('base64')}`)
      assert.ok(signature.ok && key.ok)
      const purpose = string('hostkeys-prove-00@openssh.com')
      const signed = Buffer.concat([purpose, string(sessionId), string(blob)])
      assert.ok(isSignedBy(key.value.key, signature.value, signed))
      assert.notEqual(signature.value.algorithm, 'ssh-rsa')
    }
    proof.end()
  })

  it('is given once on a connection, whatever was asked first', () => {
    const told = news()
    assert.equal(told.prove(question(Buffer.from('a key of somebody else'))), null)
    assert.equal(told.prove(question(...blobs())), null)
  })

  it('is given for no key twice: a question cannot cost more than the keys there are', () => {
    const [blob = Buffer.of()] = blobs()
    assert.equal(news().prove(question(...Array.from({ length: 1000 }, () => blob))), null)
  })
})
