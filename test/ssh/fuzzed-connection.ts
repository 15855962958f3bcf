import { defaultLimits } from '../../server/config/limits.ts'
import type { Visit } from '../../server/session/visit.ts'
import { serveAgent } from '../../server/ssh/agent-connection.ts'
import { Multiplexer } from '../../server/ssh/connection/multiplexer.ts'
import type { Transport } from '../../server/ssh/connection/transport.ts'
import { byte, MESSAGE, string, uint32 } from '../../server/ssh/connection/wire.ts'
import { openProgram } from '../../server/ssh/target-channel.ts'
import { diceOf, mutate } from '../support/fuzzed-parsers.ts'

/** Our side of a connection, in memory: what a peer that has logged in can send it. */
interface Side {
  receive(message: Buffer): void
  /** Channels that are open beyond what may be. */
  surplus(): number
  /** It has hung up. */
  isOver(): boolean
  end(): Promise<void>
}

export interface FuzzedConnection {
  readonly name: string
  readonly seeds: readonly Uint8Array[]
  readonly open: () => Side
}

export interface Fired {
  readonly messages: number
  readonly connections: number
}

/** Messages after which the streams get a turn to move what they hold. */
const MESSAGES_A_TURN = 20

/** So many messages, damaged or in any order, over as many connections as it takes. */
export async function fireAt(
  { open, seeds }: FuzzedConnection,
  messages: number,
  firstSeed: number,
): Promise<Fired> {
  let side = open()
  let connections = 1
  for (let seed = firstSeed; seed < firstSeed + messages; seed += 1) {
    const roll = diceOf(seed)
    // Half of them whole: states that take several good messages are reached, too.
    const message = roll(2) === 0 ? (seeds[roll(seeds.length)] ?? []) : mutate(seeds, roll)
    if (message.length > 0) side.receive(Buffer.from(message))
    if (side.surplus() > 0) throw new Error(`seed ${seed}: ${side.surplus()} channels too many`)
    if (seed % MESSAGES_A_TURN === 0) await new Promise(setImmediate)
    if (!side.isOver()) continue
    await side.end()
    side = open()
    connections += 1
  }
  await side.end()
  return { messages, connections }
}

function memoryTransport(): { transport: Transport; isOver: () => boolean } {
  let isOver = false
  return {
    transport: {
      send: () => undefined,
      isCongested: () => false,
      onceClear: then => queueMicrotask(then),
      disconnect: () => {
        isOver = true
      },
    },
    isOver: () => isOver,
  }
}

const message = (kind: number, ...fields: readonly (number | string | Uint8Array)[]): Uint8Array =>
  Buffer.concat([
    byte(kind),
    ...fields.map(field => {
      if (typeof field === 'number') return uint32(field)
      return typeof field === 'string' ? string(field) : field
    }),
  ])

const { channelRequest, channelOpen, globalRequest } = MESSAGE
const IDS = [0, 1, 2]
const yes = byte(1)
const no = byte(0)
const dataOf = (id: number): Uint8Array[] => [
  message(MESSAGE.channelData, id, 'ls -l\n'),
  message(MESSAGE.channelData, id, string(Buffer.alloc(20_000, 'x'))),
  message(MESSAGE.channelExtendedData, id, 1, 'oops'),
  message(MESSAGE.channelWindowAdjust, id, 0x7fff_ffff),
  message(MESSAGE.channelEof, id),
  message(MESSAGE.channelClose, id),
  message(MESSAGE.channelSuccess, id),
  message(MESSAGE.channelFailure, id),
]
const answersFor = (id: number): Uint8Array[] => [
  message(MESSAGE.channelOpenConfirmation, id, 5, 65_536, 32_768),
  message(MESSAGE.channelOpenFailure, id, 2, 'no', ''),
]

const fromAgents: readonly Uint8Array[] = [
  message(channelOpen, 'session', 3, 65_536, 32_768),
  message(channelOpen, 'session', 0, 0xffff_ffff, 0xffff_ffff),
  message(channelOpen, 'direct-tcpip', 4, 65_536, 32_768, 'web-1', 22, '127.0.0.1', 4711),
  message(channelOpen, 'direct-tcpip', 4, 65_536, 32_768, 'elsewhere', 25, '127.0.0.1', 4711),
  message(channelOpen, 'direct-streamlocal@openssh.com', 4, 65_536, 32_768, '/run/x', '', 0),
  message(globalRequest, 'tcpip-forward', yes, '', 8080),
  message(globalRequest, 'keepalive@openssh.com', yes),
  message(globalRequest, 'no-more-sessions@openssh.com', no),
  // We open nothing at an agent: either ends the connection.
  ...answersFor(0),
  ...IDS.flatMap(id => [
    ...dataOf(id),
    message(channelRequest, id, 'pty-req', yes, 'xterm', 80, 24, 0, 0, string(Buffer.of(53, 0))),
    message(channelRequest, id, 'env', no, 'LANG', 'C.UTF-8'),
    message(channelRequest, id, 'exec', yes, 'uname -a'),
    message(channelRequest, id, 'shell', yes),
    message(channelRequest, id, 'subsystem', yes, 'sftp'),
    message(channelRequest, id, 'window-change', no, 100, 40, 0, 0),
    message(channelRequest, id, 'signal', no, 'INT'),
    message(channelRequest, id, 'auth-agent-req@openssh.com', yes),
    message(channelRequest, id, 'x11-req', yes, no, 'MIT-MAGIC-COOKIE-1', 'aa', 0),
  ]),
]

