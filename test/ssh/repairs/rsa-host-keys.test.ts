import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import ssh2 from 'ssh2'
import { readFirstLists } from '../../../server/ssh/repairs/kexinit.ts'
import { readHostKey } from '../../../server/ssh/repairs/rsa-host-keys.ts'
import { makeKey } from '../../support/sshd.ts'
import { rawPeer } from '../raw-peer.ts'

/** What an ssh2 server of these host keys offers to prove itself with. */
async function offerOf(hostKeys: readonly unknown[]): Promise<readonly string[]> {
  const algorithms = { serverHostKey: ['rsa-sha2-512', 'rsa-sha2-256'] }
  const config = { hostKeys, algorithms } as unknown as ssh2.ServerConfig
  const server = new ssh2.Server(config, client => void client.on('error', () => undefined))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const peer = await rawPeer((server.address() as AddressInfo).port)
  const kexinit = await peer.next()
  peer.socket.destroy()
  server.close()
  return readFirstLists(kexinit ?? Buffer.alloc(0))?.hostKeys ?? []
}

describe('an RSA host key', () => {
  let folder: string
  let privateKey: Buffer
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'sallyport-rsa-'))
    makeKey(join(folder, 'rsa'), 'rsa', 3072)
    privateKey = readFileSync(join(folder, 'rsa'))
  })
  after(() => rmSync(folder, { recursive: true, force: true }))

  it('ssh2 as shipped offers SHA-1 for it, though the list that it was given has none', async () => {
    assert.deepEqual(await offerOf([privateKey]), ['rsa-sha2-512', 'rsa-sha2-256', 'ssh-rsa'])
  })

  it('is offered with SHA-2 only, the longer hash first', async () => {
    const keys = readHostKey(privateKey)
    assert.ok(keys.ok)
    const offer = await offerOf(keys.value.map(key => ({ key })))
    assert.deepEqual(offer, ['rsa-sha2-512', 'rsa-sha2-256'])
  })

  it('says what is wrong with one that cannot be read', () => {
    const read = readHostKey('no key')
    assert.ok(!read.ok)
    assert.match(read.fault, /Unsupported key format/)
  })
})
