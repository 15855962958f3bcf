import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { byte, MESSAGE, string, uint32 } from '../../server/ssh/connection/wire.ts'
import { attacksOn } from '../ssh/fuzzed-front.ts'
import { exchangeKeys, logIn, nextOf } from '../ssh/key-exchange.ts'
import { type RawPeer, rawPeer } from '../ssh/raw-peer.ts'
import { loginOf } from '../ssh/rogue-client.ts'
import { Bastion } from '../support/bastion.ts'
import { eventsOf, type Reader, readerOf } from '../support/evidence-reader.ts'
import { diceOf } from '../support/fuzzed-parsers.ts'
import { register } from '../support/registered.ts'
import { type Sshd, startSshd } from '../support/sshd.ts'

/** Node keeps what it once needed; what leaks would go far beyond. */
const MOST_GROWTH_KILOBYTES = 250 * 1024

describe('a whole bastion under siege', function () {
  this.timeout(120_000)
  let bastion: Bastion
  let sshd: Sshd
  let reader: Reader
  let key: string
  let rogueKey: string
  const sockets: Socket[] = []

  before(async () => {
    sshd = await startSshd()
    bastion = new Bastion()
    // All come from one address here; that the limit holds is shown elsewhere.
    bastion.write('sallyport.yaml', 'limits: { strangers-per-minute-per-address: 1000000 }\n')
    bastion.environment['SALLYPORT_CONFIG'] = `${bastion.folder}/sallyport.yaml`
    await bastion.up()
    await register(bastion, sshd, 'honest', 'T-1')
    await register(bastion, sshd, 'rogue', 'T-1')
    key = await bastion.agent('honest', 'T-1')
    rogueKey = await bastion.agent('rogue', 'T-1')
    reader = await readerOf(bastion)
    await isServed()
  })
  after(async () => {
    for (const socket of sockets) socket.destroy()
    await reader?.close()
    await bastion?.stop()
    await sshd?.stop()
  })

  /** An honest agent and an honest browser. */
  async function isServed(): Promise<void> {
    const { status, stderr, stdout } = await bastion.exec(key, 'box', 'echo served')
    assert.deepEqual([status, stdout], [0, 'served\n'], stderr)
    const { pid } = bastion
    assert.equal(bastion.ready.pid, pid, 'the same process')
    const page = await fetch(`${bastion.ready.http.url}/readyz`)
    assert.equal(page.status, 200)
  }

  const memoryKilobytes = (): number =>
    Number(spawnSync('ps', ['-o', 'rss=', '-p', String(bastion.pid)]).stdout.toString())

  const enter = async (): Promise<RawPeer> => {
    const peer = await rawPeer(bastion.ready.ssh.port)
    sockets.push(peer.socket)
    const sessionId = await exchangeKeys(peer)
    assert.ok(sessionId !== null && (await logIn(peer, sessionId, loginOf(rogueKey))))
    return peer
  }
  const request = (peer: RawPeer, type: string, ...data: readonly Uint8Array[]): void =>
    peer.send(byte(MESSAGE.channelRequest), uint32(0), string(type), byte(0), ...data)
  const open = async (peer: RawPeer): Promise<void> => {
    peer.send(byte(MESSAGE.channelOpen), string('session'), ...[0, 100_000, 32_000].map(uint32))
    assert.notEqual(await nextOf(peer, MESSAGE.channelOpenConfirmation), null)
  }
  const size = (columns: number): Buffer[] => [columns, 24, 0, 0].map(uint32)

  it('serves on, and grows no further, under damaged packets', async () => {
    const attacks = attacksOn(bastion.ready.ssh.port, loginOf(rogueKey))
    const volley = async (from: number): Promise<void> => {
      for (const { fire } of attacks) {
        for (let seed = from; seed < from + 100; seed += 1) await fire(diceOf(seed))
      }
    }
    await volley(1)
    const before = memoryKilobytes()
    await volley(1001)
    assert.ok(memoryKilobytes() - before < MOST_GROWTH_KILOBYTES)
    await isServed()
  })

  it('serves on while others only hold connections, of both kinds', async () => {
    for (let number = 0; number < 200; number += 1) {
      for (const port of [bastion.ready.ssh.port, Number(new URL(bastion.ready.http.url).port)]) {
        const socket = connect(port, '127.0.0.1')
        sockets.push(socket)
        socket.on('error', () => undefined)
        await once(socket, 'connect')
        if (number % 2 === 0) socket.write('S')
      }
    }
    await isServed()
  })

  it('ends a session properly whose terminal changes its size all the time', async () => {
    const peer = await enter()
    await open(peer)
    request(peer, 'pty-req', string('xterm'), ...size(80), string(Buffer.of(0)))
    request(peer, 'exec', string('sleep 0.3'))
    let isOver = false
    const changing = (async () => {
      for (let columns = 1; !isOver; columns += 1) {
        for (let times = 0; times < 50; times += 1) request(peer, 'window-change', ...size(columns))
        await new Promise(resolve => setTimeout(resolve, 1))
      }
    })()
    const exit = await nextOf(peer, MESSAGE.channelRequest)
    assert.match(exit?.toString() ?? '', /exit-status/)
    await nextOf(peer, MESSAGE.channelClose)
    isOver = true
    await changing
    peer.socket.destroy()
    await isServed()
    const faults = (await eventsOf(reader)).flatMap(event =>
      event.kind === 'command-ended' && event.fault !== null ? [event.fault] : [],
    )
    assert.deepEqual(faults, [])
  })

  it('serves others while a session is flooded with what no window bounds', async () => {
    const peer = await enter()
    await open(peer)
    request(peer, 'exec', string('sleep 20'))
    peer.socket.cork()
    for (let sent = 0; sent < 3000; sent += 1) {
      request(peer, 'window-change', ...size(sent))
      peer.send(byte(192), string('x'))
      peer.send(byte(MESSAGE.globalRequest), string('keepalive@openssh.com'), byte(1))
    }
    peer.socket.uncork()
    await isServed()
    for (let sent = 0; sent < 500; sent += 1) request(peer, 'signal', string('USR1'))
    assert.match((await nextOf(peer, MESSAGE.disconnect))?.toString() ?? '', /were refused/)
    await isServed()
  })

  it('has ended every session that it began, and every connection', async () => {
    for (const socket of sockets) socket.destroy()
    const live = async (): Promise<string | undefined> => {
      const page = await fetch(`${bastion.ready.http.url}/metrics`)
      return /^sallyport_sessions_live (\d+)$/m.exec(await page.text())?.[1]
    }
    while ((await live()) !== '0') await new Promise(resolve => setTimeout(resolve, 100))
  })
})
