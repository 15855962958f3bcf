import assert from 'node:assert/strict'
import { parseSourceAddresses } from '../../server/core/certificate/source-address.ts'
import { type Keyring, makeKeyring, runSsh } from '../support/ssh-client.ts'
import { type Balancer, LOCAL_HEADER, proxyHeader, startBalancer } from './balancer.ts'
import { type Bastion, startBastion } from './bastion.ts'

const HEADER = proxyHeader('192.0.2.7')

describe('behind a load balancer', () => {
  let keyring: Keyring
  let bastion: Bastion
  let balancers: Balancer[] = []

  const start = async (trusted: string): Promise<void> => {
    const networks = parseSourceAddresses(trusted)
    if (!networks.ok) throw new Error(networks.fault)
    const greet = async ({ client }: Parameters<Parameters<typeof startBastion>[1]>[0]) => {
      client.stdout.write('in')
      await client.finish({ status: 0 })
    }
    bastion = await startBastion(keyring, greet, {}, { balancers: networks.value })
  }

  const balancer = async (header: Buffer, pieceBytes?: number): Promise<number> => {
    const started = await startBalancer(bastion.front.address.port, header, pieceBytes)
    balancers.push(started)
    return started.port
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
    for (const one of balancers) one.close()
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
    assert.equal((await login(await balancer(LOCAL_HEADER))).status, 255)
  })

  it('the word of nobody else counts', async () => {
    await start('198.51.100.0/24')
    assert.equal((await login(await balancer(HEADER))).status, 255)
    assert.equal((await login(bastion.front.address.port)).stdout.toString(), 'in')
  })
})
