import assert from 'node:assert/strict'
import { byte, string, uint32 } from '../../../server/ssh/connection/wire.ts'
import { type RepairName, watchRepairs } from '../../../server/ssh/repairs/acted.ts'
import { type Keyring, makeKeyring } from '../../support/ssh-client.ts'
import { type Bastion, startBastion } from '../bastion.ts'
import { exchangeKeys, logIn, nextOf } from '../key-exchange.ts'
import { kexinit } from '../packets.ts'
import { type RawPeer, rawPeer } from '../raw-peer.ts'
import { loginOf } from '../rogue-client.ts'

const IGNORE = 2
const SERVICE_REQUEST = 5
const EXT_INFO = 7
const ECDH_INIT = 30

describe('watchRepairs', () => {
  let keyring: Keyring
  let bastion: Bastion
  let peer: RawPeer
  let heard: RepairName[] = []
  let unwatch: () => void

  before(async () => {
    keyring = makeKeyring()
    bastion = await startBastion(keyring, ({ client }) => client.finish({ status: 0 }))
  })
  after(async () => {
    await bastion.close()
    keyring.remove()
  })
  beforeEach(async () => {
    heard = []
    unwatch = watchRepairs(repair => heard.push(repair))
    peer = await rawPeer(bastion.front.address.port)
  })
  afterEach(() => {
    unwatch()
    peer.socket.destroy()
  })

  it('hears of a repair each time it acts', async () => {
    const sessionId = await exchangeKeys(peer)
    assert.ok(sessionId !== null)
    await nextOf(peer, EXT_INFO)
    assert.deepEqual(heard.splice(0), ['server-sig-algs'])
    peer.send(byte(SERVICE_REQUEST), string('ssh-userauth'))
    assert.ok(await logIn(peer, sessionId, loginOf(keyring.certify())))
    assert.deepEqual(heard.splice(0), ['service-request'])
    for (const question of ['one', 'two']) peer.send(byte(192), string(question))
    peer.send(byte(191), uint32(7))
    await nextOf(peer, 3)
    assert.deepEqual(heard.splice(0), ['ping', 'ping', 'unknown-messages'])
    peer.send(kexinit('curve25519-sha256'))
    peer.send(byte(IGNORE), string('while re-keying'))
    peer.send(byte(ECDH_INIT), string(Buffer.alloc(32, 9)))
    await nextOf(peer, 31)
    assert.deepEqual(heard, ['strict-rekey'])
  })

  it('hears nothing any more once it was taken back', async () => {
    unwatch()
    assert.ok((await exchangeKeys(peer)) !== null)
    assert.deepEqual(heard, [])
  })
})
