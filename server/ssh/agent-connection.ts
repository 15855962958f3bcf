import { setTimeout as delay } from 'node:timers/promises'
import type { Limits } from '../config.ts'
import { WireReader } from '../core/ssh-wire/reader.ts'
import { WireFault } from '../core/ssh-wire/wire-fault.ts'
import { endingLine } from '../core/verdict.ts'
import type { Visit } from '../session/visit.ts'
import { type ChannelOpening, Multiplexer, OPEN_FAILURE } from './connection/multiplexer.ts'
import { DISCONNECT, type Transport } from './connection/transport.ts'
import { byte, MESSAGE, string } from './connection/wire.ts'
import { serveSession } from './requests.ts'

/**
 * What an agent may have on the way in one channel. Half of what we grant a target: uploads over a slow
 * link still fill it, and 10 channels of 1,000 connections stay below 10 GB even if all are hostile.
 */
const RECEIVE_WINDOW = 1024 * 1024

/** Requests that may be refused on one connection. Each is an event; nobody needs this many answers. */
const MOST_REFUSALS = 100

/** How much of a refused request goes into its event. */
const DETAIL_MOST_BYTES = 1024

/** Programs that were told to end get this long to say so before the connection is closed under them. */
const FAREWELL_MS = 1500

/** Said once by OpenSSH when it will open no more sessions; we need not know. */
const NO_MORE_SESSIONS = 'no-more-sessions@openssh.com'
const KEEPALIVE = 'keepalive@openssh.com'

export interface AgentConnection {
  readonly multiplexer: Multiplexer
  /** True while no program runs. */
  isIdle(): boolean
  /** Resolves when every program that runs now is over. */
  whenIdle(): Promise<void>
}

/** Everything an agent may ask for on one connection once it has logged in. */
export function serveAgent(
  transport: Transport,
  visit: Visit,
  limits: Pick<Limits, 'channelsPerConnection' | 'environmentBytes' | 'commandBytes'>,
): AgentConnection {
  const notices: Promise<string>[] = []
  const running = new Set<Promise<unknown>>()
  let refusals = 0

  const refuse = async (request: string, detail: Uint8Array): Promise<string> => {
    refusals += 1
    if (refusals > MOST_REFUSALS) {
      const sentence = `sallyport: more than ${MOST_REFUSALS} requests were refused; ask only for what is offered`
      transport.disconnect(DISCONNECT.byApplication, sentence)
      return sentence
    }
    return visit.refuse(
      request.slice(0, 64),
      Uint8Array.from(detail.subarray(0, DETAIL_MOST_BYTES)),
    )
  }

  /** A client that shows no channel text shows this one at `-v`, at least (RFC 4253 §11.3). */
  const tell = (line: string): void => {
    transport.send(byte(MESSAGE.debug), byte(1), string(line), string(''))
  }

  const multiplexer = new Multiplexer(transport, {
    role: 'server',
    receiveWindow: RECEIVE_WINDOW,
    channels: limits.channelsPerConnection,
    onOpen(opening) {
      if (opening.type !== 'session') return void refuseOpening(opening)
      const channel = opening.accept()
      serveSession(channel, {
        visit,
        limits,
        refuse,
        takeNotices: () => notices.splice(0),
        track: serving => {
          running.add(serving)
          void serving.finally(() => running.delete(serving))
        },
      })
    },
    onGlobalRequest(name, data) {
      if (name === KEEPALIVE) return false
      if (name === NO_MORE_SESSIONS) return true
      const line = refuse(name, readDetail(name, data))
      notices.push(line)
      void line.then(tell)
      return false
    },
  })

  const refuseOpening = async (opening: ChannelOpening): Promise<void> => {
    const line = await refuse(opening.type, readDetail(opening.type, opening.data))
    opening.refuse(OPEN_FAILURE.administrativelyProhibited, line)
  }

  void visit.ended.then(async refusal => {
    await Promise.race([Promise.all(running), delay(FAREWELL_MS, null, { ref: false })])
    transport.disconnect(DISCONNECT.byApplication, endingLine(refusal))
  })

  return {
    multiplexer,
    isIdle: () => running.size === 0,
    async whenIdle() {
      await Promise.all(running)
    },
  }
}

/** What was asked for, in the words a person would use: `host:port`, or a socket's path. */
function readDetail(request: string, data: Uint8Array): Uint8Array {
  try {
    const fields = new WireReader(data)
    switch (request) {
      case 'direct-tcpip':
      case 'tcpip-forward':
      case 'cancel-tcpip-forward':
        return Buffer.from(`${fields.text('host')}:${fields.uint32('port')}`)
      case 'direct-streamlocal@openssh.com':
      case 'streamlocal-forward@openssh.com':
      case 'cancel-streamlocal-forward@openssh.com':
        return fields.string('socket path')
      default:
        return data
    }
  } catch (error) {
    if (error instanceof WireFault) return data // refused either way; the event keeps the bytes
    throw error
  }
}
