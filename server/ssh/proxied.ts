import type { Socket } from 'node:net'
import { PROXY_HEADER_MOST_BYTES, readProxyHeader } from '../core/proxy-header.ts'
import type { EventKeeper } from './keep-event.ts'
import type { RefusalTally } from './refusal-tally.ts'

/** A balancer sends its header with the first packet; one that has not by then is none. */
const PATIENCE_MS = 5000

/** Balancers' connections that have not said yet for whom they are; no more than there may be without a login. */
export class Unnamed {
  readonly #most: number
  readonly #refusals: Pick<RefusalTally, 'add'>
  readonly #log: EventKeeper['log']
  readonly #sockets = new Set<Socket>()

  constructor(most: number, refusals: Pick<RefusalTally, 'add'>, log: EventKeeper['log']) {
    this.#most = most
    this.#refusals = refusals
    this.#log = log
  }

  /** The client's address; null where nobody comes of it, and then the connection is closed. */
  async learn(socket: Socket, balancer: string): Promise<string | null> {
    if (this.#sockets.size >= this.#most) {
      this.#refusals.add(balancer, 'too-many-unauthenticated')
      socket.destroy()
      return null
    }
    this.#sockets.add(socket)
    const address = await readProxiedAddress(socket, why => this.#log(why, { client: balancer }))
    this.#sockets.delete(socket)
    return address
  }

  closeAll(): void {
    for (const socket of this.#sockets) socket.destroy()
  }
}

/**
 * Takes the PROXY header off a balancer's connection and resolves with the client's address; null where
 * the balancer speaks for itself or says nothing that can be read, and then the connection is closed.
 */
function readProxiedAddress(
  socket: Socket,
  log: (message: string) => void,
): Promise<string | null> {
  return new Promise(resolve => {
    let received: Buffer = Buffer.alloc(0)
    const patience = setTimeout(() => giveUp('no PROXY header came'), PATIENCE_MS)

    const finish = (address: string | null): void => {
      clearTimeout(patience)
      socket.off('data', take)
      socket.off('close', closed)
      socket.pause()
      if (address === null) socket.destroy()
      resolve(address)
    }
    const giveUp = (why: string): void => {
      log(`balancer: ${why}`)
      finish(null)
    }
    const closed = (): void => finish(null)
    const take = (chunk: Buffer): void => {
      received = Buffer.concat([received, chunk])
      const header = readProxyHeader(received.subarray(0, PROXY_HEADER_MOST_BYTES))
      if (header.is === 'incomplete') return
      if (header.is === 'fault') return giveUp(header.fault)
      socket.off('data', take)
      socket.unshift(received.subarray(header.length))
      finish(header.address)
    }
    socket.on('data', take)
    socket.once('close', closed)
    socket.on('error', () => undefined) // `close` follows
  })
}
