import { decideEnvironment } from '../core/environment.ts'
import type { Terminal } from '../core/ports/channels.ts'
import { escapeControls, REFUSED, type Refusal, refusalLine } from '../core/verdict.ts'
import type { OpenSession } from './open-session.ts'
import { recordRefused } from './record-refused.ts'
import type { OutputTaker } from './run-shell/agent-output.ts'
import { Channels } from './run-shell/channels.ts'
import { Conversation } from './run-shell/conversation.ts'
import { DriverShell } from './run-shell/driver-shell.ts'
import { followAgent, holdUntilOver } from './run-shell/hold.ts'
import type { Runner } from './run-shell/runner.ts'
import { SingleCommands } from './run-shell/single-commands.ts'
import { runUnfiltered } from './run-shell/unfiltered.ts'
import { sayEnding, turnAway } from './say.ts'
import type { Surroundings } from './surroundings.ts'
import type { ChannelRequest } from './visit.ts'

/**
 * One `shell` request (RFC 4254 §6.5): an interactive session whose shell never reads what was not judged
 * (core/shell decides where each byte goes).
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
    followAgent(request, conversation, session)
    let waits = true
    const stopWaiting = (): void => {
      // The channels of a driver that nobody waits for go, and its start fails.
      if (waits) channels.close()
      waits = false
    }
    void Promise.race([request.client.gone, session.ended]).then(stopWaiting)
    const output: OutputTaker = {
      relay: bytes => conversation.relay(bytes),
      fail: session.fail,
    }
    const [start, remembered] = await Promise.all([
      DriverShell.start(channels, {
        shell: target.shell,
        terminal: size,
        environment,
        ...output,
      }),
      rememberedLines(),
    ])
    if (!start.ok && !waits) {
      if (session.isEnded()) await sayEnding(request, await session.ended)
      return request.client.finish({ status: REFUSED })
    }
    waits = false
    if (!start.ok && (channels.unreachable !== null || policy.interactive.fallback === 'refuse')) {
      return refuseTarget(start.fault)
    }
    const runner = start.ok ? start.value : await oneByOne(start.fault, environment, output)
    await conversation.begin(runner, remembered)
    const told = { session, log: around.log }
    const lost = runner.isShell ? 'shell' : 'session'
    await holdUntilOver(conversation, request, told, { lost, program: runner.ended })
  }

  async function oneByOne(
    fault: string,
    environment: Readonly<Record<string, string>>,
    { relay }: OutputTaker,
  ): Promise<Runner> {
    channels.clear()
    const sentence = `sallyport: no shell here can be supervised: ${escapeControls(fault)}; each command runs by itself, from the home directory and without input\r\n`
    await relay(new TextEncoder().encode(sentence))
    return new SingleCommands(channels, {
      target: target.name,
      login: grant.login,
      environment,
      relay,
    })
  }

  /** Where the policy lets a shell remember what the agent entered here before. */
  async function rememberedLines(): Promise<readonly string[]> {
    if (policy.interactive.history === 'session') return []
    try {
      const { agent } = identity
      const onBehalfOf = identity.onBehalfOf ?? grant.onBehalfOf
      const where = { target: target.name, login: grant.login }
      return await around.lines.recent({ agent, onBehalfOf, ...where })
    } catch (error) {
      // A shell without its history is a shell; what must be written down fails by itself.
      around.log(`history not read: ${String(error)}`, { session: record.id })
      return []
    }
  }

  async function refuseTarget(fault: string): Promise<void> {
    const refusal: Refusal = channels.unreachable ?? {
      because: 'not-offered',
      request: `an interactive shell on ${target.name}`,
      instead: `the target cannot be supervised: ${fault}; single commands go: ssh ${grant.login}+${target.name}@bastion COMMAND`,
    }
    const event = await writeRefusal(refusal)
    await tape.write('stderr', new TextEncoder().encode(`${refusalLine(refusal, event)}\r\n`))
    return turnAway(request, refusal, event)
  }

  function writeRefusal(refusal: Refusal): Promise<string> {
    const detail = new TextEncoder().encode(terminal?.term ?? '')
    return recordRefused(record, around, { channel, request: 'shell', detail }, refusal)
  }
}

const WITHOUT_TERMINAL: Refusal = {
  because: 'not-offered',
  request: 'a shell without a terminal',
  instead:
    'ask for one (ssh -t), or give the command on the ssh line: ssh login+target@bastion COMMAND',
}
