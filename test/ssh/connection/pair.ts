import type { Channel } from '../../../server/ssh/connection/channel.ts'
import {
  type ChannelOpening,
  type Hooks,
  Multiplexer,
} from '../../../server/ssh/connection/multiplexer.ts'
import type { Transport } from '../../../server/ssh/connection/transport.ts'

/** One side of an in-memory connection. */
export class MemoryTransport implements Transport {
  readonly sent: Buffer[] = []
  disconnected: string | null = null
  congested = false
  onMessage: (message: Buffer) => void = () => undefined
  #waiting: (() => void)[] = []

  send(...parts: readonly Uint8Array[]): void {
    const message = Buffer.concat(parts)
    this.sent.push(message)
    queueMicrotask(() => this.onMessage(message))
  }

  isCongested(): boolean {
    return this.congested
  }

  onceClear(then: () => void): void {
    this.#waiting.push(then)
  }

  clear(): void {
    this.congested = false
    for (const then of this.#waiting.splice(0)) then()
  }

  disconnect(_reason: number, sentence: string): void {
    this.disconnected ??= sentence
  }

  /** Messages of one kind that were sent. */
  ofKind(message: number): Buffer[] {
    return this.sent.filter(bytes => bytes[0] === message)
  }
}

export interface Pair {
  readonly client: Multiplexer
  readonly server: Multiplexer
  readonly fromClient: MemoryTransport
  readonly fromServer: MemoryTransport
  /** Opens a session and resolves with both its ends. */
  readonly openSession: () => Promise<{ near: Channel; far: Channel }>
}

export const BOUNDS = {
  windowBytes: 64 * 1024,
  packetBytes: 32 * 1024,
  leastPacketBytes: 512,
  channels: 0,
}

/** A client and a server of the connection protocol, joined in memory. */
export function joinedPair(hooks: Partial<Hooks> = {}): Pair {
  const fromClient = new MemoryTransport()
  const fromServer = new MemoryTransport()
  const accepted: Channel[] = []
  const server = new Multiplexer(fromServer, {
    role: 'server',
    bounds: { ...BOUNDS, channels: 4 },
    onOpen: (opening: ChannelOpening) => {
      accepted.push(opening.accept())
    },
    onGlobalRequest: () => false,
    ...hooks,
  })
  const client = new Multiplexer(fromClient, {
    role: 'client',
    bounds: BOUNDS,
    onOpen: opening => opening.refuse(1, 'nothing was asked for'),
    onGlobalRequest: () => false,
  })
  fromClient.onMessage = message => server.receive(message)
  fromServer.onMessage = message => client.receive(message)
  return {
    client,
    server,
    fromClient,
    fromServer,
    async openSession() {
      const near = await client.open('session')
      if (typeof near === 'string') throw new Error(near)
      const far = accepted.at(-1)
      if (far === undefined) throw new Error('no channel was accepted')
      return { near, far }
    },
  }
}
