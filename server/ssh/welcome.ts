import { Socket } from 'node:net'
import type { Connection } from 'ssh2'
import type { HostKey } from 'ssh2/lib/protocol/Protocol.js'
import type { Limits } from '../config/limits.ts'
import type { Identity } from '../core/access.ts'
import type { UserTrust } from '../core/certificate/check-user.ts'
import type { JumpRefusal } from '../core/certificate/jump.ts'
import type { Clock } from '../core/ports/deciding.ts'
import type { Result } from '../core/result.ts'
import { escapeControls } from '../core/verdict.ts'
import type { OpenVisit } from '../session/visit.ts'
import { type AgentConnection, type Jump, serveAgent } from './agent-connection.ts'
import { Login } from './authenticate.ts'
import { DISCONNECT } from './connection/transport.ts'
import { byte, MESSAGE, string } from './connection/wire.ts'
import { hostKeyNews } from './host-key-news.ts'
import type { HostKeysByAlgorithm } from './host-keys.ts'
import type { EventKeeper } from './keep-event.ts'
import { type PacketPace, pacePackets } from './packet-pace.ts'
import type { RefusalTally } from './refusal-tally.ts'
import { type RekeyTerms, rekeyNowAndThen } from './rekey.ts'
import { carryConnection } from './repairs/connection-protocol.ts'
import { presentHostKeys } from './repairs/host-certificates.ts'
import { repairConnection } from './repairs/install.ts'
import { announceExtensions } from './repairs/server-sig-algs.ts'
import { acceptServiceAgain } from './repairs/service-request.ts'
import { answerInOneWrite } from './repairs/split-answers.ts'
import { watchStranger } from './stranger.ts'
import { sendMessage, type Ssh2Peer, transportOver } from './transport.ts'

/** A connection that failed is closed once what it is owed has been taken, or after this long. */
const CLOSING_MS = 2000

/** What ssh2 says of a packet beyond 35,000 bytes. It has not read it, so it can still say goodbye. */
const TOO_LARGE = 'Bad packet length'

/** Of what a peer says when it hangs up, in the log. */
const SAID_MOST_CHARACTERS = 255

export interface WelcomeOptions extends EventKeeper {
  readonly config: { readonly limits: Limits }
  readonly trust: UserTrust
  readonly openVisit: OpenVisit
  readonly clock: Pick<Clock, 'nowMs'>
  /** For tests; connections get fresh keys seldom. */
  readonly rekey?: RekeyTerms
  /** Counts what happened, for the metrics. */
  readonly count?: (what: FrontCount, why: string) => void
}

export type FrontCount = 'connection' | 'connection-refused' | 'login' | 'login-refused'

/** How a client came, and what that means for it. */
export interface Arrival {
  readonly address: string
  /** As it called itself in its banner. */
  readonly banner: Banner
  /** What holds for whoever has proven to be `identity`. */
  readonly restrict: (identity: Identity) => Result<Identity, JumpRefusal>
  /** The user name as the visit is to read it. */
  readonly userName: (asked: string) => string
  /** Null where no jump leads further. */
  readonly jump: ((identity: Identity) => Jump) | null
  /** What we prove ourselves with, for as long as the connection lasts. */
  readonly hostKeys: HostKeysByAlgorithm
  /** What a client that logs in is told to know us by; null where it came to us by another name. */
  readonly knownKeys: readonly HostKey[] | null
  /** Where refused logins are written down. */
  readonly refusals: RefusalTally
  readonly onHandshake: () => void
  /** Somebody has logged in; or why they may not stay for all that. */
  readonly onLogin: (identity: Identity) => Result<PacketPace, NoStay>
}

export interface NoStay {
  readonly sentence: string
  /** The reason in the event; null where there is one already. */
  readonly keptAs: string | null
}

/** A client's first line, as ssh2 read it. */
export interface Banner {
  readonly identRaw: string
  readonly versions: { readonly protocol: string; readonly software: string }
}

/** One client, from its banner to its close. */
export interface Guest {
  /** Null until it has logged in. */
  agent(): AgentConnection | null
  /** Ends the connection with a sentence. */
  dismiss(sentence: string): void
  /** Writes down what has to be once the connection is closed. */
  settle(): Promise<void>
}