const fromTargets: readonly Uint8Array[] = [
  message(channelOpen, 'auth-agent@openssh.com', 3, 65_536, 32_768),
  message(channelOpen, 'forwarded-tcpip', 3, 65_536, 32_768, '', 80, '10.0.0.1', 4711),
  message(globalRequest, 'hostkeys-00@openssh.com', no, 'AAAA'),
  ...IDS.flatMap(id => [
    ...dataOf(id),
    ...answersFor(id),
    message(channelRequest, id, 'exit-status', no, 3),
    message(channelRequest, id, 'exit-signal', no, 'KILL', no, 'Killed', ''),
    message(channelRequest, id, 'keepalive@openssh.com', yes),
  ]),
]

export const fuzzedConnections: readonly FuzzedConnection[] = [
  { name: 'an agent that has logged in', seeds: fromAgents, open: openForAgent },
  { name: 'a target', seeds: fromTargets, open: openForTarget },
]

/** Programs that copy their input, and one host that may be jumped to. */
function openForAgent(): Side {
  const { transport, isOver } = memoryTransport()
  let visits = 0
  const visit: Visit = {
    async serve(request) {
      const { client } = request
      request.onResize(() => undefined)
      request.onSignal(() => undefined)
      client.stdin.on('data', (chunk: Buffer) => {
        if (client.stdout.writable) client.stdout.write(chunk)
      })
      await Promise.race([new Promise(resolve => client.stdin.once('close', resolve)), client.gone])
      await client.finish({ status: 0 })
    },
    refuse: async request => `sallyport: denied: ${request}`,
    ended: new Promise(() => undefined),
    leave: async () => {
      visits -= 1
    },
  }
  const agent = serveAgent({
    transport,
    openVisit: () => {
      visits += 1
      return visit
    },
    hostKeys: null,
    jump: {
      whyNotNow: () => null,
      async to(host) {
        await new Promise(setImmediate) // a look into the register of targets
        if (host !== 'web-1') return null
        return channel => {
          channel.input.resume()
          return { agent: () => null, dismiss: () => channel.close(), over: channel.gone }
        }
      },
    },
    limits: defaultLimits,
    log: () => undefined,
  })
  return {
    receive: bytes => agent.multiplexer.receive(bytes),
    surplus: () =>
      Math.max(0, agent.multiplexer.openChannels - defaultLimits.channelsPerConnection),
    isOver,
    async end() {
      await agent.leave()
      await new Promise(setImmediate)
      if (visits !== 0) throw new Error(`${visits} visits were opened and not left`)
    },
  }
}

/** Three programs at a time, begun again when the target ends one. */
function openForTarget(): Side {
  const { transport, isOver } = memoryTransport()
  let hasEnded = false
  const multiplexer = new Multiplexer(transport, {
    role: 'client',
    bounds: { ...defaultLimits, windowBytes: defaultLimits.targetWindowBytes, channels: 0 },
    onOpen: opening => opening.refuse(1, 'nothing was asked for'),
    onGlobalRequest: () => false,
  })
  const run = async (): Promise<void> => {
    const terminal = { term: 'xterm', columns: 80, rows: 24, widthPixels: 0, heightPixels: 0 }
    const program = await openProgram(multiplexer, Buffer.from('id'), {
      terminal: { ...terminal, modes: new Uint8Array([0]) },
      environment: { LANG: 'C' },
    })
    program.stdout.resume()
    program.stderr.resume()
    program.stdin.write(Buffer.alloc(1000))
    program.signal('INT')
    program.resize(100, 40, 0, 0)
    await program.ended
  }
  const runOn = async (): Promise<void> => {
    // Numbers of channels go up: those of the seeds are met by the first few programs only.
    for (let programs = 0; programs < 3 && !hasEnded; programs += 1) {
      await run().catch(() => undefined) // what the target refused; the next one may be let run
    }
  }
  const running = IDS.map(runOn)
  return {
    receive: bytes => multiplexer.receive(bytes),
    surplus: () => Math.max(0, multiplexer.openChannels - IDS.length),
    isOver,
    async end() {
      hasEnded = true
      multiplexer.abandon()
      await Promise.all(running)
    },
  }
}
