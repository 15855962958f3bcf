import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import fc from 'fast-check'
import ssh2 from 'ssh2'
import type { Protocol } from 'ssh2/lib/protocol/Protocol.js'
import { byte, string } from '../../server/ssh/connection/wire.ts'
import { repairConnection } from '../../server/ssh/repairs/install.ts'
import { sendMessage } from '../../server/ssh/transport.ts'
import { type Keyring, makeKeyring, runSsh } from '../support/ssh-client.ts'
import { type Bastion, startBastion } from './bastion.ts'
import { kexinit, plainPacket } from './packets.ts'
import { rawPeer } from './raw-peer.ts'

const KEX_ECDH_INIT = 30

describe('whatever comes before a login', () => {
  let keyring: Keyring
  let bastion: Bastion

  before(async () => {
    keyring = makeKeyring()
    const greet = async ({ client }: Parameters<Parameters<typeof startBastion>[1]>[0]) => {
      client.stdout.write('in')
      await client.finish({ status: 0 })
    }
    bastion = await startBastion(keyring, greet, {
      loginGraceSeconds: 2,
      strangersPerMinutePerAddress: 1_000_000,
    })
  })
  after(async () => {
    await bastion.close()
    keyring.remove()
  })

  afterEach(async () => {
    const ran = await runSsh(bastion.destination(keyring.certify()), keyring.directory, {
      command: ['x'],
    })
    assert.equal(ran.stdout.toString(), 'in', 'an honest client is served afterwards')
    while (bastion.front.connections().total > 0) await new Promise(setImmediate)
  })

  it('in the clear, the bastion survives it', async () => {
    const x25519 = generateKeyPairSync('x25519').publicKey.export({ type: 'spki', format: 'der' })
    const honest = [
      plainPacket(kexinit('curve25519-sha256,ext-info-c,kex-strict-c-v00@openssh.com')),
      plainPacket(Buffer.concat([byte(KEX_ECDH_INIT), string(x25519.subarray(-32))])),
      plainPacket(byte(21)),
    ]
    const packet = fc.oneof(
      ...honest.map(bytes => fc.constant(bytes)),
      fc.constantFrom(...honest).chain(damaged),
      fc.uint8Array({ minLength: 1, maxLength: 300 }).map(bytes => plainPacket(bytes)),
      fc.uint8Array({ maxLength: 300 }).map(bytes => Buffer.from(bytes)),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(packet, { maxLength: 5 }), async packets => {
        const peer = await rawPeer(bastion.front.address.port)
        peer.socket.end(Buffer.concat(packets))
        while ((await peer.next()) !== null);
      }),
      { numRuns: 700 },
    )
  })

  it('under a cipher, the bastion survives it', async () => {
    const blob = generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'der' })
    const userauth = (method: string, ...fields: readonly Uint8Array[]): Buffer =>
      Buffer.concat([
        byte(50),
        ...['box', 'ssh-connection', method].map(text => string(text)),
        ...fields,
      ])
    const certificate = 'ssh-ed25519-cert-v01@openssh.com'
    const honest = [
      userauth('none'),
      userauth('password', byte(0), string('x')),
      userauth('publickey', byte(0), string(certificate), string(blob)),
      userauth('publickey', byte(1), string(certificate), string(blob), string(blob)),
      userauth(
        'hostbased',
        string(certificate),
        string(blob),
        string('h'),
        string('u'),
        string(''),
      ),
      userauth('keyboard-interactive', string(''), string('')),
      Buffer.concat([byte(61), Buffer.from([0, 0, 0, 2]), string('a'), string('b')]),
      Buffer.concat([byte(5), string('ssh-userauth')]),
      kexinit('curve25519-sha256'),
    ]
    const message = fc.oneof(
      ...honest.map(bytes => fc.constant(bytes)),
      fc.constantFrom(...honest).chain(damaged),
      fc.uint8Array({ minLength: 1, maxLength: 200 }).map(bytes => Buffer.from(bytes)),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(message, { minLength: 1, maxLength: 6 }), messages =>
        speakUnderCipher(bastion.front.address.port, messages),
      ),
      { numRuns: 300 },
    )
    assert.deepEqual(
      bastion.identities.filter(({ agent }) => agent !== 'alice'),
      [],
    )
  })
})

/** The same bytes with some changed, or cut short. */
function damaged(bytes: Buffer): fc.Arbitrary<Buffer> {
  const change = fc.tuple(fc.nat(bytes.length - 1), fc.nat(255))
  return fc
    .tuple(
      fc.array(change, { maxLength: 4 }),
      fc.option(fc.nat(bytes.length), { nil: bytes.length }),
    )
    .map(([changes, length]) => {
      const copy = Buffer.from(bytes)
      for (const [at, value] of changes) copy[at] = value
      return copy.subarray(0, length)
    })
}

/** Finishes a key exchange, says these messages, and resolves once the connection is closed. */
function speakUnderCipher(port: number, messages: readonly Buffer[]): Promise<void> {
  return new Promise(resolve => {
    const client = new ssh2.Client()
    const { _protocol: protocol } = (() => {
      client.on('error', () => undefined)
      client.on('close', () => resolve())
      client.connect({
        host: '127.0.0.1',
        port,
        username: 'box',
        hostVerifier: () => true,
        authHandler: () => {
          for (const message of messages) {
            if (message.length > 0 && protocol._destruct !== undefined)
              sendMessage(protocol, [message])
          }
          // Long enough for the answers, of which there may be none.
          setTimeout(() => client.end(), 5)
        },
      })
      return client as unknown as { _protocol: Protocol }
    })()
    repairConnection(protocol)
  })
}
