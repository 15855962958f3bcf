import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import ssh2, { type Connection } from 'ssh2'
import type { Limits, ListenAddress } from '../config.ts'
import type { JournalEvent } from '../core/audit/events.ts'
import type { UserTrust } from '../core/certificate/check-user.ts'
import type { Clock } from '../core/ports/deciding.ts'
import type { Journal } from '../core/ports/evidence.ts'
import { escapeControls } from '../core/verdict.ts'
import type { OpenVisit, Visit } from '../session/visit.ts'
import { type AgentConnection, serveAgent } from './agent-connection.ts'
import { ALGORITHMS } from './algorithms.ts'
import { Login } from './authenticate.ts'
import { DISCONNECT } from './connection/transport.ts'
import { byte, MESSAGE, string } from './connection/wire.ts'
import { Crowd } from './crowd.ts'
import { certifyHostKeys } from './host-keys.ts'
import { refusalTally } from './refusal-tally.ts'
import { type RekeyTerms, rekeyNowAndThen } from './rekey.ts'
import { carryConnection } from './repairs/connection-protocol.ts'
import { nameTheSignature } from './repairs/host-certificates.ts'
import { installRepairs, repairConnection } from './repairs/install.ts'
import { announceExtensions } from './repairs/server-sig-algs.ts'
import { sendMessage, type Ssh2Peer, transportOver } from './transport.ts'
import { SOFTWARE, turnAway } from './turn-away.ts'

/** A client that answers nothing for this long times this often is gone; a laptop's short sleep is not. */
const KEEPALIVE_MS = 15_000
const KEEPALIVES_MISSED = 8

/** Connections that are being told to go, at most; further ones are dropped without a word. */
const MOST_TURNED_AWAY = 100

/** How long `close` lets programs that are being ended speak. */
const LAST_WORDS_MS = 1500

/** How long `close` waits for clients to close their side. */
const CLOSING_MS = 2000

export interface FrontOptions {
  readonly config: { readonly ssh: ListenAddress; readonly limits: Limits }
  /** Private keys as OpenSSH or PEM writes them. */
  readonly hostKeys: readonly (string | Buffer)[]
  /** Blobs; each is shown, to clients that ask for one, in place of the host key that it certifies. */
  readonly hostCertificates?: readonly Uint8Array[]
  readonly trust: UserTrust
  readonly openVisit: OpenVisit
  readonly journal: Journal
  readonly clock: Pick<Clock, 'nowMs'>
  /** For tests; connections get fresh keys seldom. */
  readonly rekey?: RekeyTerms
  /** One line for the operator. */
  readonly log: (message: string, fields: Readonly<Record<string, unknown>>) => void
  /** Counts what happened, for the metrics. */
  readonly count?: (what: FrontCount, why: string) => void
}

export type FrontCount = 'connection' | 'connection-refused' | 'login' | 'login-refused'

export interface Front {
  /** As bound: port 0 has become a real one. */
  readonly address: ListenAddress
  connections(): { total: number; unauthenticated: number }
  /** Shows these host certificates from the next connection on. */
  renewHostCertificates(certificates: readonly Uint8Array[]): void
  /** From now on newcomers read `sentence` and go; connections on which no program runs are closed. */
  drain(sentence: string): void
  /** Closes what is left and stops listening. Resolves when every visit is written down. */
  close(sentence: string): Promise<void>
}

/** One socket, from accept to close. */
interface Guest {
  readonly socket: Socket
  readonly address: string
  hasHandshaken: boolean
  agent: AgentConnection | null
  /** Ends the connection with a sentence, where there is a way to say one. */
  dismiss: (sentence: string) => void
  /** Writes down what has to be once the socket is closed. */
  settle: () => Promise<void>
}

/**
 * Listens for agents. The socket is ours before it is ssh2's, which has no limits and no deadlines: who
 * may stay, and for how long without a login, is decided here.
 */
