import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import type { Limits } from '../../server/config/limits.ts'
import { heapBytes } from '../support/fuzzed-parsers.ts'
import { type Keyring, makeKeyring, type Ran, runSsh } from '../support/ssh-client.ts'
import { type Balancer, proxyHeader, startBalancer } from './balancer.ts'
import { type Bastion, startBastion } from './bastion.ts'
import { exchangeKeys } from './key-exchange.ts'
import { type RawPeer, rawPeer } from './raw-peer.ts'

/** Sockets of both sides included: this process is the bastion and all its besiegers. */
const MOST_HEAP_GROWTH = 64 * 1024 * 1024
const MOST_MEMORY_GROWTH = 256 * 1024 * 1024

/** Everybody comes through a balancer that is believed, so that everybody can come from anywhere. */
describe('under siege', () => {
  let keyring: Keyring
  let keyFile: string
  let bastion: Bastion
  let sockets: Socket[] = []
  const balancers = new Map<string, Promise<Balancer>>()

  before(() => {
    keyring = makeKeyring()
    keyFile = keyring.certify()
  })
  after(() => keyring.remove())
  afterEach(async () => {
    for (const socket of sockets) socket.destroy()
    sockets = []
    for (const balancer of balancers.values()) (await balancer).close()
    balancers.clear()
    await bastion.close()
  })

  const start = async (limits: Partial<Limits> = {}): Promise<void> => {
    const loopback = { address: Uint8Array.of(127, 0, 0, 0), prefixBits: 8 }
    bastion = await startBastion(
      keyring,
      async ({ client }) => {
        client.stdout.write('in')
        await client.finish({ status: 0 })
      },
      limits,
      { balancers: [loopback] },
    )
  }

  /** Says nothing, from there. */
  const silent = async (from: string): Promise<Socket> => {
    const socket = connect(bastion.front.address.port, '127.0.0.1')
    sockets.push(socket)
    socket.on('error', () => undefined)
    await once(socket, 'connect')
    socket.write(proxyHeader(from))
    return socket
  }

  /** Speaks SSH, up to a finished key exchange. */
  const stranger = async (from: string): Promise<RawPeer> => {
    const peer = await rawPeer(bastion.front.address.port, proxyHeader(from))
    sockets.push(peer.socket)
    await exchangeKeys(peer)
    return peer
  }

  const login = async (from: string): Promise<Ran> => {
    const { port } = bastion.front.address
    // Kept before it listens: many log in at once from one address.
    const starting = balancers.get(from) ?? startBalancer(port, proxyHeader(from))
    balancers.set(from, starting)
    const balancer = await starting
    const destination = { ...bastion.destination(keyFile), port: balancer.port }
    return runSsh(destination, keyring.directory, { command: ['x'] })
  }

  /** From one of so many addresses. */
  const somewhere = (network: string, number: number, addresses: number): string =>
    `${network}.${1 + (number % addresses)}`

  it('500 that never log in, 200 that trickle and 100 that finish a key exchange keep none of 50 out', async () => {
    await start()
    const heap = heapBytes()
    const { rss } = process.memoryUsage()
    const trickling: Socket[] = []
    for (let number = 0; number < 500; number += 1) {
      await silent(somewhere('198.51.100', number, 100))
      if (number % 5 < 2) trickling.push(await silent(somewhere('198.51.100', number, 100)))
      if (number % 5 === 0) await stranger(somewhere('192.0.2', number, 100))
    }
    const trickle = setInterval(() => {
      for (const socket of trickling) if (socket.writable) socket.write('S')
    }, 20)
    // And all the while more of them come.
    let later = 0
    const besiege = setInterval(() => {
      later += 1
      void silent(somewhere('198.51.100', later, 100)).catch(() => undefined)
    }, 50)
    try {
      // Ten jobs at a time: a client's own start takes most of its time before the key exchange.
      for (let wave = 0; wave < 5; wave += 1) {
        const honest = Array.from({ length: 10 }, (_, number) =>
          login(somewhere('203.0.113', number, 5)),
        )
        for (const { stdout, stderr } of await Promise.all(honest)) {
          assert.equal(stdout.toString(), 'in', stderr)
        }
      }
    } finally {
      clearInterval(trickle)
      clearInterval(besiege)
    }
    assert.ok(bastion.front.connections().unauthenticated <= 100)
    assert.ok(heapBytes() - heap < MOST_HEAP_GROWTH)
    assert.ok(process.memoryUsage().rss - rss < MOST_MEMORY_GROWTH)
  })

  it('those who share an address with idle connections get in', async () => {
    await start()
    for (let number = 0; number < 100; number += 1) await silent('203.0.113.7')
    const ran = await Promise.all(Array.from({ length: 10 }, () => login('203.0.113.7')))
    for (const { stdout, stderr } of ran) assert.equal(stdout.toString(), 'in', stderr)
  })

  it('those who share an address with a flood of key exchanges are told to wait, and nobody else is', async () => {
    await start({ strangersPerMinutePerAddress: 20 })
    for (let number = 0; number < 20; number += 1) {
      const { socket } = await stranger('198.51.100.9')
      socket.destroy()
    }
    while (bastion.front.connections().total > 0) await new Promise(setImmediate)
    const neighbour = await login('198.51.100.9')
    assert.match(neighbour.stderr, /20 connections from your address went without a login/)
    assert.equal((await login('203.0.113.7')).stdout.toString(), 'in')
  })
})
