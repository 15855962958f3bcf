import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { ml_kem768 } from '@noble/post-quantum/ml-kem.js'
import ssh2 from 'ssh2'
import type { Protocol } from 'ssh2/lib/protocol/Protocol.js'
import { TARGET_ALGORITHMS } from '../../../server/ssh/algorithms.ts'
import { byte, string } from '../../../server/ssh/connection/wire.ts'
import { repairConnection } from '../../../server/ssh/repairs/install.ts'
import { POST_QUANTUM_KEX } from '../../../server/ssh/repairs/post-quantum.ts'
import { type Keyring, makeKeyring, runSsh } from '../../support/ssh-client.ts'
import { type Bastion, startBastion } from '../bastion.ts'
import { kexinit } from '../packets.ts'
import { rawPeer } from '../raw-peer.ts'

const DISCONNECT = 1
const KEXINIT = 20
const KEX_ECDH_INIT = 30
const KEX_ECDH_REPLY = 31

describe('post-quantum key exchange', () => {
  let keyring: Keyring
  let bastion: Bastion

  before(async () => {
    keyring = makeKeyring()
    bastion = await startBastion(keyring, async ({ client }) => {
      client.stdout.write('in')
      await client.finish({ status: 0 })
    })
  })
  after(async () => {
    await bastion.close()
    keyring.remove()
  })

  /** The exchange that ssh2 as a client agrees on with the bastion, or why there was none. */
  const agree = (kex: readonly string[], isTaught = true): Promise<string> =>
    new Promise(resolve => {
      const client = new ssh2.Client()
      client.on('handshake', ({ kex: agreed }) => {
        resolve(agreed)
        client.end()
      })
      client.on('error', error => resolve(error.message))
      const { host, port } = bastion.front.address
      client.connect({
        host,
        port,
        username: 'x',
        hostVerifier: () => true,
        authHandler: () => undefined,
        algorithms: { kex: [...kex] as never },
      })
      const { _protocol: protocol } = client as unknown as { _protocol: Protocol }
      if (isTaught) repairConnection(protocol)
    })

  /** What the bastion answers to a client's half. */
  const answerTo = async (half: Uint8Array, kex: string = POST_QUANTUM_KEX): Promise<Buffer> => {
    const peer = await rawPeer(bastion.front.address.port)
    peer.send(kexinit(kex))
    assert.equal((await peer.next())?.[0], KEXINIT)
    peer.send(byte(KEX_ECDH_INIT), string(half))
    const answer = await peer.next()
    peer.socket.destroy()
    return answer ?? Buffer.alloc(1)
  }

  const quantumHalf = (): Uint8Array => ml_kem768.keygen().publicKey
  const classicalHalf = (): Buffer =>
    generateKeyPairSync('x25519').publicKey.export({ type: 'spki', format: 'der' }).subarray(-32)

  it('is what two of our own agree on', async () => {
    assert.equal(await agree(TARGET_ALGORITHMS.kex), POST_QUANTUM_KEX)
  })

  it('is not forced on a client that prefers another', async () => {
    const kex = ['curve25519-sha256', POST_QUANTUM_KEX]
    assert.equal(await agree(kex), 'curve25519-sha256')
  })

  it('is not forced on a client without it', async () => {
    const kex = TARGET_ALGORITHMS.kex.filter(name => name !== POST_QUANTUM_KEX)
    assert.equal(await agree(kex, false), kex[0])
  })

  it('is what the installed ssh agrees on, where it knows it', async () => {
    const known = execFileSync('ssh', ['-Q', 'kex']).toString().split('\n')
    const expected = known.includes(POST_QUANTUM_KEX) ? POST_QUANTUM_KEX : 'curve25519-sha256'
    const destination = bastion.destination(keyring.certify())
    const options = ['-v', '-o', 'RekeyLimit=1K']
    const ran = await runSsh(destination, keyring.directory, { options, command: ['x'] })
    assert.equal(ran.stdout.toString(), 'in', ran.stderr)
    const agreed = ran.stderr.match(/kex: algorithm: \S+/g) ?? []
    for (const line of agreed) assert.ok(line.includes(expected), line)
  })

  it('serves a client that knows nothing else', async () => {
    const half = Buffer.concat([quantumHalf(), classicalHalf()])
    assert.equal((await answerTo(half))[0], KEX_ECDH_REPLY)
  })

  it('serves a client that has guessed it', async () => {
    const peer = await rawPeer(bastion.front.address.port)
    peer.send(kexinit(`${POST_QUANTUM_KEX},curve25519-sha256`, { firstFollows: true }))
    peer.send(byte(KEX_ECDH_INIT), string(Buffer.concat([quantumHalf(), classicalHalf()])))
    await peer.next()
    assert.equal((await peer.next())?.[0], KEX_ECDH_REPLY)
    peer.socket.destroy()
  })

  it('serves a client that has guessed the second-best, which is wrong', async () => {
    const peer = await rawPeer(bastion.front.address.port)
    peer.send(kexinit('curve25519-sha256', { firstFollows: true }))
    peer.send(byte(KEX_ECDH_INIT), string('what is dropped'))
    peer.send(byte(KEX_ECDH_INIT), string(classicalHalf()))
    await peer.next()
    assert.equal((await peer.next())?.[0], KEX_ECDH_REPLY)
    peer.socket.destroy()
  })

  it('serves a client that has guessed wrong', async () => {
    const peer = await rawPeer(bastion.front.address.port)
    peer.send(kexinit(`made-up@example.org,${POST_QUANTUM_KEX}`, { firstFollows: true }))
    peer.send(byte(KEX_ECDH_INIT), string('of the made-up exchange'))
    peer.send(byte(KEX_ECDH_INIT), string(Buffer.concat([quantumHalf(), classicalHalf()])))
    await peer.next()
    assert.equal((await peer.next())?.[0], KEX_ECDH_REPLY)
    peer.socket.destroy()
  })

  for (const [what, half] of [
    ['only the classical one', () => classicalHalf()],
    ['only the other one', () => quantumHalf()],
    ['one byte too short', () => Buffer.concat([quantumHalf(), classicalHalf()]).subarray(1)],
    ['one byte too long', () => Buffer.concat([quantumHalf(), classicalHalf(), byte(0)])],
    ['empty', () => Buffer.alloc(0)],
    ['of the right length, but no key', () => Buffer.alloc(1184 + 32, 0xff)],
    ['with a point of small order', () => Buffer.concat([quantumHalf(), Buffer.alloc(32)])],
  ] as const) {
    it(`ends where the client's half is ${what}`, async () => {
      assert.equal((await answerTo(half()))[0], DISCONNECT)
    })
  }
})
