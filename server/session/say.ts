import type { ClientChannel } from '../core/ports/channels.ts'
import { endingLine, REFUSED, type Refusal, refusalLine } from '../core/verdict.ts'

/** How long an agent has to take in why its session ended before its channel is closed under it. */
export const FAREWELL_MS = 500

/** An agent's channel and whether its lines end as a terminal's do. */
export interface Listener {
  readonly client: ClientChannel
  readonly terminal: unknown
}

/** Refuses a channel: the one line, then exit status 126. `event` is `SESSION:SEQ` or `-`. */
export async function turnAway(listener: Listener, refusal: Refusal, event: string): Promise<void> {
  await say(listener, refusalLine(refusal, event))
  await listener.client.finish({ status: REFUSED })
}

/** Tells the agent why its running command ends, and waits no longer for it than `FAREWELL_MS`. */
export async function sayEnding(listener: Listener, refusal: Refusal): Promise<void> {
  await sayLine(listener, endingLine(refusal))
}

/** Says a last thing, and waits no longer for the agent to take it than `FAREWELL_MS`. */
export async function sayLine(listener: Listener, line: string): Promise<void> {
  await Promise.race([say(listener, line), delay(FAREWELL_MS)])
}

export function delay(ms: number): Promise<null> {
  return new Promise(resolve => {
    setTimeout(resolve, ms, null).unref()
  })
}

function say({ client, terminal }: Listener, line: string): Promise<void> {
  const { stderr } = client
  return new Promise(resolve => {
    if (stderr.destroyed || stderr.writableEnded) resolve()
    else stderr.write(`${line}${terminal === null ? '\n' : '\r\n'}`, () => resolve())
  })
}
