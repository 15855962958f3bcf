import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import ssh2 from 'ssh2'
import type { Limits } from '../config/limits.ts'
import type { ListenAddress } from '../config/address.ts'
import type { Identity } from '../core/access.ts'
import { whyDistrusted } from '../core/certificate/check-user.ts'
import { plainAddress } from '../core/certificate/ip-address.ts'
import { liesIn, type Network } from '../core/certificate/source-address.ts'
import { Crowd } from '../core/crowd.ts'
import { limitFailures } from '../core/failure-limit.ts'
import { explain } from '../core/verdict.ts'
import { type Clock, nowSeconds } from '../core/ports/deciding.ts'
import { CLIENT_ALGORITHMS } from './algorithms.ts'
import { DISCONNECT } from './connection/transport.ts'
import { forServer } from './host-keys.ts'
import { type Jumper, type JumpOptions, openInnerFront } from './inner-front.ts'
import { KEEPALIVE_TERMS, type KeepaliveTerms } from './keepalive.ts'
import { loginPace } from './login-pace.ts'
import { PacketPaces } from './packet-pace.ts'
import { Unnamed } from './proxied.ts'
import { refusalTally } from './refusal-tally.ts'
import { installRepairs } from './repairs/install.ts'
import type { Ssh2Peer } from './transport.ts'
import { type HostProof, ShownKeys } from './shown-keys.ts'
import { sayGoodbye, SOFTWARE, turnAway, WayOut } from './turn-away.ts'
import { untilClosed } from './until-closed.ts'
import { type Arrival, type Guest, welcome, type WelcomeOptions } from './welcome.ts'

/** How long `close` lets programs that are being ended speak. */
const LAST_WORDS_MS = 1500

/** How long `close` waits for clients to close their side. */
const CLOSING_MS = 2000

export interface FrontOptions extends WelcomeOptions, HostProof {
  readonly config: { readonly ssh: ListenAddress; readonly limits: Limits }
  readonly clock: Clock
  /** For tests; a connection usually has minutes. */
  readonly keepalive?: KeepaliveTerms
  /** Where `ssh -J` may lead; nowhere without. */
  readonly jump?: JumpOptions
  /** Load balancers that say for whom they speak (PROXY protocol, version 2), and nobody else's word counts. */
  readonly balancers?: readonly Network[]
}

export interface Front {
  /** As bound: port 0 has become a real one. */
  readonly address: ListenAddress
  connections(): { total: number; unauthenticated: number }
  /**
   * Shows these from the next connection on. A connection keeps the keys that it began with: a client that
   * re-keys and is shown another one hangs up. False where their types are not those of the start.
   */
  replaceHostKeys(next: HostProof): boolean
  /** From now on newcomers read `sentence` and go; connections on which no program runs are closed. */
  drain(sentence: string): void
  /** Closes what is left and stops listening. Resolves when every visit is written down. */
  close(sentence: string): Promise<void>
}

/** One socket, from accept to close. */
interface Visitor {
  readonly socket: Socket
  readonly address: string
  /** Has finished a key exchange, so is probably a client and not a scanner. */
  hasSpoken: boolean
  /** Once it has logged in. */
  identity: Identity | null
  /** Null until it has said its banner. */
  guest: Guest | null
}

/**
 * Listens for agents. The socket is ours before it is ssh2's, which has no limits and no deadlines: who
 * may stay, and for how long without a login, is decided here.
 */