/** Lets a client log in and serves what it asks for: at the front, and again inside a jump. */
export function welcome(
  connection: Connection,
  peer: Ssh2Peer,
  arrival: Arrival,
  options: WelcomeOptions,
): Guest {
  const { address } = arrival
  const { log, count = () => undefined } = options
  const { limits } = options.config
  const { protocol: protocolVersion, software } = arrival.banner.versions
  const version = escapeControls(`SSH-${protocolVersion}-${software}`).slice(0, 255)
  const protocol = peer._protocol
  const transport = transportOver(peer)
  announceExtensions(protocol)
  acceptServiceAgain(protocol)
  peer.once('handshake', () => answerInOneWrite(peer._sock))
  presentHostKeys(protocol, arrival.hostKeys)
  repairConnection(protocol)

  const login = new Login({
    address,
    version,
    trust: options.trust,
    restrict: arrival.restrict,
    nowMs: () => options.clock.nowMs(),
    maxAttempts: limits.loginAttempts,
    showBanner: line =>
      sendMessage(protocol, [byte(MESSAGE.userauthBanner), string(line), string('')]),
  })
  let agent: AgentConnection | null = null
  let stopRekeying = (): void => undefined
  const turnOut = (sentence: string): void => {
    transport.disconnect(DISCONNECT.byApplication, sentence)
  }
  const stopWatching = watchStranger(peer, limits, turnOut)
  const { identRaw } = arrival.banner
  if (identRaw.length > limits.bannerBytes) {
    turnOut(
      `sallyport: the first line of your client has ${identRaw.length} bytes, and ${limits.bannerBytes} are taken`,
    )
  }

  connection.on('error', error => {
    // Peers hang up, time out and talk nonsense all day; what matters of it is in the journal.
    const said = escapeControls(error.message.slice(0, SAID_MOST_CHARACTERS))
    log(`connection: ${said}`, { client: address })
    // ssh2 would go on reading whatever follows the nonsense.
    peer._sock.pause()
    if (agent !== null && error.message === TOO_LARGE) return agent.refuseUnreadable()
    if (peer._sock instanceof Socket) peer._sock.destroySoon()
    else peer._sock.end()
    setTimeout(() => void peer._sock.destroy(), CLOSING_MS).unref()
  })
  connection.on('handshake', arrival.onHandshake)
  connection.on('authentication', request => {
    if (login.answer(request)) return
    const sentence = `sallyport: ${limits.loginAttempts} attempts to log in failed; offer the certificate first (ssh -o IdentitiesOnly=yes -i KEY)`
    transport.disconnect(DISCONNECT.noMoreAuthMethods, sentence)
  })
  connection.on('ready', () => {
    const { proven } = login
    if (proven === null) {
      peer._sock.destroy() // ssh2 let somebody in whom we did not
      return
    }
    const { identity } = proven
    stopWatching()
    const stay = arrival.onLogin(identity)
    if (!stay.ok) {
      const { sentence, keptAs } = stay.fault
      login.takeBack(keptAs, sentence)
      return turnOut(sentence)
    }
    pacePackets(peer, stay.value)
    count('login', '')
    stopRekeying = rekeyNowAndThen(
      peer,
      () =>
        turnOut('sallyport: you exchange keys again and again; connect once and use what you have'),
      options.rekey,
    )
    const userName = arrival.userName(proven.userName)
    const sessionId = Buffer.from(protocol._kex?.sessionID ?? [])
    const hostKeys =
      arrival.knownKeys === null ? null : hostKeyNews(transport, sessionId, arrival.knownKeys)
    agent = serveAgent({
      transport,
      // Not before it is needed: who only jumps through has no session here.
      openVisit: () => options.openVisit(identity, userName, { address, version }),
      jump: arrival.jump?.(identity) ?? null,
      hostKeys,
      limits,
      log,
    })
    carryConnection(protocol, agent.multiplexer)
    hostKeys?.announce()
  })

  return {
    agent: () => agent,
    dismiss(sentence) {
      agent?.dismissInner(sentence)
      turnOut(sentence)
    },
    async settle() {
      stopRekeying()
      if (agent === null) await recordRefusals(login, arrival, options)
      else await agent.leave()
    },
  }
}

async function recordRefusals(
  login: Login,
  { refusals }: Arrival,
  { count, log }: WelcomeOptions,
): Promise<void> {
  for (const event of login.refusals) {
    const { because, client, detail, keyId } = event
    count?.('login-refused', because)
    log(`login refused: ${detail}`, { because, client: client.address, keyId })
    await refusals.keep(event)
  }
}
