import assert from 'node:assert/strict'
import { byte, MESSAGE, string, uint32 } from '../../server/ssh/connection/wire.ts'
import { type Keyring, makeKeyring, runSsh } from '../support/ssh-client.ts'
import { type Bastion, type Serve, startBastion } from './bastion.ts'
import { exchangeKeys, logIn, nextOf } from './key-exchange.ts'
import { kexinit } from './packets.ts'
import { type RawPeer, rawPeer } from './raw-peer.ts'
import { loginOf } from './rogue-client.ts'
import type { Limits } from '../../server/config/limits.ts'

const IGNORE = 2
const UNIMPLEMENTED = 3
const PING = 192
const PONG = 193
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

  /** Opens a session and resolves with the bastion's number for it. */
  const openSession = async (): Promise<number> => {
    const fields = [7, 1_000_000, 32_000].map(uint32)
    peer.send(byte(MESSAGE.channelOpen), string('session'), ...fields)
    const opened = await nextOf(peer, MESSAGE.channelOpenConfirmation)
    return opened?.readUInt32BE(5) ?? assert.fail('no channel')
  }
  const request = (channel: number, type: string, ...data: readonly Uint8Array[]): void =>
    peer.send(byte(MESSAGE.channelRequest), uint32(channel), string(type), byte(0), ...data)

  it('of terminal sizes is told as fast as a person could see, and the last one is', async () => {
    const told: number[] = []
    let hasLast: () => void = () => undefined
    const last = new Promise<void>(resolve => {
      hasLast = resolve
    })
    await enter({}, async asked => {
      if (asked.terminal === null) return greet(asked)
      asked.onResize(({ columns }) => {
        told.push(columns)
        if (columns === 999) hasLast()
      })
      await asked.client.gone
    })
    const channel = await openSession()
    const size = (columns: number): Buffer[] => [columns, 24, 0, 0].map(uint32)
    request(channel, 'pty-req', string('x'), ...size(80), string(''))
    request(channel, 'shell')
    for (let sent = 0; sent < 10_000; sent += 1) request(channel, 'window-change', ...size(sent))
    request(channel, 'window-change', ...size(999))
    await last
    assert.ok(told.length < 200, `${told.length} sizes were told`)
  })

  it('of signals is passed on at a pace, and then ends the connection with a sentence', async () => {
    const signals: string[] = []
    await enter({}, async asked => {
      if (Buffer.from(asked.program.is === 'exec' ? asked.program.command : '').toString() === 'x')
        return greet(asked)
      asked.onSignal(name => signals.push(name))
      await asked.client.gone
    })
    const channel = await openSession()
    request(channel, 'exec', string('stay'))
    for (let sent = 0; sent < 2000; sent += 1) request(channel, 'signal', string('INT'))
    const farewell = await nextOf(peer, MESSAGE.disconnect)
    assert.match(farewell?.toString() ?? '', /more than 100 requests were refused/)
    assert.ok(signals.length < 200, `${signals.length} signals were passed on`)
    assert.equal(bastion.refused.length, 100)
    assert.deepEqual(new Set(bastion.refused.map(({ request: what }) => what)), new Set(['signal']))
  })

  it('of channels that are opened and closed leaves nothing behind', async () => {
    await enter()
    for (let round = 0; round < 300; round += 1) {
      const channels = [await openSession(), await openSession(), await openSession()]
      for (const channel of channels) {
        peer.send(byte(MESSAGE.channelEof), uint32(channel))
        peer.send(byte(MESSAGE.channelClose), uint32(channel))
        peer.send(byte(MESSAGE.channelWindowAdjust), uint32(channel), uint32(1000))
      }
    }
    const channel = await openSession()
    assert.equal(channel, 900, 'the eleventh and all later ones found room')
  })

  it('of messages that mean nothing is read and forgotten', async () => {
    const sessionId = await enter()
    for (let sent = 0; sent < 5000; sent += 1) {
      peer.send(byte(IGNORE), string('x'))
      peer.send(byte(MESSAGE.debug), byte(1), string('\u001b[2J'), string(''))
      peer.send(byte(UNIMPLEMENTED), uint32(sent))
      if (sent % 1000 === 0) await new Promise(setImmediate)
    }
    assert.ok((await exchangeKeys(peer, sessionId)) !== null, 'the connection still works')
    assert.deepEqual(bastion.logged, [])
  })

  it('of small packets is read at a pace, and other connections of the agent as ever', async () => {
    await enter({ smallPacketsPerSecond: 100 })
    assert.equal(await flood(byte(IGNORE), string('x')), 'not read')
  })

  it('of large packets is nothing but a fast upload', async () => {
    await enter({ smallPacketsPerSecond: 100 })
    for (let sent = 0; sent < 1000; sent += 1) {
      peer.send(byte(IGNORE), string(Buffer.alloc(30_000)))
      if (sent % 50 === 0) await new Promise(setImmediate)
    }
    peer.send(byte(PING), string('still there?'))
    assert.match((await nextOf(peer, PONG))?.toString() ?? '', /still there\?/)
  })

  it('after the goodbye is not even read', async () => {
    await enter({ refusalsPerConnection: 1 })
    request(await openSession(), 'x11-req')
    request(0, 'x11-req')
    assert.notEqual(await nextOf(peer, MESSAGE.disconnect), null)
    const { length } = bastion.refused
    for (let sent = 0; sent < 1000; sent += 1) request(0, 'auth-agent-req@openssh.com')
    peer.socket.resume()
    while ((await peer.next()) !== null);
    assert.equal(bastion.refused.length, length)
  })
})
