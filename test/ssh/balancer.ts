import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

const SIGNATURE = Buffer.from('0d0a0d0a000d0a515549540a', 'hex')

/** PROXY, version 2, for TCP over IPv4 (proxy-protocol.txt §2.2): this client, on its way to 198.51.100.1:2222. */
export function proxyHeader(client: string): Buffer {
  const to = Buffer.from('c6336401dc0408ae', 'hex')
  const from = Buffer.from(client.split('.').map(Number))
  return Buffer.concat([SIGNATURE, Buffer.from('2111000c', 'hex'), from, to])
}

/** A health check: the balancer speaks for itself. */
export const LOCAL_HEADER = Buffer.concat([SIGNATURE, Buffer.from('20000000', 'hex')])

const FAREWELL_MS = 1000

export interface Balancer {
  readonly port: number
  close(): void
}

/** Writes `header` in front of each connection, in pieces of so many bytes, and then only copies. */
export async function startBalancer(
  toPort: number,
  header: Buffer,
  pieceBytes = header.length,
): Promise<Balancer> {
  const server = createServer({ noDelay: true }, client => {
    const pour = async (to: Socket): Promise<void> => {
      for (let at = 0; at < header.length; at += pieceBytes) {
        to.write(header.subarray(at, at + pieceBytes))
        if (pieceBytes < header.length) await new Promise(resolve => setTimeout(resolve, 2))
      }
      client.pipe(to).pipe(client)
    }
    const to = { port: toPort, host: '127.0.0.1', noDelay: true }
    const upstream = connect(to, () => void pour(upstream))
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      socket.on('error', () => undefined)
      socket.on('close', () => {
        // What was said last is still on its way: closing with input unread would tear it away.
        other.end()
        setTimeout(() => other.destroy(), FAREWELL_MS).unref()
      })
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    close: () => void server.close(),
  }
}
