import { setTimeout as delay } from 'node:timers/promises'
import type { Limits } from '../config/limits.ts'
import { WireReader } from '../core/ssh-wire/reader.ts'
import { WireFault } from '../core/ssh-wire/wire-fault.ts'
import { endingLine, type Refusal, refusalLine } from '../core/verdict.ts'
import type { Visit } from '../session/visit.ts'
import type { Channel } from './connection/channel.ts'
import { type ChannelOpening, Multiplexer, OPEN_FAILURE } from './connection/multiplexer.ts'
import { type HostKeyNews, PROVE } from './host-key-news.ts'
import { DISCONNECT, type Transport } from './connection/transport.ts'
import { byte, MESSAGE, string } from './connection/wire.ts'
import { serveSession } from './requests.ts'

/** How much of a refused request goes into its event. */
const DETAIL_MOST_BYTES = 1024

/** Of a host's name in a sentence; no name in the DNS is longer. */
const HOST_MOST_CHARACTERS = 255

/** Programs that were told to end get this long to say so before the connection is closed under them. */
const FAREWELL_MS = 1500

/** Said once by OpenSSH when it will open no more sessions; we need not know. */
const NO_MORE_SESSIONS = 'no-more-sessions@openssh.com'
const KEEPALIVE = 'keepalive@openssh.com'

/** A connection inside this one (`ssh -J`). */
export interface InnerConnection {
  readonly agent: () => AgentConnection | null
  readonly dismiss: (sentence: string) => void
  /** Resolves when everything about it is written down. */
  readonly over: Promise<void>
}

/** Where `direct-tcpip` may lead. */
export interface Jump {
  /** Asked each time, before anything else is: why not now, and whether the agent hears so for the first time. */
  readonly whyNotNow: () => { readonly refusal: Refusal; readonly isFirst: boolean } | null
  /** Null for anything that is no registered target. */
  readonly to: (
    host: string,
    port: number,
  ) => Promise<((channel: Channel) => InnerConnection) | null>
}

export interface AgentConnection {
  readonly multiplexer: Multiplexer
  /** True while no program runs, here or inside a jump. */
  isIdle(): boolean
  /** Resolves when every program that runs now is over. */
  whenIdle(): Promise<void>
  /** Ends the connections inside this one with a sentence. */
  dismissInner(sentence: string): void
  /** A packet came that is too large to be read, most likely with a command: refused like any other, and the end. */
  refuseUnreadable(): void
  /** The connection is gone. Resolves when everything about it is written down. */
  leave(): Promise<void>
}

export interface AgentSurroundings {
  readonly transport: Transport
  /** Called at most once, when the agent first asks for something. */
  readonly openVisit: () => Visit
  readonly jump: Jump | null
  /** Null where the client knows us by another name than our own. */
  readonly hostKeys: HostKeyNews | null
  readonly limits: Limits
  readonly log: (message: string, fields: Readonly<Record<string, unknown>>) => void
}

