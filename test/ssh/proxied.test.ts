import assert from 'node:assert/strict'
import { createServer, connect, type Server, type Socket } from 'node:net'
import { once } from 'node:events'
import { parseSourceAddresses } from '../../server/core/certificate/source-address.ts'
import { type Keyring, makeKeyring, runSsh } from '../support/ssh-client.ts'
import { type Bastion, startBastion } from './bastion.ts'

const SIGNATURE = Buffer.from('0d0a0d0a000d0a515549540a', 'hex')

/** For 192.0.2.7:56324 → 198.51.100.1:2222. */
const HEADER = Buffer.concat([SIGNATURE, Buffer.from('2111000cc0000207c6336401dc0408ae', 'hex')])

describe('behind a load balancer', () => {
  let keyring: Keyring
  let bastion: Bastion
  let balancers: Server[] = []

  const start = async (trusted: string): Promise<void> => {
    const networks = parseSourceAddresses(trusted)
    if (!networks.ok) throw new Error(networks.fault)
    const greet = async ({ client }: Parameters<Parameters<typeof startBastion>[1]>[0]) => {
      client.stdout.write('in')
      await client.finish({ status: 0 })
    }
    bastion = await startBastion(keyring, greet, {}, { balancers: networks.value })
  }

  /** A balancer that writes this in front, in pieces of so many bytes, and then only copies. */
  const balancer = async (header: Buffer, pieces = 1000): Promise<number> => {
    const server = createServer(client => {
      const upstream = connect(bastion.front.address.port, '127.0.0.1', () => void pour(upstream))
      const pour = async (to: Socket): Promise<void> => {
        to.setNoDelay(true)
        for (let at = 0; at < header.length; at += pieces) {
          to.write(header.subarray(at, at + pieces))
          await new Promise(resolve => setTimeout(resolve, 2))
        }
        client.pipe(to).pipe(client)
      }
      for (const socket of [client, upstream]) {
        socket.on('error', () => undefined)
        socket.on('close', () => {
          client.destroy()
          upstream.destroy()
        })
      }
    })
    balancers.push(server)
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    return typeof address === 'object' && address !== null ? address.port : 0
  }

  const login = (port: number, options: readonly string[] = []) =>
    runSsh({ ...bastion.destination(keyring.certify({ options })), port }, keyring.directory, {
      command: ['x'],
    })

  before(() => {
    keyring = makeKeyring()
  })
  after(() => keyring.remove())
  afterEach(async () => {
    for (const server of balancers) server.close()
    balancers = []
    await bastion.close()
  })

  it('the client has the address that the balancer names', async () => {
    await start('127.0.0.0/8')
    const port = await balancer(HEADER)
    assert.equal((await login(port, ['source-address=192.0.2.7'])).stdout.toString(), 'in')
    const away = await login(port, ['source-address=127.0.0.1'])
    assert.match(away.stderr, /not good from 192\.0\.2\.7/)
  })

  it('the header may come byte by byte', async () => {
    await start('127.0.0.0/8')
    assert.equal((await login(await balancer(HEADER, 1))).stdout.toString(), 'in')
  })

  it('a connection without a header is closed', async () => {
    await start('127.0.0.0/8')
    assert.equal((await login(bastion.front.address.port)).status, 255)
    assert.deepEqual(bastion.identities, [])
  })

  it('a health check, which names nobody, is closed', async () => {
    await start('127.0.0.0/8')
    const local = Buffer.concat([SIGNATURE, Buffer.from('20000000', 'hex')])
    assert.equal((await login(await balancer(local))).status, 255)
  })

  it('the word of nobody else counts', async () => {
    await start('198.51.100.0/24')
    assert.equal((await login(await balancer(HEADER))).status, 255)
    assert.equal((await login(bastion.front.address.port)).stdout.toString(), 'in')
  })
})
