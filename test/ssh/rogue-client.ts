import { readFileSync } from 'node:fs'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import ssh2 from 'ssh2'
import { parseBlobLine } from '../../server/core/ssh-wire/key-line.ts'
import { Multiplexer } from '../../server/ssh/connection/multiplexer.ts'
import type { Transport } from '../../server/ssh/connection/transport.ts'
import { string } from '../../server/ssh/connection/wire.ts'
import { carryConnection } from '../../server/ssh/repairs/connection-protocol.ts'
import {
  type CertifiedLogin,
  logInWithCertificate,
} from '../../server/ssh/repairs/user-certificates.ts'
import { type Ssh2Peer, transportOver } from '../../server/ssh/transport.ts'
import type { Destination } from '../support/ssh-client.ts'

/** A client that logs in properly and then sends whatever a test wants. */
export interface RogueClient {
  readonly socket: Socket
  readonly transport: Transport
  readonly multiplexer: Multiplexer
  readonly peer: Ssh2Peer
  /** Resolves with the last error, or with '' where the other side just closed. */
  readonly closed: Promise<string>
  end(): void
}

export async function rogueClient(
  to: Destination,
  login: CertifiedLogin = loginOf(to.keyFile),
): Promise<RogueClient> {
  const client = new ssh2.Client()
  const socket = connect(to.port, to.host)
  let fault = ''
  client.on('error', error => {
    fault = error.message
  })
  const closed = once(socket, 'close').then(() => fault)
  client.connect({
    sock: socket,
    username: to.userName,
    hostVerifier: () => true,
    // Any key will do here: what logs in is `login`.
    authHandler: [
      { type: 'publickey', username: to.userName, key: readFileSync(to.keyFile) },
    ] as never,
  } as ssh2.ConnectConfig)
  const peer = client as unknown as Ssh2Peer
  logInWithCertificate(peer._protocol, login)
  const transport = transportOver(peer)
  const multiplexer = new Multiplexer(transport, {
    role: 'client',
    bounds: {
      windowBytes: 1024 * 1024,
      packetBytes: 32 * 1024,
      leastPacketBytes: 512,
      channels: 0,
    },
    onOpen: opening => opening.refuse(1, ''),
    onGlobalRequest: () => false,
  })
  carryConnection(peer._protocol, multiplexer)
  client.on('close', () => multiplexer.abandon())
  await new Promise((resolve, reject) => {
    client.once('ready', () => resolve(undefined))
    void closed.then(why => reject(new Error(`closed before the login: ${why}`)))
  })
  return { socket, transport, multiplexer, peer, closed, end: () => void client.end() }
}

/** An ed25519 key and its certificate, from its files. */
export function loginOf(keyFile: string): CertifiedLogin {
  const line = parseBlobLine(readFileSync(`${keyFile}-cert.pub`, 'utf8'))
  if (!line.ok) throw new Error(line.fault)
  const key = ssh2.utils.parseKey(readFileSync(keyFile))
  if (key instanceof Error) throw key
  return {
    algorithm: line.value.type,
    certificate: line.value.blob,
    sign: bytes =>
      Buffer.concat([string('ssh-ed25519'), string(key.sign(Buffer.from(bytes)) as Buffer)]),
  }
}
