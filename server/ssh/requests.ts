import type { Limits } from '../config/limits.ts'
import type { Terminal } from '../core/ports/channels.ts'
import { WireReader } from '../core/ssh-wire/reader.ts'
import { WireFault } from '../core/ssh-wire/wire-fault.ts'
import { fullAllowance, type Pace, takeOne } from '../core/pace.ts'
import { REFUSED } from '../core/verdict.ts'
import type { ProgramRequest, Visit } from '../session/visit.ts'
import { clientChannel } from './client-channel.ts'
import type { Channel, ChannelRequestMessage } from './connection/channel.ts'
import { lastOfMany } from './last-of-many.ts'
import { readSize, readTerminal } from './terminal.ts'

/** Signals that arrive before the session listens; more than this nobody types. */
const EARLY_EVENTS = 16

/**
 * SSH puts no window on signals and sizes, the target need not take them, and each size is in the record:
 * a person who drags a corner is told every 50 ms at most, one who holds ^C down sends 30 a second.
 */
const SIZE_PAUSE_MS = 50
const SIGNALS: Pace = { burst: 50, everyMs: 30 }

/** RFC 4254 §6.9: a name without SIG, or one of somebody's own with an at-sign. */
const SIGNAL_NAME = /^[\w.+@-]{1,64}$/

/**
 * What clients say of themselves: it asks for nothing that could be denied. OpenSSH's are in its PROTOCOL
 * (§2.1) and for keepalives; PuTTY says that it will open one channel only, and times answers to size its
 * window. "No" is the answer that each of them expects.
 */
const HARMLESS = new Set([
  'eow@openssh.com',
  'keepalive@openssh.com',
  'simple@putty.projects.tartarus.org',
  'winadj@putty.projects.tartarus.org',
])

export interface SessionSurroundings {
  readonly visit: Visit
  readonly limits: Pick<Limits, 'environmentBytes' | 'commandBytes' | 'terminalCells'>
  /** Asks the visit to refuse and write it down; resolves with the line for the agent. */
  readonly refuse: (request: string, detail: Uint8Array) => Promise<string>
  /** Lines about refusals on the connection that no channel has shown yet; taking them empties the list. */
  readonly takeNotices: () => readonly Promise<string>[]
  /** Learns of every program that runs, until it is over. */
  readonly track: (serving: Promise<void>) => void
}

/**
 * Reads the requests of one session channel (RFC 4254 §6) and hands the program among them to the visit.
 * Everything is answered at once, so answers keep their order; what the agent sends meanwhile waits in
 * the channel.
 */
export function serveSession(channel: Channel, around: SessionSurroundings): void {
  const environment = new Map<string, Uint8Array>()
  const notices: Promise<string>[] = []
  const signals = new Listeners<string>()
  const sizes = new Listeners<Terminal>()
  const resize = lastOfMany<Terminal>(SIZE_PAUSE_MS, size => sizes.tell(size))
  let signalsLeft = fullAllowance(SIGNALS)
  let environmentBytes = 0
  let terminal: Terminal | null = null
  let hasProgram = false

  channel.onRequest = request => {
    try {
      take(request)
    } catch (error) {
      if (!(error instanceof WireFault)) throw error
      refuse(request) // what cannot be read is not granted
    }
  }

  function take(request: ChannelRequestMessage): void {
    const fields = new WireReader(request.data)
    switch (request.type) {
      case 'env':
        return takeEnvironment(request, fields)
      case 'pty-req': {
        if (terminal !== null || hasProgram) return request.fail()
        terminal = readTerminal(fields, around.limits.terminalCells)
        return request.succeed()
      }
      case 'exec':
        return run(request, { is: 'exec', command: copy(fields.string('command')) })
      case 'shell':
        return run(request, { is: 'shell' })
      case 'subsystem':
        return run(request, { is: 'subsystem', name: copy(fields.string('subsystem name')) })
      case 'window-change': {
        if (terminal === null) return request.fail()
        terminal = { ...terminal, ...readSize(fields, around.limits.terminalCells) }
        resize(terminal)
        return request.succeed()
      }
      case 'signal':
        return takeSignal(request, fields)
      default:
        if (HARMLESS.has(request.type)) return request.fail()
        return refuse(request)
    }
  }

  function takeEnvironment(request: ChannelRequestMessage, fields: WireReader): void {
    const name = fields.text('variable name')
    const value = copy(fields.string('variable value'))
    const bytes = environmentBytes + name.length + value.length
    if (hasProgram || bytes > around.limits.environmentBytes) return refuse(request)
    environmentBytes = bytes
    environment.set(name, value)
    request.succeed()
  }

  function takeSignal(request: ChannelRequestMessage, fields: WireReader): void {
    const name = fields.text('signal name')
    const { allowance, waitMs } = takeOne(signalsLeft, SIGNALS, performance.now())
    signalsLeft = allowance
    if (waitMs > 0 || !SIGNAL_NAME.test(name)) return refuse(request)
    signals.tell(name)
    request.succeed()
  }

  function refuse(request: ChannelRequestMessage): void {
    notices.push(around.refuse(request.type, request.data))
    request.fail()
  }

  function run(request: ChannelRequestMessage, program: ProgramRequest): void {
    // "Only one of these requests can succeed per channel" (RFC 4254 §6.5).
    if (hasProgram) return request.fail()
    hasProgram = true
    request.succeed()
    around.track(serve(program))
  }

  async function serve(program: ProgramRequest): Promise<void> {
    const client = clientChannel(channel)
    const lineEnd = terminal === null ? '\n' : '\r\n'
    const isTooLong = lengthOf(program) > around.limits.commandBytes
    if (isTooLong) notices.push(around.refuse(`${program.is} (too long)`, new Uint8Array()))
    // What was refused is said before the program speaks: afterwards the channel may be closed.
    const lines = await Promise.all([...around.takeNotices(), ...notices.splice(0)])
    for (const line of lines) {
      if (client.stderr.writable) client.stderr.write(`${line}${lineEnd}`)
    }
    if (isTooLong) return client.finish({ status: REFUSED })
    await around.visit.serve({
      program,
      terminal,
      environment,
      client,
      onSignal: listener => signals.listen(listener),
      onResize: listener => sizes.listen(listener),
    })
  }
}

/** Keeps what happens before the session listens, up to a bound. */
class Listeners<Event> {
  readonly #early: Event[] = []
  #listener: ((event: Event) => void) | null = null

  tell(event: Event): void {
    if (this.#listener !== null) this.#listener(event)
    else if (this.#early.length < EARLY_EVENTS) this.#early.push(event)
  }

  listen(listener: (event: Event) => void): void {
    this.#listener = listener
    for (const event of this.#early.splice(0)) listener(event)
  }
}

function lengthOf(program: ProgramRequest): number {
  switch (program.is) {
    case 'exec':
      return program.command.length
    case 'subsystem':
      return program.name.length
    case 'shell':
      return 0
  }
}

/** Fields are views of a packet that is larger; what is kept is copied. */
function copy(bytes: Uint8Array): Uint8Array {
  return Uint8Array.from(bytes)
}
