import type { Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import ssh2, { type Connection, type PublicKeyAuthContext } from 'ssh2'
import type { ChannelRequest } from '../session/visit.ts'
import { CLIENT_ALGORITHMS } from './algorithms.ts'
import { Multiplexer, OPEN_FAILURE } from './connection/multiplexer.ts'
import { carryConnection } from './repairs/connection-protocol.ts'
import { installRepairs, repairConnection } from './repairs/install.ts'
import { serveSession } from './requests.ts'
import { type Ssh2Peer, transportOver } from './transport.ts'
import { SOFTWARE } from './turn-away.ts'

/** The bastion opens one connection a session; more than this at once is not a demonstration. */
const MOST_CONNECTIONS = 64
const BOUNDS = {
  channels: 10,
  windowBytes: 1024 * 1024,
  packetBytes: 32 * 1024,
  leastPacketBytes: 512,
}
/** On loopback a login takes 20 ms. */
const LOGIN_GRACE_MS = 10_000
const LIMITS = { environmentBytes: 16 * 1024, commandBytes: 128 * 1024, terminalCells: 4096 }

export interface DemoServerOptions {
  /** Private key, as OpenSSH writes it. */
  readonly hostKey: string
  /** The only key that may log in, one authorized_keys-style line. */
  readonly authorizedKey: string
  readonly login: string
  /** Runs one program to its end. Never rejects. */
  readonly serve: (request: ChannelRequest) => Promise<void>
  readonly log: (message: string) => void
}

/**
 * The demonstration target: an ordinary SSH server for one key, without a policy of its own. What may
 * run is decided by the bastion in front of it, as for any other target.
 */
export function openDemoServer(options: DemoServerOptions): { take(socket: Socket): void } {
  installRepairs()
  const authorized = ssh2.utils.parseKey(options.authorizedKey)
  if (authorized instanceof Error) throw authorized
  let connections = 0

  const isAuthorized = (request: PublicKeyAuthContext): boolean => {
    const { key, signature, blob, hashAlgo } = request
    if (!key.data.equals(authorized.getPublicSSH())) return false
    // Without a signature the client only asks whether this key would do.
    if (signature === undefined || blob === undefined) return true
    return authorized.verify(blob, signature, hashAlgo) === true
  }

  const greet = (connection: Connection, peer: Ssh2Peer): void => {
    repairConnection(peer._protocol)
    connection.on('error', error => options.log(`connection: ${error.message}`))
    connection.on('authentication', request => {
      const isFine =
        request.method === 'publickey' &&
        request.username === options.login &&
        isAuthorized(request)
      if (isFine) request.accept()
      else request.reject(['publickey'])
    })
    const isIn = new Promise<void>(resolve => {
      connection.once('ready', () => {
        resolve()
        const multiplexer = openMultiplexer(peer, options)
        carryConnection(peer._protocol, multiplexer)
        peer._sock.once('close', () => multiplexer.abandon())
      })
    })
    void Promise.race([isIn.then(() => true), delay(LOGIN_GRACE_MS, false, { ref: false })]).then(
      wasInTime => wasInTime || peer._sock.destroy(),
    )
  }

  const server = new ssh2.Server(
    {
      hostKeys: [options.hostKey],
      algorithms: structuredClone(CLIENT_ALGORITHMS) as never,
      ident: `${SOFTWARE}_demo`,
    } as ssh2.ServerConfig,
    connection => greet(connection, connection as unknown as Ssh2Peer), // ssh2's types hide what its objects have
  )

  return {
    take(socket) {
      if (connections >= MOST_CONNECTIONS) {
        socket.destroy()
        return
      }
      connections += 1
      socket.once('close', () => {
        connections -= 1
      })
      socket.on('error', error => options.log(`socket: ${error.message}`))
      server.injectSocket(socket)
    },
  }
}

function openMultiplexer(peer: Ssh2Peer, options: DemoServerOptions): Multiplexer {
  return new Multiplexer(transportOver(peer), {
    role: 'server',
    bounds: BOUNDS,
    onGlobalRequest: () => false,
    onOpen(opening) {
      if (opening.type !== 'session') {
        opening.refuse(OPEN_FAILURE.administrativelyProhibited, 'only sessions here')
        return
      }
      serveSession(opening.accept(), {
        visit: {
          serve: options.serve,
          refuse: async () => 'not offered here',
          ended: new Promise(() => {}),
          leave: async () => {},
        },
        limits: LIMITS,
        refuse: async request => `demo: ${request} is not offered here`,
        takeNotices: () => [],
        track: () => {},
      })
    },
  })
}
