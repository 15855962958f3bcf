import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

/** A line to a port on this machine on which everything takes its time, each way. */
export interface SlowLine {
  readonly port: number
  close(): Promise<void>
}

export async function startSlowLine(port: number, delayMs: number): Promise<SlowLine> {
  const sockets = new Set<Socket>()
  const server = createServer({ noDelay: true }, near => {
    const far = connect({ host: '127.0.0.1', port, noDelay: true })
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from)
      from.on('data', (bytes: Buffer) => later(() => to.write(bytes)))
      from.on('error', () => to.destroy())
      from.on('close', () => {
        sockets.delete(from)
        later(() => to.destroy())
      })
    }
  })
  // Half the delay each way makes a round trip of it.
  const later = (work: () => void): void => {
    setTimeout(work, delayMs / 2)
  }
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return {
    port: address.port,
    async close() {
      server.close()
      for (const socket of sockets) socket.destroy()
      await once(server, 'close')
    },
  }
}
