import assert from 'node:assert/strict'
import { byte, MESSAGE, string } from '../../server/ssh/connection/wire.ts'
import { type Keyring, makeKeyring, runSsh } from '../support/ssh-client.ts'
import { type Bastion, type Serve, startBastion } from './bastion.ts'
import { exchangeKeys, logIn } from './key-exchange.ts'
import { kexinit } from './packets.ts'
import { type RawPeer, rawPeer } from './raw-peer.ts'
import { loginOf } from './rogue-client.ts'
import type { Limits } from '../../server/config.ts'

const PING = 192
const UNKNOWN = 191

const MEGABYTE = 1024 * 1024
/** Turns of the event loop in which the bastion, which shares it, would have read something. */
const STANDSTILL_TURNS = 500

describe('a flood', () => {
  let keyring: Keyring
  let keyFile: string
  let bastion: Bastion
  let peer: RawPeer

  before(() => {
    keyring = makeKeyring()
    keyFile = keyring.certify()
  })
  after(() => keyring.remove())
  afterEach(async () => {
    peer.socket.destroy()
    const { stdout } = await runSsh(bastion.destination(keyFile), keyring.directory, {
      command: ['x'],
    })
    assert.equal(stdout.toString(), 'in', 'an honest client is served afterwards')
    await bastion.close()
  })

  const greet: Serve = async ({ client }) => {
    client.stdout.write('in')
    await client.finish({ status: 0 })
  }

  /** Under a cipher, before the login. */
  const meet = async (limits: Partial<Limits> = {}, serve = greet): Promise<Buffer> => {
    bastion = await startBastion(keyring, serve, limits)
    peer = await rawPeer(bastion.front.address.port)
    const sessionId = await exchangeKeys(peer)
    assert.ok(sessionId !== null)
    return sessionId
  }

  const enter = async (limits: Partial<Limits> = {}, serve = greet): Promise<Buffer> => {
    const sessionId = await meet(limits, serve)
    assert.ok(await logIn(peer, sessionId, loginOf(keyFile)))
    return sessionId
  }

  /** Sends on and reads nothing, until the bastion stops taking it in or hangs up. Says which. */
  const flood = async (...message: readonly Uint8Array[]): Promise<'not read' | 'hung up'> => {
    let isClosed = false
    peer.socket.once('close', () => {
      isClosed = true
    })
    peer.socket.pause()
    const size = message.reduce((sum, part) => sum + part.length, 32)
    for (let sent = 0; sent < 100 * MEGABYTE; ) {
      peer.socket.cork()
      for (const end = sent + MEGABYTE / 8; sent < end; sent += size) peer.send(...message)
      peer.socket.uncork()
      for (let standstill = 0, waiting = -1; peer.socket.writableLength > 0; standstill += 1) {
        if (peer.socket.writableLength !== waiting) standstill = 0
        if (standstill > STANDSTILL_TURNS) return 'not read'
        waiting = peer.socket.writableLength
        await new Promise(setImmediate)
      }
      await new Promise(setImmediate)
      if (isClosed || peer.socket.destroyed) return 'hung up'
    }
    return assert.fail('100 MB were taken in')
  }

  it('of pings without a look at the answers is not read', async () => {
    await enter()
    assert.equal(await flood(byte(PING), string(Buffer.alloc(30_000))), 'not read')
  })

  for (const [what, ...message] of [
    ['pings', byte(PING), string(Buffer.alloc(30_000))],
    ['small pings', byte(PING), string('x')],
    ['unknown messages', byte(UNKNOWN)],
    ['global requests', byte(MESSAGE.globalRequest), string('keepalive@openssh.com'), byte(1)],
  ] as const) {
    it(`of ${what} in a key exchange that never ends is cut off`, async () => {
      await enter()
      peer.send(kexinit('curve25519-sha256'))
      assert.equal(await flood(...message), 'hung up')
    })
  }
})
