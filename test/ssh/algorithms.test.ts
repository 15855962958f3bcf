import assert from 'node:assert/strict'
import { WireReader } from '../../server/core/ssh-wire/reader.ts'
import { type Keyring, makeKeyring } from '../support/ssh-client.ts'
import { type Bastion, startBastion } from './bastion.ts'
import { kexinit } from './packets.ts'
import { byte, string } from '../../server/ssh/connection/wire.ts'
import { exchangeKeys } from './key-exchange.ts'
import { type RawPeer, rawPeer } from './raw-peer.ts'

const DISCONNECT = 1
const IGNORE = 2
const EXT_INFO = 7
const KEXINIT = 20

/** What ssh-audit 3.3 marks a server down for: as failed, or as to be warned of. */
const CONDEMNED = [
  /^ecdh-sha2-nistp/,
  /group14-/,
  /^hmac-(?!.*-etm@)/,
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

  it('has nothing that is condemned, but for one old client', () => {
    const all = [...new Set([...lists.values()].flat())]
    assert.ok(all.length > 10)
    const bad = all.filter(name => CONDEMNED.some(pattern => pattern.test(name)))
    // libssh2 1.10, which Debian 12 has, knows neither -etm nor GCM (clients.test.ts logs in with it).
    assert.deepEqual(bad, ['hmac-sha2-256'])
  })

  it('has an exchange for clients under FIPS rules', () => {
    assert.ok(lists.get('kex')?.includes('diffie-hellman-group16-sha512'))
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

  it('is not widened for who asks for less', async () => {
    const names = ['1-sha1', '14-sha1', '-exchange-sha1', '-exchange-sha256']
    for (const group of names) {
      const peer = await rawPeer(bastion.front.address.port)
      peer.send(kexinit(`diffie-hellman-group${group}`))
      assert.equal(await afterKexinit(peer), DISCONNECT, group)
    }
  })

  it('holds nothing before the exchange for who wants it strict, and something for who does not', async () => {
    const strict = await rawPeer(bastion.front.address.port)
    strict.send(byte(IGNORE), string('slipped in'))
    strict.send(kexinit('curve25519-sha256,kex-strict-c-v00@openssh.com'))
    assert.equal(await afterKexinit(strict), DISCONNECT)

    const lax = await rawPeer(bastion.front.address.port)
    lax.send(byte(IGNORE), string('as RFC 4253 lets us'))
    assert.notEqual(await exchangeKeys(lax), null)
    lax.socket.destroy()
  })

  it('holds nothing in the middle of a strict exchange either', async () => {
    const peer = await rawPeer(bastion.front.address.port)
    peer.send(kexinit('curve25519-sha256,kex-strict-c-v00@openssh.com'))
    peer.send(byte(IGNORE), string('slipped in'))
    assert.equal(await afterKexinit(peer), DISCONNECT)
  })

  it('names what a client may sign with, right after the first exchange', async () => {
    const peer = await rawPeer(bastion.front.address.port)
    await exchangeKeys(peer)
    const payload = (await peer.next()) ?? Buffer.alloc(0)
    peer.socket.destroy()
    assert.equal(payload[0], EXT_INFO)
    const fields = new WireReader(payload.subarray(1))
    const extensions = new Map<string, string>()
    for (let left = fields.uint32('how many'); left > 0; left -= 1) {
      extensions.set(fields.text('name'), fields.text('value'))
    }
    fields.end()
    assert.deepEqual(Object.fromEntries(extensions), {
      'server-sig-algs':
        'ssh-ed25519,sk-ssh-ed25519@openssh.com,ecdsa-sha2-nistp256,ecdsa-sha2-nistp384,ecdsa-sha2-nistp521,' +
        'sk-ecdsa-sha2-nistp256@openssh.com,rsa-sha2-512,rsa-sha2-256',
      'ping@openssh.com': '0',
    })
  })
})

/** What comes after the bastion's own KEXINIT; null where it only closes. */
async function afterKexinit(peer: RawPeer): Promise<number | null> {
  const first = await peer.next()
  assert.equal(first?.[0], KEXINIT)
  const next = await peer.next()
  peer.socket.destroy()
  return next?.[0] ?? null
}
