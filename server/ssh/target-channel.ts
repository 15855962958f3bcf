import type { Exit } from '../core/audit/events.ts'
import type { TargetChannel, TargetConnection, Terminal } from '../core/ports/channels.ts'
import { WireReader } from '../core/ssh-wire/reader.ts'
import { WireFault } from '../core/ssh-wire/wire-fault.ts'
import type { Channel, ChannelRequestMessage } from './connection/channel.ts'
import type { Multiplexer } from './connection/multiplexer.ts'
import { string, uint32 } from './connection/wire.ts'

/** What a target may say about a signal; it goes into events. */
const SIGNAL_TEXT_MOST_CHARACTERS = 256

/** Starts one program on the target. Rejects with the target's reason when it says no. */
export async function openProgram(
  multiplexer: Multiplexer,
  command: Uint8Array,
  { terminal, environment }: Parameters<TargetConnection['exec']>[1],
): Promise<TargetChannel> {
  const channel = await multiplexer.open('session')
  if (typeof channel === 'string') throw new Error(`the target opened no session: ${channel}`)
  const program = targetChannel(channel)

  // All in one go: the answers come in order, and a round trip is saved.
  const hasTerminal = terminal === null ? true : channel.ask('pty-req', ...encodeTerminal(terminal))
  for (const [name, value] of Object.entries(environment)) {
    channel.announce('env', string(name), string(value))
  }
  const isRunning = channel.ask('exec', string(command))

  if (!(await hasTerminal)) return giveUp(channel, 'the target gives no terminal')
  if (!(await isRunning)) return giveUp(channel, 'the target does not run commands')
  return program
}

function giveUp(channel: Channel, fault: string): never {
  channel.close()
  throw new Error(fault)
}

function targetChannel(channel: Channel): TargetChannel {
  let exit: Exit | null = null
  channel.onRequest = request => {
    exit ??= readExit(request)
    request.fail() // sshd's keepalive asks for an answer, and any will do
  }
  return {
    stdin: channel.output,
    stdout: channel.input,
    stderr: channel.errorInput,
    ended: channel.gone.then(() => exit),
    signal: name => channel.announce('signal', string(name)),
    resize: (columns, rows, widthPixels, heightPixels) =>
      channel.announce(
        'window-change',
        ...[columns, rows, widthPixels, heightPixels].map(size => uint32(size)),
      ),
    endInput: () => {
      channel.output.end()
    },
    close: () => channel.close(),
  }
}

/** RFC 4254 §6.2. */
function encodeTerminal(terminal: Terminal): Uint8Array[] {
  const { term, columns, rows, widthPixels, heightPixels, modes } = terminal
  return [
    string(term),
    ...[columns, rows, widthPixels, heightPixels].map(size => uint32(size)),
    string(modes),
  ]
}

/** RFC 4254 §6.10. Any name of a signal is taken: systems have more than the RFC lists. */
function readExit({ type, data }: ChannelRequestMessage): Exit | null {
  try {
    const fields = new WireReader(data)
    if (type === 'exit-status') return { status: fields.uint32('exit status') }
    if (type !== 'exit-signal') return null
    const signal = fields.text('signal name').slice(0, SIGNAL_TEXT_MOST_CHARACTERS)
    const coreDumped = fields.byte('core dumped') !== 0
    const message = Buffer.from(fields.string('error message')).toString()
    return { signal, coreDumped, message: message.slice(0, SIGNAL_TEXT_MOST_CHARACTERS) }
  } catch (error) {
    if (error instanceof WireFault) return null // then the target has not said how it ended
    throw error
  }
}