export async function startFront(options: FrontOptions): Promise<Front> {
  installRepairs()
  const { config, log, balancers = [], count = () => undefined } = options
  const { keepalive = KEEPALIVE_TERMS } = options
  const { limits } = config
  const visitors = new Map<Socket, Visitor>()
  const crowd = new Crowd<Visitor>({
    inAll: limits.unauthenticated,
    perAddress: limits.unauthenticatedPerAddress,
  })
  /** Those who spoke SSH with us and went without a login. */
  const strangers = limitFailures(limits.strangersPerMinutePerAddress, options.clock)
  const logins = loginPace(limits, options.clock)
  const paces = new PacketPaces(limits.smallPacketsPerSecond)
  /** One for each visitor, until everything about it is written down. */
  const stays = new Set<Promise<void>>()
  const refusals = refusalTally(options)
  const wayOut = new WayOut()
  const unnamed = new Unnamed(limits.unauthenticated, refusals, log)
  let drainSentence: string | null = null

  const shown = new ShownKeys(options)
  const innerFront =
    options.jump === undefined
      ? null
      : openInnerFront(() => shown.privateKeys, options.jump, refusals, options)

  const ssh = new ssh2.Server(
    {
      hostKeys: forServer(shown.hostKeys),
      algorithms: structuredClone(CLIENT_ALGORITHMS) as never,
      ident: SOFTWARE,
      keepaliveInterval: keepalive.everyMs,
      keepaliveCountMax: keepalive.missed,
    } as ssh2.ServerConfig,
    (connection, { header }) => {
      const peer = connection as unknown as Ssh2Peer // ssh2's types hide what its objects have
      const visitor = visitors.get(peer._sock as Socket)
      if (visitor === undefined) peer._sock.destroy()
      else visitor.guest = welcome(connection, peer, arrivalOf(visitor, header), options)
    },
  )

  const listener = createServer({ noDelay: true }, socket => {
    count('connection', '')
    const address = plainAddress(socket.remoteAddress ?? '')
    if (address === '') {
      socket.destroy() // gone already
    } else if (liesIn(address, balancers)) {
      void receiveProxied(socket, address)
    } else {
      receive(socket, address)
    }
  })
  listener.on('error', error => log(`listening for ssh: ${error.message}`, {}))

  listener.listen(config.ssh.port, config.ssh.host)
  await once(listener, 'listening')
  const bound = listener.address() as AddressInfo

  return {
    address: { host: bound.address, port: bound.port },
    connections: () => ({ total: visitors.size, unauthenticated: crowd.size }),
    replaceHostKeys: next => shown.replace(next),
    drain(sentence) {
      drainSentence = sentence
      for (const visitor of visitors.values()) {
        if (visitor.guest?.agent()?.isIdle() !== false) dismiss(visitor, sentence)
      }
    },
    async close(sentence) {
      drainSentence = sentence
      const closed = untilClosed(listener)
      listener.close()
      unnamed.closeAll()
      for (const visitor of visitors.values()) {
        // A program that was told to end may say its last words first.
        const lastWords = Promise.race([
          visitor.guest?.agent()?.whenIdle(),
          delay(LAST_WORDS_MS, null, { ref: false }),
        ])
        void lastWords.then(() => dismiss(visitor, sentence))
      }
      const patience = setTimeout(() => {
        for (const { socket } of visitors.values()) socket.destroy()
      }, LAST_WORDS_MS + CLOSING_MS)
      await closed
      clearTimeout(patience)
      await Promise.all(stays)
      await refusals.flush()
    },
  }

  async function receiveProxied(socket: Socket, balancer: string): Promise<void> {
    const address = await unnamed.learn(socket, balancer)
    if (address !== null) receive(socket, address)
  }

  function receive(socket: Socket, address: string): void {
    if (drainSentence !== null) {
      refuse(socket, address, 'node-stopping', drainSentence)
    } else if (visitors.size >= limits.connections) {
      const sentence = `sallyport: ${limits.connections} connections are open, which is as many as there may be; try again later`
      refuse(socket, address, 'too-many-connections', sentence)
    } else if (!strangers.mayTry(address)) {
      const sentence = `sallyport: ${limits.strangersPerMinutePerAddress} connections from your address went without a login; try again in a minute, with a certificate that is good`
      refuse(socket, address, 'too-many-strangers', sentence)
    } else {
      admit(socket, address)
    }
  }

  function refuse(socket: Socket, address: string, because: string, sentence: string): void {
    count('connection-refused', because)
    refusals.add(address, because)
    wayOut.show(socket, () => turnAway(socket, DISCONNECT.tooManyConnections, sentence))
  }

  function admit(socket: Socket, address: string): void {
    const visitor: Visitor = { socket, address, hasSpoken: false, identity: null, guest: null }
    visitors.set(socket, visitor)
    const ousted = crowd.enter(visitor)
    if (ousted !== null) {
      count('connection-refused', 'too-many-unauthenticated')
      refusals.add(ousted.address, 'too-many-unauthenticated')
      oust(ousted)
    }
    const deadline = setTimeout(() => {
      if (visitor.identity !== null) return
      count('connection-refused', 'login-grace')
      dismiss(visitor, `sallyport: no login within ${limits.loginGraceSeconds} s; connect again`)
    }, limits.loginGraceSeconds * 1000)
    const stay = untilClosed(socket).then(() => {
      clearTimeout(deadline)
      crowd.leave(visitor)
      visitors.delete(socket)
      if (visitor.guest !== null && visitor.identity === null) strangers.failed(address)
      return visitor.guest?.settle()
    })
    stays.add(stay)
    void stay.finally(() => stays.delete(stay))
    ssh.injectSocket(socket)
  }

  function oust({ guest, socket }: Visitor): void {
    const sentence =
      'sallyport: more connections wait for a login than may, and yours has waited longest; connect again and log in at once'
    // On its way out it takes nobody's place; and a first line that comes now is answered by nobody.
    visitors.delete(socket)
    wayOut.show(socket, () => {
      if (guest === null) sayGoodbye(socket, DISCONNECT.tooManyConnections, sentence)
      else guest.dismiss(sentence)
    })
  }

  function arrivalOf(visitor: Visitor, banner: Arrival['banner']): Arrival {
    const { address } = visitor
    return {
      address,
      banner,
      restrict: identity => ({ ok: true, value: identity }),
      userName: asked => asked,
      jump: innerFront === null ? null : identity => innerFront(jumperOf(identity, address)),
      hostKeys: shown.hostKeys,
      knownKeys: shown.knownKeys,
      refusals,
      onHandshake: () => {
        visitor.hasSpoken = true
      },
      onLogin: identity => {
        const others = [...visitors.values()].filter(
          other => other.identity?.agent === identity.agent,
        )
        visitor.identity = identity
        crowd.leave(visitor)
        const not = logins.whyNotNow(identity.agent)
        if (not !== null) {
          // It has cost its key exchange all the same: who goes on is turned away by address, before it.
          strangers.failed(address)
          if (!not.isFirst) refusals.add(address, not.refusal.because)
          const { toAgent } = explain(not.refusal)
          const keptAs = not.isFirst ? not.refusal.because : null
          return { ok: false, fault: { sentence: `sallyport: ${toAgent}`, keptAs } }
        }
        if (others.length >= limits.connectionsPerAgent) {
          const sentence = `sallyport: ${others.length} connections of yours are open, as many as one agent may have; close one`
          return { ok: false, fault: { sentence, keptAs: 'too-many-connections' } }
        }
        return { ok: true, value: paces.of(identity.agent) }
      },
    }
  }

  function jumperOf(identity: Identity, address: string): Jumper {
    return {
      identity,
      address,
      pace: paces.of(identity.agent),
      whyNotNow: () => {
        const not = logins.whyNotNow(identity.agent)
        if (not !== null) count('connection-refused', not.refusal.because)
        return not
      },
      isStillGood: () => {
        const now = nowSeconds(options.clock)
        const isExpired = now >= identity.validBefore
        return !isExpired && whyDistrusted(identity, options.trust, now) === null
      },
    }
  }
}

function dismiss({ guest, socket }: Visitor, sentence: string): void {
  if (guest === null) socket.destroy()
  else guest.dismiss(sentence)
}
