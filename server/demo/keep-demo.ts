import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { pipeline } from 'node:stream/promises'
import type { Confinement } from './confinement.ts'
import { type Inmate, type Post, startInmate } from './inmate.ts'

export interface DemoOptions extends Post {
  /** What to try, best first. */
  readonly confinements: readonly Confinement[]
  /** The port of the last time, or 0. */
  readonly port: number
  readonly log: (message: string, fields: Readonly<Record<string, unknown>>) => void
}

export interface RunningDemo {
  readonly port: number
  readonly confinement: Confinement
  /** Why the better ways to confine it did not work here. */
  readonly failures: readonly string[]
  stop(): Promise<void>
}

const HOST = '127.0.0.1'
const RESTART_AFTER_MS = 1000
const RESTART_AT_MOST_AFTER_MS = 30_000

/**
 * Runs the demonstration target in the best confinement that holds, on a port of loopback, and starts it
 * again when it ends. The port is ours: what is inside only ever sees connections that we hand on.
 */
export async function keepDemo(options: DemoOptions): Promise<RunningDemo> {
  const { log } = options
  const failures: string[] = []
  const connections = new Set<Socket>()
  let inmate: Inmate | null = null
  let isStopping = false
  let timer: NodeJS.Timeout | null = null

  const first = await firstThatHolds(options, failures)
  const { confinement } = first
  watch(first.inmate, RESTART_AFTER_MS)

  const listener = createServer({ allowHalfOpen: true, noDelay: true }, socket => {
    connections.add(socket)
    socket.once('close', () => connections.delete(socket))
    void handOn(socket, inmate)
  })
  await listen(listener, options.port)
  listener.on('error', error => log(`demo: ${error.message}`, {}))

  return {
    port: (listener.address() as AddressInfo).port,
    confinement,
    failures,
    async stop() {
      isStopping = true
      if (timer !== null) clearTimeout(timer)
      for (const socket of connections) socket.destroy()
      const closed = once(listener, 'close')
      listener.close()
      await Promise.all([closed, inmate?.stop()])
    },
  }

  function watch(started: Inmate, patienceMs: number): void {
    inmate = started
    void started.ended.then(why => {
      inmate = null
      if (isStopping) return
      log(`demo: ended (${why}); starting it again`, { afterMs: patienceMs })
      timer = setTimeout(() => void restart(patienceMs), patienceMs)
    })
  }

  /** In the same confinement: what has held once must hold again, or it does not run. */
  async function restart(patienceMs: number): Promise<void> {
    const next = Math.min(patienceMs * 2, RESTART_AT_MOST_AFTER_MS)
    const started = await startInmate(options, confinement, log)
    if (isStopping) {
      if (started.ok) await started.value.stop()
      return
    }
    if (started.ok) return watch(started.value, next)
    log(`demo: ${started.fault}`, {})
    timer = setTimeout(() => void restart(next), next)
  }
}

async function firstThatHolds(
  options: DemoOptions,
  failures: string[],
): Promise<{ confinement: Confinement; inmate: Inmate }> {
  for (const confinement of options.confinements) {
    const started = await startInmate(options, confinement, options.log)
    if (started.ok) return { confinement, inmate: started.value }
    failures.push(`${confinement.name}: ${started.fault}`)
  }
  throw new Error(`the demonstration target does not start: ${failures.join('; ')}`)
}

/** On the port of the last time where it is free, so that the target keeps its address. */
async function listen(listener: Server, port: number): Promise<void> {
  try {
    listener.listen(port, HOST)
    await once(listener, 'listening')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE' || port === 0) throw error
    listener.listen(0, HOST)
    await once(listener, 'listening')
  }
}

async function handOn(socket: Socket, inmate: Inmate | null): Promise<void> {
  if (inmate === null) {
    socket.destroy()
    return
  }
  const inside = connect({ path: inmate.socket, allowHalfOpen: true })
  try {
    await Promise.all([pipeline(socket, inside), pipeline(inside, socket)])
  } catch {
    // Either side hung up in the middle; the other one learns it from its closed socket.
  } finally {
    socket.destroy()
    inside.destroy()
  }
}
