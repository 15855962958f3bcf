import { finished } from 'node:stream/promises'
import type { Exit } from '../core/audit/events.ts'
import type { ClientChannel } from '../core/ports/channels.ts'
import type { Channel } from './connection/channel.ts'
import type { Outbox } from './connection/outbox.ts'
import { byte, string, uint32 } from './connection/wire.ts'

/** An agent's channel as the session sees it. */
export function clientChannel(channel: Channel): ClientChannel {
  return {
    stdin: channel.input,
    stdout: channel.output,
    stderr: channel.errorOutput,
    gone: channel.gone,
    async finish(exit) {
      await flush(channel.errorOutput)
      await flush(channel.output)
      if (exit !== null) announceExit(channel, exit)
      channel.sendEof()
      channel.close()
    },
  }
}

/** Resolves when everything written has been sent, or cannot be sent any more. */
async function flush(outbox: Outbox): Promise<void> {
  outbox.end()
  try {
    await finished(outbox)
  } catch {
    // The agent has gone, or whoever wrote has given up: there is nothing left to flush.
  }
}

/** RFC 4254 §6.10; the status is unsigned on the wire. */
function announceExit(channel: Channel, exit: Exit): void {
  if ('status' in exit) return channel.announce('exit-status', uint32(exit.status >>> 0))
  channel.announce(
    'exit-signal',
    string(exit.signal),
    byte(exit.coreDumped ? 1 : 0),
    string(exit.message),
    string(''),
  )
}
