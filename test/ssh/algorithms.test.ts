import assert from 'node:assert/strict'
import { WireReader } from '../../server/core/ssh-wire/reader.ts'
import { type Keyring, makeKeyring } from '../support/ssh-client.ts'
import { type Bastion, startBastion } from './bastion.ts'
import { kexinit } from './packets.ts'
import { rawPeer } from './raw-peer.ts'

/** What an auditor's scanner (ssh-audit and its like) fails a server for. */
const CONDEMNED = [
  /sha1($|-|@)/,
  /md5/,
  /ripemd/,
  /cbc/,
  /arcfour/,
  /3des/,
  /blowfish/,
  /cast128/,
  /group1-/,
  /group-exchange/,
  /ssh-dss/,
  /^ssh-rsa$/,
  /zlib/,
  /-96/,
]

describe('what the bastion offers', () => {
  let keyring: Keyring
  let bastion: Bastion
  const lists = new Map<string, string[]>()

  before(async () => {
    keyring = makeKeyring()
    bastion = await startBastion(keyring, ({ client }) => client.finish({ status: 0 }))
    const peer = await rawPeer(bastion.front.address.port)
    peer.send(kexinit('curve25519-sha256'))
    const payload = await peer.next()
    peer.socket.destroy()
    const fields = new WireReader((payload ?? Buffer.alloc(0)).subarray(17))
    const names = 'kex hostKey cipherIn cipherOut macIn macOut compressIn compressOut'
    for (const name of names.split(' ')) lists.set(name, fields.text(name).split(','))
  })
  after(async () => {
    await bastion.close()
    keyring.remove()
  })

  it('has nothing that is condemned', () => {
    const all = [...lists.values()].flat()
    assert.ok(all.length > 20)
    const bad = all.filter(name => CONDEMNED.some(pattern => pattern.test(name)))
    assert.deepEqual(bad, [])
  })

  it('begins with the exchange that a quantum computer does not break', () => {
    assert.equal(lists.get('kex')?.[0], 'mlkem768x25519-sha256')
  })

  it('asks for strict key exchange', () => {
    assert.ok(lists.get('kex')?.includes('kex-strict-s-v00@openssh.com'))
  })

  it('compresses nothing', () => {
    assert.deepEqual(lists.get('compressIn'), ['none'])
    assert.deepEqual(lists.get('compressOut'), ['none'])
  })
})
