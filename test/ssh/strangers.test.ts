import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { byte, MESSAGE, string, uint32 } from '../../server/ssh/connection/wire.ts'
import { type Keyring, makeKeyring, runSsh, startSsh } from '../support/ssh-client.ts'
import type { Limits } from '../../server/config/limits.ts'
import { type Bastion, type Serve, startBastion } from './bastion.ts'
import { exchangeKeys, logIn, nextOf } from './key-exchange.ts'
import { kexinit, plainPacket } from './packets.ts'
import { type RawPeer, rawPeer } from './raw-peer.ts'
import { loginOf } from './rogue-client.ts'

const IGNORE = 2
const SERVICE_REQUEST = 5
const KEX_ECDH_INIT = 30
const USERAUTH_FAILURE = 51
/** RFC 4253 §11.1. */
const KEY_EXCHANGE_FAILED = 3

describe('the front bounds', () => {
  let keyring: Keyring
  let keyFile: string
  let bastion: Bastion
  const peers: RawPeer[] = []

  before(() => {
    keyring = makeKeyring()
    keyFile = keyring.certify()
  })
  after(() => keyring.remove())
  afterEach(async () => {
    for (const { socket } of peers.splice(0)) socket.destroy()
    await bastion.close()
  })

  const greet: Serve = async ({ client }) => {
    client.stdout.write('in')
    await client.finish({ status: 0 })
  }
  const start = async (limits: Partial<Limits>, serve = greet): Promise<void> => {
    bastion = await startBastion(keyring, serve, limits)
  }
  const dial = async (): Promise<RawPeer> => {
    const peer = await rawPeer(bastion.front.address.port)
    peers.push(peer)
    return peer
  }
  const login = () => runSsh(bastion.destination(keyFile), keyring.directory, { command: ['x'] })

  /** What the bastion says when it hangs up. */
  const farewellOf = async (peer: RawPeer): Promise<string> =>
    (await nextOf(peer, MESSAGE.disconnect))?.subarray(9).toString() ?? 'hung up without a word'

  it('connections from one address that lead to no login, and tells who comes next', async () => {
    await start({ strangersPerMinutePerAddress: 3 })
    assert.equal((await login()).stdout.toString(), 'in', 'a login does not count')
    for (const depth of ['banner', 'exchange', 'service']) {
      const peer = await dial()
      if (depth === 'banner') await peer.next()
      else await exchangeKeys(peer)
      if (depth === 'service') peer.send(byte(SERVICE_REQUEST), string('ssh-userauth'))
      peer.socket.destroy()
      await until(() => bastion.front.connections().total === 0)
    }
    const refused = await login()
    assert.match(refused.stderr, /3 connections from your address went without a login; try again/)
    await bastion.close()
    const events = bastion.journal.filter(({ kind }) => kind === 'connection-refused')
    assert.match(JSON.stringify(events), /too-many-strangers/)
  })

  it('what idle sockets can do to others of their address: nothing', async () => {
    await start({ strangersPerMinutePerAddress: 3, unauthenticatedPerAddress: 5 })
    for (let number = 0; number < 20; number += 1) {
      const { socket } = await dial()
      // Not even a banner; what `rawPeer` says goes after it, and this socket is gone by then.
      socket.destroy()
    }
    await until(() => bastion.front.connections().total === 0)
  })

  it('who waits for a login, and tells who has to go for a newcomer', async () => {
    await start({ unauthenticatedPerAddress: 1 })
    // One that has not even said its first line, and one that has.
    const silent = connect(bastion.front.address.port, '127.0.0.1')
    const heard = text(silent)
    await once(silent, 'connect')
    const spoken = await dial()
    assert.match(await heard, /^SSH-2\.0-Sallyport\r\n[^]*yours has waited longest; connect again/)
    await spoken.next() // the bastion has heard its first line
    await dial()
    assert.match(await farewellOf(spoken), /yours has waited longest; connect again/)
    assert.equal(bastion.front.connections().unauthenticated, 1)
  })

  it('what comes before a login', async () => {
    await start({ bytesBeforeLogin: 20_000 })
    const peer = await dial()
    assert.ok((await exchangeKeys(peer)) !== null)
    for (let sent = 0; sent < 30; sent += 1) peer.send(byte(IGNORE), string(Buffer.alloc(1000)))
    assert.match(await farewellOf(peer), /20000 bytes came and no login; log in first/)
  })

  it('what comes before a key exchange, where strict key exchange was not asked for', async () => {
    await start({ bytesBeforeLogin: 20_000 })
    const peer = await dial()
    await peer.next()
    for (let sent = 0; sent < 30; sent += 1) peer.send(byte(IGNORE), string(Buffer.alloc(1000)))
    assert.match(await farewellOf(peer), /20000 bytes came and no login/)
  })

  it('key exchanges before a login to one', async () => {
    await start({})
    const peer = await dial()
    const sessionId = await exchangeKeys(peer)
    assert.ok(sessionId !== null)
    peer.send(kexinit('curve25519-sha256'))
    assert.match(await farewellOf(peer), /log in before you exchange keys again/)
  })

  it('key exchanges after it to what a connection needs', async () => {
    await start({})
    const peer = await dial()
    const sessionId = await exchangeKeys(peer)
    assert.ok(sessionId !== null)
    assert.ok(await logIn(peer, sessionId, loginOf(keyFile)))
    let exchanges = 0
    while ((await exchangeKeys(peer, sessionId)) !== null) exchanges += 1
    assert.ok(exchanges >= 20 && exchanges < 40, `${exchanges} exchanges`)
  })

  it('the first line of a client', async () => {
    await start({ bannerBytes: 100 })
    const peer = await rawPeer(
      bastion.front.address.port,
      Buffer.from(`SSH-2.0-${'x'.repeat(100)}\r\n`),
    )
    peers.push(peer)
    assert.match(
      await farewellOf(peer),
      /first line of your client has 108 bytes, and 100 are taken/,
    )
    assert.equal((await login()).stdout.toString(), 'in')
  })

  it('the connections of one agent, however many certificates it has, and nobody else’s', async () => {
    await start({ connectionsPerAgent: 2 }, async ({ client, program }) => {
      if (program.is === 'exec' && Buffer.from(program.command).toString() === 'stay')
        await client.gone
      else await greet({ client } as Parameters<Serve>[0])
    })
    const idle = [keyFile, keyring.certify()].map(file =>
      startSsh(bastion.destination(file), keyring.directory, [], ['stay']),
    )
    await until(() => bastion.identities.length === 2)
    const refused = await login()
    assert.match(
      refused.stderr,
      /2 connections of yours are open, as many as one agent may have; close one/,
    )
    const other = await runSsh(
      bastion.destination(keyring.certify({ principals: 'bob' })),
      keyring.directory,
      { command: ['x'] },
    )
    assert.equal(other.stdout.toString(), 'in', other.stderr)
    for (const child of idle) child.kill()
    await until(() => bastion.front.connections().total === 0)
    assert.equal((await login()).stdout.toString(), 'in')
    const [event] = bastion.journal.filter(({ kind }) => kind === 'login-refused')
    assert.match(JSON.stringify(event), /"because":"too-many-connections","detail":"alice: /)
  })

  it('the logins of one agent in a minute, over however many connections, and nobody else’s', async () => {
    await start({ loginsPerMinutePerAgent: 2, strangersPerMinutePerAddress: 3 })
    for (let round = 0; round < 2; round += 1) {
      assert.equal((await login()).stdout.toString(), 'in')
    }
    for (let round = 0; round < 2; round += 1) {
      const { stderr } = await login()
      assert.match(stderr, /more than 2 times a minute; run many commands over one connection/)
      assert.match(stderr, /or wait \d+ s/)
    }
    const bob = bastion.destination(keyring.certify({ principals: 'bob' }))
    const other = await runSsh(bob, keyring.directory, { command: ['x'] })
    assert.equal(other.stdout.toString(), 'in', other.stderr)
    const refused = bastion.journal.filter(({ kind }) => kind === 'login-refused')
    assert.equal(refused.length, 1, 'one event for each time that it ran into the bound')
    assert.match(JSON.stringify(refused[0]), /"because":"too-many-logins","detail":"alice: /)
    // Refused, each has cost a key exchange all the same: its address is turned away before the next ones.
    await login()
    assert.match((await login()).stderr, /3 connections from your address went without a login/)
  })

  it('windows and packets as it is told to', async () => {
    await start({ windowBytes: 40_000, packetBytes: 5000, leastPacketBytes: 1000 })
    const peer = await dial()
    const sessionId = await exchangeKeys(peer)
    assert.ok(sessionId !== null && (await logIn(peer, sessionId, loginOf(keyFile))))
    const open = (window: number, packet: number): void =>
      peer.send(byte(MESSAGE.channelOpen), string('session'), ...[7, window, packet].map(uint32))
    open(1000, 999)
    const refused = await nextOf(peer, MESSAGE.channelOpenFailure)
    assert.match(refused?.toString() ?? '', /maximum packet size 999 is below 1000/)
    open(1000, 1000)
    const opened = await nextOf(peer, MESSAGE.channelOpenConfirmation)
    assert.deepEqual([opened?.readUInt32BE(9), opened?.readUInt32BE(13)], [40_000, 5000])
    const id = opened?.readUInt32BE(5) ?? 0
    peer.send(byte(MESSAGE.channelData), uint32(id), string(Buffer.alloc(5001)))
    assert.match(await farewellOf(peer), /a packet larger than we take/)
  })

  it('2,000 attempts to six, however fast they come', async () => {
    await start({})
    const peer = await dial()
    assert.ok((await exchangeKeys(peer)) !== null)
    peer.send(byte(SERVICE_REQUEST), string('ssh-userauth'))
    const attempt = ['box', 'ssh-connection', 'password'].map(text => string(text))
    peer.socket.cork()
    for (let sent = 0; sent < 2000; sent += 1) {
      peer.send(byte(MESSAGE.userauthRequest), ...attempt, byte(0), string(`guess ${sent}`))
    }
    peer.socket.uncork()
    let failures = 0
    let farewell = ''
    for (let packet = await peer.next(); packet !== null; packet = await peer.next()) {
      if (packet[0] === USERAUTH_FAILURE) failures += 1
      if (packet[0] === MESSAGE.disconnect) farewell = packet.toString()
    }
    assert.equal(failures, 6)
    assert.match(farewell, /6 attempts to log in failed; offer the certificate first/)
    await bastion.close()
    assert.equal(bastion.journal.filter(({ kind }) => kind === 'login-refused').length, 1)
  })

  it('nothing that is compressed: a client that can do nothing else is refused', async () => {
    await start({})
    const peer = await dial()
    peer.send(kexinit('curve25519-sha256', { compression: 'zlib,zlib@openssh.com' }))
    assert.equal((await nextOf(peer, MESSAGE.disconnect))?.readUInt32BE(1), KEY_EXCHANGE_FAILED)
  })

  for (const [what, packet] of [
    ['a key exchange', plainPacket(byte(KEX_ECDH_INIT))],
    ['a login', plainPacket(Buffer.concat([byte(50), string('box')]))],
    ['an unknown message', plainPacket(byte(191))],
  ] as const) {
    it(`nothing on ${what} before the first KEXINIT, and hangs up`, async () => {
      await start({})
      const peer = await dial()
      peer.socket.write(packet)
      while ((await peer.next()) !== null);
    })
  }

  it('what a connection may be refused, and then ends it', async () => {
    await start({ refusalsPerConnection: 5 })
    const peer = await dial()
    const sessionId = await exchangeKeys(peer)
    assert.ok(sessionId !== null && (await logIn(peer, sessionId, loginOf(keyFile))))
    for (let asked = 0; asked < 10; asked += 1) {
      peer.send(byte(MESSAGE.globalRequest), string('tcpip-forward'), byte(1))
    }
    assert.match(
      await farewellOf(peer),
      /more than 5 requests were refused; ask only for what is offered/,
    )
    assert.equal(bastion.refused.length, 5)
  })
})

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise(resolve => setTimeout(resolve, 10))
}
