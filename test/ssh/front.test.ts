import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { byte, MESSAGE, string, uint32 } from '../../server/ssh/connection/wire.ts'
import { sendMessage } from '../../server/ssh/transport.ts'
import { collect, type Keyring, makeKeyring, runSsh, startSsh } from '../support/ssh-client.ts'
import { type Bastion, type Serve, startBastion } from './bastion.ts'
import { rogueClient } from './rogue-client.ts'
import type { Limits } from '../../server/config/limits.ts'

describe('the front', () => {
  let keyring: Keyring
  let keyFile: string
  let bastion: Bastion | null = null
  let sockets: Socket[] = []

  before(() => {
    keyring = makeKeyring()
    keyFile = keyring.certify()
  })
  after(() => keyring.remove())
  afterEach(async () => {
    for (const socket of sockets) socket.destroy()
    sockets = []
    await bastion?.close()
    bastion = null
  })

  const greet: Serve = async ({ client }) => {
    client.stdout.write('in')
    await client.finish({ status: 0 })
  }

  const start = async (limits: Partial<Limits> = {}, serve = greet): Promise<Bastion> => {
    bastion = await startBastion(keyring, serve, limits)
    return bastion
  }

  const dial = async (to: Bastion): Promise<Socket> => {
    const socket = connect(to.front.address.port, '127.0.0.1')
    sockets.push(socket)
    socket.on('error', () => undefined)
    await once(socket, 'connect')
    return socket
  }

  const login = (to: Bastion) =>
    runSsh(to.destination(keyFile), keyring.directory, { command: ['x'] })

  it('calls itself by a name without a version', async () => {
    const socket = await dial(await start())
    const [banner] = (await once(socket, 'data')) as [Buffer]
    assert.equal(banner.toString('latin1').split('\r\n')[0], 'SSH-2.0-Sallyport')
  })

  it('writes a flood of connections down as one event', async () => {
    const to = await start({ unauthenticatedPerAddress: 3 })
    for (let number = 0; number < 50; number += 1) await dial(to)
    await until(() => to.front.connections().total === 3)
    await to.front.close('over')
    const events = to.journal.filter(({ kind }) => kind === 'connection-refused')
    assert.equal(events.length, 1)
    assert.match(JSON.stringify(events), /too-many-unauthenticated \(47 times/)
  })

  it('hangs up on those who do not log in in time', async () => {
    const to = await start({ loginGraceSeconds: 1 })
    const silent = await dial(to)
    const talking = await dial(to)
    talking.write('SSH-2.0-Slow\r\n')
    silent.resume()
    talking.resume()
    await Promise.all([once(silent, 'close'), once(talking, 'close')])
    await until(() => to.front.connections().total === 0)
  })

  it('lets those stay who have logged in', async () => {
    const to = await start({ loginGraceSeconds: 1 }, async ({ client }) => {
      await new Promise(resolve => setTimeout(resolve, 1300))
      client.stdout.write('still here')
      await client.finish({ status: 0 })
    })
    assert.equal((await login(to)).stdout.toString(), 'still here')
  })

  it('tells newcomers why nobody gets in when every place is taken', async () => {
    const to = await start({ connections: 2, unauthenticated: 2 }, ({ client }) => client.gone)
    const busy = [1, 2].map(() => startSsh(to.destination(keyFile), keyring.directory, [], ['x']))
    await until(() => to.front.connections().total === 2)
    await until(() => to.front.connections().unauthenticated === 0)
    const ran = await login(to)
    assert.equal(ran.status, 255)
    assert.match(ran.stderr, /sallyport: 2 connections are open, .* try again later/)
    await Promise.all(
      busy.map(child => {
        child.kill()
        return once(child, 'exit')
      }),
    )
  })

  it('drains: newcomers read the sentence, idle connections go, programs go on', async () => {
    let finish: () => void = () => undefined
    const to = await start({}, async ({ client }) => {
      await new Promise<void>(resolve => {
        finish = resolve
      })
      client.stdout.write('finished')
      await client.finish({ status: 0 })
    })
    const destination = to.destination(keyFile)
    const idle = collect(startSsh(destination, keyring.directory, ['-N'], []))
    const busy = collect(startSsh(destination, keyring.directory, [], ['x']))
    await until(() => to.identities.length === 1 && to.front.connections().total === 2)
    await until(() => to.front.connections().unauthenticated === 0)
    await new Promise(resolve => setTimeout(resolve, 100))
    to.front.drain('sallyport: this node is stopping; connect again')
    assert.match((await idle).stderr, /this node is stopping/)
    assert.match((await login(to)).stderr, /this node is stopping/)
    finish()
    assert.equal((await busy).stdout.toString(), 'finished')
  })

  it('closes: everybody reads the sentence, and the port is free', async () => {
    const to = await start({}, ({ client }) => client.gone)
    const busy = collect(startSsh(to.destination(keyFile), keyring.directory, [], ['x']))
    await until(() => to.identities.length === 1)
    await until(() => to.front.connections().unauthenticated === 0)
    await to.front.close('sallyport: stopped')
    assert.match((await busy).stderr, /sallyport: stopped/)
    assert.match((await login(to)).stderr, /Connection refused/)
  })

  it('compresses for nobody', async () => {
    const to = await start()
    const options = ['-C', '-v']
    const ran = await runSsh(to.destination(keyFile), keyring.directory, {
      options,
      command: ['x'],
    })
    assert.equal(ran.stdout.toString(), 'in')
    assert.match(ran.stderr, /compression: none/)
    assert.doesNotMatch(ran.stderr, /compression: zlib/)
  })

  for (const [what, settings] of [
    ['SHA-1 MACs', ['MACs=hmac-sha1', 'Ciphers=aes128-ctr']],
    ['SHA-1 key exchange', ['KexAlgorithms=diffie-hellman-group14-sha1']],
    ['CBC ciphers', ['Ciphers=aes128-cbc']],
  ] as const) {
    it(`refuses ${what}`, async () => {
      const to = await start()
      const options = settings.flatMap(setting => ['-o', setting])
      const ran = await runSsh(to.destination(keyFile), keyring.directory, { options, command: [] })
      assert.equal(ran.status, 255)
      assert.match(ran.stderr, /no matching/)
    })
  }

  it('opens no more channels than are allowed', async () => {
    const to = await start({ channelsPerConnection: 10 })
    const client = await rogueClient(to.destination(keyFile))
    const opened = await Promise.all(
      Array.from({ length: 1000 }, () => client.multiplexer.open('session')),
    )
    assert.equal(opened.filter(channel => typeof channel !== 'string').length, 10)
    assert.match(opened.find(channel => typeof channel === 'string') ?? '', /10 channels are open/)
    client.end()
  })

  it('holds little for a client with a huge window that has stopped reading', async () => {
    let written = 0
    const to = await start({}, async ({ client }) => {
      const chunk = Buffer.alloc(64 * 1024)
      while (client.stdout.writable) {
        if (!client.stdout.write(chunk)) {
          await Promise.race([once(client.stdout, 'drain'), client.gone])
        }
        written += chunk.length
        if (written > 256 * 1024 * 1024) return
      }
    })
    const client = await rogueClient(to.destination(keyFile))
    const channel = await client.multiplexer.open('session')
    assert.ok(typeof channel !== 'string')
    client.transport.send(byte(MESSAGE.channelWindowAdjust), uint32(0), uint32(0xf000_0000))
    await channel.ask('exec', string('x'))
    client.socket.pause()
    let before = -1
    while (before !== written) {
      before = written
      await new Promise(resolve => setTimeout(resolve, 100))
    }
    // The socket's mark, what the system's own buffers hold, and a chunk or two.
    assert.ok(written < 16 * 1024 * 1024, `${written} bytes were taken`)
    client.socket.destroy()
  })

  it('stops reading from a client that asks and never reads the answers', async () => {
    const to = await start({ channelsPerConnection: 1 })
    const client = await rogueClient(to.destination(keyFile))
    await client.multiplexer.open('session')
    client.socket.pause()
    const fields = [string('session'), ...[9, 1000, 1000].map(uint32)]
    const before = process.memoryUsage().rss
    // Once the bastion reads no more, what is sent piles up on the client's side.
    while (client.socket.writableLength < 1024 * 1024) {
      for (let sent = 0; sent < 500; sent += 1) {
        sendMessage(client.peer._protocol, [byte(MESSAGE.channelOpen), ...fields])
      }
      await new Promise(resolve => setImmediate(resolve))
    }
    assert.ok(process.memoryUsage().rss - before < 300 * 1024 * 1024)
    client.socket.destroy()
    assert.equal((await login(to)).stdout.toString(), 'in')
  })

  it('forgets connections that break off, at every stage', async () => {
    const to = await start({}, ({ client }) => client.gone)
    const fresh = await dial(to)
    const greeted = await dial(to)
    greeted.write('SSH-2.0-Fuzz\r\n')
    await once(greeted, 'data')
    const inside = await rogueClient(to.destination(keyFile))
    const channel = await inside.multiplexer.open('session')
    assert.ok(typeof channel !== 'string')
    await channel.ask('exec', string('x'))
    for (const socket of [fresh, greeted, inside.socket]) socket.resetAndDestroy()
    await until(() => to.front.connections().total === 0)
    assert.equal(to.front.connections().unauthenticated, 0)
  })

  it('hangs up on who skips the login', async () => {
    const to = await start()
    for (const message of [
      [byte(MESSAGE.channelOpen), string('session'), uint32(0), uint32(1000), uint32(1000)],
      [byte(MESSAGE.globalRequest), string('x'), byte(1)],
      [byte(MESSAGE.channelData), uint32(0), string('x')],
      [byte(MESSAGE.channelRequest), uint32(0), string('exec'), byte(1), string('id')],
    ]) {
      const said = await handshakeThenSend(to, message)
      assert.match(said, /^$|disconnect|ended|closed|PROTOCOL/i)
    }
    assert.deepEqual(to.identities, [])
    assert.ok(to.logged.some(line => /before the login/.test(line)))
  })

  it('survives whatever is sent in place of SSH', async () => {
    const to = await start({ strangersPerMinutePerAddress: 1_000_000 })
    const openings = [
      Buffer.alloc(0),
      Buffer.from('GET / HTTP/1.1\r\n\r\n'),
      Buffer.from('SSH-1.5-Old\r\n'),
      Buffer.from(`SSH-2.0-${'x'.repeat(10_000)}\r\n`),
      Buffer.from('SSH-2.0-Fuzz\r\n'),
      Buffer.alloc(100_000, '\n'),
      Buffer.concat([Buffer.from('SSH-2.0-Fuzz\r\n'), uint32(0xffff_ffff), Buffer.alloc(64)]),
      Buffer.concat([Buffer.from('SSH-2.0-Fuzz\r\n'), uint32(12), byte(255), byte(20)]),
    ]
    for (let number = 0; number < 300; number += 1) {
      const socket = await dial(to)
      const opening = openings[number % openings.length] ?? Buffer.alloc(0)
      socket.end(Buffer.concat([opening, randomBytes((number * 37) % 2000)]))
      socket.resume()
    }
    assert.equal((await login(to)).stdout.toString(), 'in')
    await until(() => to.front.connections().total === 0)
  })
})

/** Finishes a key exchange and then sends one message that only a client that has logged in may send. */
async function handshakeThenSend(to: Bastion, message: readonly Uint8Array[]): Promise<string> {
  const { default: ssh2 } = await import('ssh2')
  const client = new ssh2.Client()
  return new Promise(resolve => {
    let fault = ''
    client.on('error', error => {
      fault = error.message
    })
    client.on('close', () => resolve(fault))
    client.connect({
      host: '127.0.0.1',
      port: to.front.address.port,
      username: 'x',
      hostVerifier: () => true,
      authHandler: () => {
        const { _protocol } = client as unknown as { _protocol: Parameters<typeof sendMessage>[0] }
        sendMessage(_protocol, message)
      },
    })
  })
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise(resolve => setTimeout(resolve, 10))
}
