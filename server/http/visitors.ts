import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { plainAddress } from '../core/certificate/ip-address.ts'
import { Crowd, type Waiting } from '../core/crowd.ts'

/** People looking at recordings, and probes; everyone else belongs on the SSH port. */
const MOST_CONNECTIONS = 512

/** Of those, where nobody has shown a sign-in yet. The rest is kept for people who have. */
const MOST_UNKNOWN = 400

/** A browser opens six, and an office of ten may sit behind one address. */
const MOST_UNKNOWN_PER_ADDRESS = 64

/** Requests under way on one connection; browsers send one after the other, only a flood sends this many. */
const MOST_AT_ONCE = 16

/** Somebody at the other end of a connection. */
interface Visitor extends Waiting {
  readonly socket: Socket
  underWay: number
}

export interface Visitors {
  /** Counts a request; false where the connection has asked too much at once and is gone. */
  asks(request: IncomingMessage, response: ServerResponse): boolean
  /** Somebody who is signed in uses this connection: it makes room for no newcomer. */
  know(request: IncomingMessage): void
  /** Ends every connection: also those in a handshake, or taken out of Node's hands by an upgrade. */
  sendAway(): void
}

/**
 * Keeps strangers from holding every connection. As at the SSH front (core/crowd.ts), a newcomer is let in
 * and one of those goes who have been there longest, so idle sockets and slow requests keep nobody out.
 */
export function watchVisitors(server: Server, proxies: readonly string[]): Visitors {
  server.maxConnections = MOST_CONNECTIONS
  const crowd = new Crowd<Visitor>({ inAll: MOST_UNKNOWN, perAddress: MOST_UNKNOWN_PER_ADDRESS })
  /** By address and port of the other end: under TLS a request comes on another socket than the connection. */
  const visitors = new Map<string, Visitor>()

  server.on('connection', (socket: Socket) => {
    const end = endOf(socket)
    const address = plainAddress(socket.remoteAddress ?? '')
    // A proxy brings everybody: each of its connections stands for itself.
    const visitor: Visitor = {
      socket,
      address: proxies.includes(address) ? end : address,
      hasSpoken: false,
      underWay: 0,
    }
    visitors.set(end, visitor)
    crowd.enter(visitor)?.socket.destroy()
    socket.once('close', () => {
      visitors.delete(end)
      crowd.leave(visitor)
    })
  })

  return {
    asks(request, response) {
      const visitor = visitors.get(endOf(request.socket))
      if (visitor === undefined) return false // gone already
      visitor.hasSpoken = true
      visitor.underWay += 1
      response.once('close', () => {
        visitor.underWay -= 1
      })
      if (visitor.underWay <= MOST_AT_ONCE) return true
      visitor.socket.destroy()
      return false
    },
    know(request) {
      const visitor = visitors.get(endOf(request.socket))
      if (visitor !== undefined) crowd.leave(visitor)
    },
    sendAway() {
      for (const { socket } of visitors.values()) socket.destroy()
    },
  }
}

function endOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`
}
