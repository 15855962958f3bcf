import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { ml_kem768 } from '@noble/post-quantum/ml-kem.js'
import ssh2 from 'ssh2'
import { byte, string } from '../../../server/ssh/connection/wire.ts'
import { installRepairs, removeRepairs } from '../../../server/ssh/repairs/install.ts'
import { POST_QUANTUM_KEX } from '../../../server/ssh/repairs/post-quantum.ts'
import { sendMessage, type Ssh2Peer } from '../../../server/ssh/transport.ts'
import { type Keyring, makeKeyring } from '../../support/ssh-client.ts'
import { startBastion } from '../bastion.ts'
import { exchangeKeys, nextOf } from '../key-exchange.ts'
import { kexinit } from '../packets.ts'
import { type RawPeer, rawPeer } from '../raw-peer.ts'
import { type RawServer, rawServer } from './raw-server.ts'

const DISCONNECT = 1
const IGNORE = 2
const SERVICE_REQUEST = 5
const SERVICE_ACCEPT = 6
const EXT_INFO = 7
const ECDH_INIT = 30
const ECDH_REPLY = 31
const UNKNOWN = 150
const PING = 192

/** The faults that messages.test.ts shows to be gone. */
describe('ssh2 as shipped', () => {
  let keyring: Keyring
  let shipped: RawServer

  before(async () => {
    keyring = makeKeyring()
    removeRepairs()
    shipped = await rawServer(keyring, () => undefined)
  })
  after(() => {
    shipped.close()
    installRepairs()
    keyring.remove()
  })

  for (const [what, message] of [
    ['a ping', PING],
    ['a message that it does not know', UNKNOWN],
  ] as const) {
    it(`answers nothing to ${what}`, async () => {
      const peer = await rawPeer(shipped.destination('').port)
      await exchangeKeys(peer)
      peer.send(byte(message), string('some data'))
      peer.send(byte(SERVICE_REQUEST), string('ssh-userauth'))
      assert.equal(await firstAnswer(peer), SERVICE_ACCEPT)
      peer.socket.destroy()
    })
  }

  it('hangs up on a message to be ignored while somebody re-keys', async () => {
    const client = new ssh2.Client()
    const { host, port } = shipped.destination('')
    const end = new Promise<string>(resolve => {
      client.once('ready', () => {
        const { _protocol: protocol } = client as unknown as Ssh2Peer
        client.once('handshake', () => resolve('fresh keys'))
        client.once('close', () => resolve('hung up'))
        protocol.rekey()
        sendMessage(protocol, [byte(IGNORE), string('x')], { evenDuringKeyExchange: true })
      })
    })
    client.on('error', () => undefined) // `close` follows
    client.connect({ host, port, username: 'x', password: 'x', hostVerifier: () => true })
    assert.equal(await end, 'hung up')
    client.end()
  })

  it('drops a first guess that was right', async () => {
    const peer = await rawPeer(shipped.destination('').port)
    // What ssh2 likes best itself.
    peer.send(kexinit('curve25519-sha256@libssh.org,curve25519-sha256', { firstFollows: true }))
    // This one would end the connection if it were read: no key is that short.
    peer.send(byte(ECDH_INIT), string('no key'))
    peer.send(byte(ECDH_INIT), string(classicalHalf()))
    assert.equal((await nextOf(peer, ECDH_REPLY))?.[0], ECDH_REPLY)
    peer.socket.destroy()
  })
})

describe('a first guess at the key exchange', () => {
  it('is read where it was right', async () => {
    const keyring = makeKeyring()
    const bastion = await startBastion(keyring, async () => {})
    const guess = async (half: Uint8Array): Promise<number | undefined> => {
      const peer = await rawPeer(bastion.front.address.port)
      peer.send(kexinit(POST_QUANTUM_KEX, { firstFollows: true }))
      peer.send(byte(ECDH_INIT), string(half))
      await peer.next() // the bastion's own KEXINIT
      const answer = await peer.next()
      peer.socket.destroy()
      return answer?.[0]
    }
    const half = Buffer.concat([ml_kem768.keygen().publicKey, classicalHalf()])
    assert.equal(await guess(half), ECDH_REPLY)
    assert.equal(await guess(Buffer.from('no key')), DISCONNECT)
    await bastion.close()
    keyring.remove()
  })
})

function classicalHalf(): Buffer {
  return generateKeyPairSync('x25519')
    .publicKey.export({ type: 'spki', format: 'der' })
    .subarray(-32)
}

/** The kind of what comes next, extensions left out. */
async function firstAnswer(peer: RawPeer): Promise<number | null> {
  for (;;) {
    const payload = await peer.next()
    if (payload?.[0] !== EXT_INFO) return payload?.[0] ?? null
  }
}