/** Everything an agent may ask for on one connection once it has logged in. */
export function serveAgent({
  transport,
  openVisit,
  jump,
  hostKeys,
  limits,
  log,
}: AgentSurroundings): AgentConnection {
  const notices: Promise<string>[] = []
  const running = new Set<Promise<unknown>>()
  const inner = new Set<InnerConnection>()
  /** What is not decided yet: the agent may be gone by then, and its denial is evidence all the same. */
  const asking = new Set<Promise<void>>()
  let opened: Visit | null = null
  let refusals = 0

  const visit = (): Visit => {
    if (opened === null) {
      opened = openVisit()
      void opened.ended.then(refusal => farewell(endingLine(refusal)))
    }
    return opened
  }

  const farewell = async (sentence: string): Promise<void> => {
    await Promise.race([Promise.all(running), delay(FAREWELL_MS, null, { ref: false })])
    transport.disconnect(DISCONNECT.byApplication, sentence)
  }

  /** Counts one refusal; with too many it is over, and this is said instead. */
  const orTooMany = (): string | null => {
    refusals += 1
    if (refusals <= limits.refusalsPerConnection) return null
    const sentence = `sallyport: more than ${limits.refusalsPerConnection} requests were refused; ask only for what is offered`
    transport.disconnect(DISCONNECT.byApplication, sentence)
    return sentence
  }

  const refuse = async (request: string, detail: Uint8Array, why?: Refusal): Promise<string> => {
    const tooMany = orTooMany()
    if (tooMany !== null) return tooMany
    const kept = Uint8Array.from(detail.subarray(0, DETAIL_MOST_BYTES))
    return visit().refuse(request.slice(0, 64), kept, why)
  }

  /** A client that shows no channel text shows this one at `-v`, at least (RFC 4253 §11.3). */
  const tell = (line: string): void => {
    transport.send(byte(MESSAGE.debug), byte(1), string(line), string(''))
  }

  const multiplexer = new Multiplexer(transport, {
    role: 'server',
    bounds: { ...limits, channels: limits.channelsPerConnection },
    onOpen(opening) {
      if (opening.type === 'session') openSession(opening)
      else ask(openElsewhere(opening))
    },
    onGlobalRequest(name, data) {
      if (name === KEEPALIVE) return false
      if (name === NO_MORE_SESSIONS) return true
      const proof = name === PROVE ? (hostKeys?.prove(data) ?? null) : null
      if (proof !== null) return proof
      const line = refuse(name, readDetail(name, data))
      notices.push(line)
      void line.then(tell)
      return false
    },
  })

  const openSession = (opening: ChannelOpening): void => {
    serveSession(opening.accept(), {
      visit: visit(),
      limits,
      refuse,
      takeNotices: () => notices.splice(0),
      track: serving => {
        running.add(serving)
        void serving.finally(() => running.delete(serving))
      },
    })
  }

  const openElsewhere = async (opening: ChannelOpening): Promise<void> => {
    const to = opening.type === 'direct-tcpip' ? readHostAndPort(opening.data) : null
    if (to !== null && jump !== null) return openJump(opening, to, jump)
    const line = await refuse(opening.type, readDetail(opening.type, opening.data))
    opening.refuse(OPEN_FAILURE.administrativelyProhibited, line)
  }

  const openJump = async (
    opening: ChannelOpening,
    { host, port }: { host: string; port: number },
    jump: Jump,
  ): Promise<void> => {
    const detail = readDetail(opening.type, opening.data)
    const not = jump.whyNotNow()
    if (not !== null) {
      // One event for each time the agent runs into the bound: a loop must not fill the evidence.
      const line = not.isFirst
        ? await refuse(opening.type, detail, not.refusal)
        : (orTooMany() ?? refusalLine(not.refusal, '-'))
      return opening.refuse(OPEN_FAILURE.resourceShortage, line)
    }
    try {
      const enter = await jump.to(host, port)
      if (enter !== null) return openInner(enter(opening.accept()))
    } catch (error) {
      // The register of targets is out of reach: this channel fails, the connection may go on.
      log(`jump: ${String(error)}`, { target: `${host}:${port}` })
      return opening.refuse(OPEN_FAILURE.connectFailed, 'sallyport: try again in a moment')
    }
    const to = `${host.slice(0, HOST_MOST_CHARACTERS)}:${port}`
    const line = await refuse(opening.type, detail, { because: 'leads-nowhere', to })
    opening.refuse(OPEN_FAILURE.administrativelyProhibited, line)
  }

  const ask = (answering: Promise<void>): void => {
    asking.add(answering)
    void answering.finally(() => asking.delete(answering))
  }

  const openInner = (connection: InnerConnection): void => {
    inner.add(connection)
    void connection.over.finally(() => inner.delete(connection))
  }

  return {
    multiplexer,
    isIdle: () =>
      running.size === 0 && [...inner].every(({ agent }) => agent()?.isIdle() !== false),
    async whenIdle() {
      await Promise.all([...running, ...[...inner].map(({ agent }) => agent()?.whenIdle())])
    },
    dismissInner(sentence) {
      for (const connection of inner) connection.dismiss(sentence)
    },
    refuseUnreadable() {
      const sentence = `sallyport: denied: a packet came that is too large to be read; a command has at most ${limits.commandBytes} bytes, give the rest on standard input`
      // Not after the event is written: ssh2 closes the socket as soon as we return.
      transport.disconnect(DISCONNECT.protocolError, sentence)
      void refuse('packet (too large)', new Uint8Array())
    },
    async leave() {
      multiplexer.abandon()
      await Promise.all(asking)
      await Promise.all([opened?.leave(), ...[...inner].map(({ over }) => over)])
    },
  }
}

function readHostAndPort(data: Uint8Array): { host: string; port: number } | null {
  try {
    const fields = new WireReader(data)
    return { host: fields.text('host'), port: fields.uint32('port') }
  } catch (error) {
    if (error instanceof WireFault) return null // then it leads nowhere
    throw error
  }
}

/** What was asked for, in the words a person would use: `host:port`, or a socket's path. */
function readDetail(request: string, data: Uint8Array): Uint8Array {
  switch (request) {
    case 'direct-tcpip':
    case 'tcpip-forward':
    case 'cancel-tcpip-forward': {
      const to = readHostAndPort(data)
      return to === null ? data : Buffer.from(`${to.host}:${to.port}`)
    }
    case 'direct-streamlocal@openssh.com':
    case 'streamlocal-forward@openssh.com':
    case 'cancel-streamlocal-forward@openssh.com':
      return readPath(data)
    default:
      return data
  }
}

function readPath(data: Uint8Array): Uint8Array {
  try {
    return new WireReader(data).string('socket path')
  } catch (error) {
    if (error instanceof WireFault) return data // refused either way; the event keeps the bytes
    throw error
  }
}