export async function startFront(options: FrontOptions): Promise<Front> {
  installRepairs()
  const { config, log, count = () => undefined } = options
  const { limits } = config
  const guests = new Map<Socket, Guest>()
  const crowd = new Crowd<Guest>(limits)
  /** One for each guest, until everything about it is written down. */
  const stays = new Set<Promise<void>>()
  const refusals = refusalTally(event => keep(options, event))
  let turnedAway = 0
  let drainSentence: string | null = null

  const certified = certifyHostKeys(options.hostKeys, options.hostCertificates ?? [])

  const ssh = new ssh2.Server(
    {
      hostKeys: [...options.hostKeys, ...certified.map(({ key }) => ({ key }) as never)],
      algorithms: structuredClone(ALGORITHMS) as never,
      ident: SOFTWARE,
      keepaliveInterval: KEEPALIVE_MS,
      keepaliveCountMax: KEEPALIVES_MISSED,
    } as ssh2.ServerConfig,
    (connection, info) => {
      const peer = connection as unknown as Ssh2Peer // ssh2's types hide what its objects have
      const guest = guests.get(peer._sock as Socket)
      if (guest === undefined) {
        peer._sock.destroy()
        return
      }
      const version = `SSH-${info.header.versions.protocol}-${info.header.versions.software}`
      greet(connection, peer, guest, escapeControls(version).slice(0, 255))
    },
  )

  const listener = createServer({ noDelay: true }, socket => {
    count('connection', '')
    const address = plainAddress(socket.remoteAddress)
    if (address === null) {
      socket.destroy() // gone already
    } else if (drainSentence !== null) {
      refuse(socket, address, 'node-stopping', drainSentence)
    } else if (guests.size >= limits.connections) {
      const sentence = `sallyport: ${limits.connections} connections are open, which is as many as there may be; try again later`
      refuse(socket, address, 'too-many-connections', sentence)
    } else {
      admit(socket, address)
    }
  })
  listener.on('error', error => log(`listening for ssh: ${error.message}`, {}))

  listener.listen(config.ssh.port, config.ssh.host)
  await once(listener, 'listening')
  const bound = listener.address() as AddressInfo

  return {
    address: { host: bound.address, port: bound.port },
    connections: () => ({ total: guests.size, unauthenticated: crowd.size }),
    renewHostCertificates(certificates) {
      for (const certificate of certificates) {
        const isOurs = certified.map(({ renew }) => renew(certificate)).includes(true)
        if (!isOurs) throw new Error('this host certificate is of no host key of ours')
      }
    },
    drain(sentence) {
      drainSentence = sentence
      for (const guest of guests.values()) {
        if (guest.agent?.isIdle() !== false) guest.dismiss(sentence)
      }
    },
    async close(sentence) {
      drainSentence = sentence
      const closed = untilClosed(listener)
      listener.close()
      for (const guest of guests.values()) {
        // A program that was told to end may say its last words first.
        const lastWords = Promise.race([
          guest.agent?.whenIdle(),
          delay(LAST_WORDS_MS, null, { ref: false }),
        ])
        void lastWords.then(() => guest.dismiss(sentence))
      }
      const patience = setTimeout(() => {
        for (const { socket } of guests.values()) socket.destroy()
      }, LAST_WORDS_MS + CLOSING_MS)
      await closed
      clearTimeout(patience)
      await Promise.all(stays)
      await refusals.flush()
    },
  }

  function refuse(socket: Socket, address: string, because: string, sentence: string): void {
    count('connection-refused', because)
    refusals.add(address, because)
    if (turnedAway >= MOST_TURNED_AWAY) {
      socket.destroy()
      return
    }
    turnedAway += 1
    socket.once('close', () => {
      turnedAway -= 1
    })
    turnAway(socket, DISCONNECT.tooManyConnections, sentence)
  }

  function admit(socket: Socket, address: string): void {
    const guest: Guest = {
      socket,
      address,
      hasHandshaken: false,
      agent: null,
      dismiss: () => void socket.destroy(),
      settle: () => Promise.resolve(),
    }
    guests.set(socket, guest)
    const ousted = crowd.enter(guest)
    if (ousted !== null) {
      count('connection-refused', 'too-many-unauthenticated')
      refusals.add(ousted.address, 'too-many-unauthenticated')
      ousted.socket.destroy()
    }
    const deadline = setTimeout(() => {
      if (guest.agent !== null) return
      count('connection-refused', 'login-grace')
      guest.dismiss(`sallyport: no login within ${limits.loginGraceSeconds} s; connect again`)
    }, limits.loginGraceSeconds * 1000)
    const stay = untilClosed(socket).then(() => {
      clearTimeout(deadline)
      crowd.leave(guest)
      guests.delete(socket)
      return guest.settle()
    })
    stays.add(stay)
    void stay.finally(() => stays.delete(stay))
    ssh.injectSocket(socket)
  }

  /** From the client's banner on. */
  function greet(connection: Connection, peer: Ssh2Peer, guest: Guest, version: string): void {
    const { address, socket } = guest
    const protocol = peer._protocol
    const transport = transportOver(peer)
    announceExtensions(protocol)
    nameTheSignature(protocol)
    repairConnection(protocol)
    let stopRekeying = (): void => undefined
    const login = new Login({
      address,
      version,
      trust: options.trust,
      nowMs: () => options.clock.nowMs(),
      maxAttempts: limits.loginAttempts,
      showBanner: line =>
        sendMessage(protocol, [byte(MESSAGE.userauthBanner), string(line), string('')]),
    })
    let visit: Visit | null = null

    guest.dismiss = sentence => {
      transport.disconnect(DISCONNECT.byApplication, sentence)
      setTimeout(() => void socket.destroy(), CLOSING_MS).unref()
    }
    // Peers hang up, time out and talk nonsense all day; what matters of it is in the journal.
    connection.on('error', error => log(`connection: ${error.message}`, { client: address }))
    connection.on('handshake', () => {
      guest.hasHandshaken = true
    })
    connection.on('authentication', request => {
      if (login.answer(request)) return
      const sentence = `sallyport: ${limits.loginAttempts} attempts to log in failed; offer the certificate first (ssh -o IdentitiesOnly=yes -i KEY)`
      transport.disconnect(DISCONNECT.noMoreAuthMethods, sentence)
    })
    connection.on('ready', () => {
      const { proven } = login
      if (proven === null) {
        socket.destroy() // ssh2 let somebody in whom we did not
        return
      }
      crowd.leave(guest)
      count('login', '')
      stopRekeying = rekeyNowAndThen(peer, options.rekey)
      visit = options.openVisit(proven.identity, proven.userName, { address, version })
      guest.agent = serveAgent(transport, visit, limits)
      carryConnection(protocol, guest.agent.multiplexer)
    })
    guest.settle = () => {
      stopRekeying()
      guest.agent?.multiplexer.abandon()
      return visit === null ? recordRefusals(login) : visit.leave()
    }
  }

  async function recordRefusals({ refusals: refused }: Login): Promise<void> {
    for (const event of refused) {
      count('login-refused', event.because)
      log(`login refused: ${event.detail}`, { client: event.client.address, keyId: event.keyId })
      await keep(options, event)
    }
  }
}

/** Not `once` from node:events: that one fails when an error comes first, as it does for a lost connection. */
function untilClosed(closing: Socket | Server): Promise<void> {
  return new Promise(resolve => {
    closing.once('close', () => resolve())
  })
}

async function keep({ journal, log }: FrontOptions, event: JournalEvent): Promise<void> {
  try {
    await journal.record(event)
  } catch (error) {
    // Nobody was let in, so nothing has to be stopped; the operator's log is what is left.
    log(`${event.kind} could not be written down: ${String(error)}`, {})
  }
}

/** IPv4 clients of a dual-stack socket come as `::ffff:192.0.2.1`; null for one that has gone already. */
function plainAddress(address: string | undefined): string | null {
  return address?.replace(/^::ffff:(?=\d+\.)/, '') ?? null
}
