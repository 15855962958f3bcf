import { sentText } from '../core/audit/events.ts'
import type { Exit } from '../core/audit/events.ts'
import { decideEnvironment } from '../core/environment.ts'
import type { Terminal } from '../core/ports/channels.ts'
import type { Tape } from '../core/ports/evidence.ts'
import { explain, REFUSED, type Refusal, refusalLine } from '../core/verdict.ts'
import type { OpenSession } from './open-session.ts'
import { untilClosed } from './relay.ts'
import { Channels } from './run-shell/channels.ts'
import { Conversation } from './run-shell/conversation.ts'
import { DriverShell } from './run-shell/driver-shell.ts'
import { runUnfiltered } from './run-shell/unfiltered.ts'
import { delay, sayEnding, turnAway } from './say.ts'
import type { Surroundings } from './surroundings.ts'
import type { ChannelRequest } from './visit.ts'

/** How long the last of a session's output may take to be recorded. */
const LAST_WORDS_MS = 2000
/** Exit status when the target never said how the shell ended; ssh itself uses it for lost connections. */
const LOST = 255

/**
 * One `shell` request (RFC 4254 §6.5): an interactive session whose shell never reads what was not judged
 * (DESIGN.md, "The two-door shell"; core/shell decides where each byte goes).
 */
export async function runShell(
  session: OpenSession,
  channel: number,
  request: ChannelRequest,
  around: Surroundings,
): Promise<void> {
  const { record, identity, target, grant, policy } = session
  const { terminal } = request
  if (terminal === null || !identity.permitPty) {
    const refusal: Refusal =
      terminal === null ? WITHOUT_TERMINAL : { because: 'terminal-not-permitted' }
    return turnAway(request, refusal, await writeRefusal(refusal))
  }
  const tape = record.openTape(channel, {
    terminal,
    title: `${identity.agent} → ${grant.login}@${target.name}`,
  })
  const channels = new Channels(session, around)
  try {
    const { term, columns, rows } = terminal
    await record.append({ kind: 'channel-opened', channel, terminal: { term, columns, rows } })
    const environment = decideEnvironment(request.environment)
    if (environment.ignored.length > 0) {
      await record.append({ kind: 'environment-ignored', channel, names: environment.ignored })
    }
    const setting = {
      session,
      channel,
      request,
      channels,
      tape,
      environment: environment.pass,
      around,
    }
    if (policy.unfiltered) return await runUnfiltered(setting, terminal)
    await converse(new Conversation(setting, terminal), terminal, environment.pass)
  } finally {
    channels.close()
    await tape.close()
  }

  async function converse(
    conversation: Conversation,
    size: Terminal,
    environment: Readonly<Record<string, string>>,
  ): Promise<void> {
    request.onResize(changed => {
      conversation.resize(changed).catch(session.fail)
    })
    request.onSignal(name => {
      if (name === 'INT') conversation.type(Uint8Array.of(INTERRUPT)).catch(session.fail)
    })
    const typing = takeInput(conversation)
    typing.catch(session.fail)
    const start = await DriverShell.start(channels, {
      shell: target.shell,
      terminal: size,
      environment,
      show: bytes => conversation.print(bytes),
      clear: () => conversation.clear(),
      fail: session.fail,
    })
    if (!start.ok) return refuseTarget(start.fault, tape)
    const driver = start.value
    await conversation.begin(driver)
    const over = await Promise.race([
      driver.ended.then((exit): Over => ({ exit, because: null })),
      conversation.left.then((exit): Over => ({ exit, because: null })),
      request.client.gone.then((): Over => ({ exit: null, because: 'the agent hung up' })),
      session.ended.then(
        (): Over => ({ exit: { status: REFUSED }, because: 'the session was ended' }),
      ),
      typing,
    ])
    request.client.stdin.destroy()
    await conversation.end(over.because === null ? over.exit : null, faultOf(over))
    await Promise.race([driver.ended, delay(LAST_WORDS_MS)])
    if (session.isEnded()) await sayEnding(request, await session.ended)
    await request.client.finish(over.exit ?? { status: LOST })
  }

  /** Never resolves by itself: what ends the session is the shell, the agent or the bastion. */
  async function takeInput(conversation: Conversation): Promise<never> {
    for await (const bytes of untilClosed(request.client.stdin)) await conversation.type(bytes)
    // The agent's input has an end (ssh -tt < file): a terminal would say so with ^D.
    await conversation.type(Uint8Array.of(END_OF_INPUT))
    return new Promise(() => {})
  }

  async function refuseTarget(fault: string, kept: Tape): Promise<void> {
    const refusal: Refusal = {
      because: 'not-offered',
      request: `an interactive shell on ${target.name}`,
      instead: `the target cannot be supervised: ${fault}; single commands go: ssh ${grant.login}+${target.name}@bastion COMMAND`,
    }
    const event = await writeRefusal(refusal)
    await kept.write('stderr', new TextEncoder().encode(`${refusalLine(refusal, event)}\r\n`))
    return turnAway(request, refusal, event)
  }

  async function writeRefusal(refusal: Refusal): Promise<string> {
    const { rule, toAgent: reason } = explain(refusal)
    around.count('refused', 'shell')
    const detail = sentText(new TextEncoder().encode(terminal?.term ?? ''))
    const seq = await record.append({
      kind: 'request-refused',
      channel,
      request: 'shell',
      detail,
      rule,
      reason,
    })
    return `${record.id}:${seq}`
  }
}

/** How an interactive session came to its end. */
interface Over {
  readonly exit: Exit | null
  /** Why, when it was not the shell's or the agent's own doing. */
  readonly because: string | null
}

function faultOf({ exit, because }: Over): string | null {
  if (because !== null) {
    return `${because}; what ran in the terminal was sent SIGHUP, and what ignores it may still run on the target`
  }
  return exit === null ? 'the target closed the channel' : null
}

const INTERRUPT = 0x03
const END_OF_INPUT = 0x04

const WITHOUT_TERMINAL: Refusal = {
  because: 'not-offered',
  request: 'a shell without a terminal',
  instead:
    'ask for one (ssh -t), or give the command on the ssh line: ssh login+target@bastion COMMAND',
}
