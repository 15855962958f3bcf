import type { TargetShell } from '../core/access.ts'
import { underShell } from '../core/command/under-shell.ts'
import { decideEnvironment } from '../core/environment.ts'
import type { TargetChannel, TargetConnection } from '../core/ports/channels.ts'
import type { Tape } from '../core/ports/evidence.ts'
import type { Judgement } from '../core/policy/judgement.ts'
import type { Result } from '../core/result.ts'
import { explain, lostLine, REFUSED, type Refusal, refusalLine } from '../core/verdict.ts'
import { attend, type Outcome } from './attend.ts'
import type { OpenSession } from './open-session.ts'
import { recordRefused } from './record-refused.ts'
import { Channels } from './run-shell/channels.ts'
import { LOST } from './run-shell/program-end.ts'
import { runTypedProgram } from './run-shell/typed-program.ts'
import { sayEnding, sayLine, turnAway } from './say.ts'
import type { Surroundings } from './surroundings.ts'
import type { ChannelRequest } from './visit.ts'
import { type DecidedLine, type Refused, writeForwarded, writeRefused } from './write-decision.ts'

/**
 * One `exec` request (RFC 4254 §6.5), from the judge to the exit status. The order of the lines is the
 * guarantee: judged, written down, run, recorded, shown.
 *
 * @param asked what the agent asked for; a certificate's force-command is judged and run in its stead.
 */
export async function runExec(
  session: OpenSession,
  channel: number,
  request: ChannelRequest,
  asked: Uint8Array,
  around: Surroundings,
): Promise<void> {
  const { record, identity, target, grant, policy } = session
  const { client, terminal } = request
  const tape = record.openTape(channel, {
    terminal,
    title: `${identity.agent} → ${grant.login}@${target.name}`,
  })
  try {
    const forced = identity.forceCommand
    const line = forced === null ? asked : new TextEncoder().encode(forced)

    if (terminal !== null && !identity.permitPty) {
      const refusal: Refusal = { because: 'terminal-not-permitted' }
      const detail = new TextEncoder().encode(terminal.term)
      const asking = { channel, request: 'pty-req', detail }
      return await refuse(refusal, await recordRefused(record, around, asking, refusal))
    }
    const environment = decideEnvironment(request.environment)
    if (environment.ignored.length > 0) {
      await record.append({ kind: 'environment-ignored', channel, names: environment.ignored })
    }

    const judgement = await around.judge.judge(line, {
      policy,
      shell: target.shell,
      login: grant.login,
      target: { name: target.name, tags: target.tags },
      // sshd starts every command in the login's home, wherever that is (sshd(8), LOGIN PROCESS).
      workingDirectory: '~',
      homeDirectory: null,
      nowMs: around.clock.nowMs(),
    })
    const toRun = bytesToRun(judgement, line, target.shell)
    const book = { record, around }
    const decided: DecidedLine = {
      channel,
      form: 'exec',
      terminal: terminal !== null,
      line: asked,
      forced,
      workingDirectory: null,
    }
    if (toRun === null) return await refuseLine(await writeRefused(book, decided, judgement))

    // Written down before it runs: an event without a command is a puzzle, the reverse is a hole.
    // The target is dialled meanwhile; it is told nothing before the event is durable.
    const [written, connection] = await Promise.all([
      writeForwarded(book, decided, judgement, toRun),
      session.connection(),
    ])
    if (!written.ok) return await refuseLine(written.fault)
    const seq = written.value

    if (terminal !== null && judgement.input === 'line' && judgement.forward !== null) {
      const channels = new Channels(session, around)
      const setting = {
        session,
        channel,
        request,
        channels,
        tape,
        environment: environment.pass,
        around,
      }
      const { forward, inputLines } = judgement
      try {
        return await runTypedProgram(setting, terminal, forward, { seq, inputLines })
      } finally {
        channels.close()
      }
    }
    const program = await start(connection, toRun, environment.pass)
    const outcome = program.ok
      ? await attend(program.value, request, judgement.input, tape, session, around)
      : nothingRan(explain(program.fault).toLog, tape)
    await Promise.all([
      record.append({
        kind: 'command-ended',
        channel,
        decision: seq,
        workingDirectory: null,
        ...outcome,
      }),
      answer(program, outcome, seq),
    ])
  } finally {
    await tape.close()
  }

  async function start(
    connection: Result<TargetConnection, Refusal>,
    command: Uint8Array,
    passed: Readonly<Record<string, string>>,
  ): Promise<Result<TargetChannel, Refusal>> {
    if (!connection.ok) return connection
    if (session.isEnded()) return { ok: false, fault: await session.ended }
    try {
      return {
        ok: true,
        value: await connection.value.exec(command, { terminal, environment: passed }),
      }
    } catch (error) {
      // A target that opens no more channels (sshd MaxSessions, a restricted key) is a refusal of the
      // target's, not a failure of ours: the session goes on.
      const fault = `it refused the channel: ${String(error)}`
      return { ok: false, fault: { because: 'target-unreachable', target: target.name, fault } }
    }
  }

  /** The last thing the agent learns: why it was refused or ended, and the exit status. */
  async function answer(
    program: Result<TargetChannel, Refusal>,
    outcome: Outcome,
    seq: number,
  ): Promise<void> {
    if (!program.ok) return refuseLine({ refusal: program.fault, seq })
    if (session.isEnded()) await sayEnding(request, await session.ended)
    else if (outcome.exit === null && outcome.fault !== null) await tellLost(outcome.fault)
    await client.finish(
      session.isEnded() ? { status: REFUSED } : (outcome.exit ?? { status: LOST }),
    )
  }

  async function tellLost(fault: string): Promise<void> {
    const isGone = await Promise.race([client.gone.then(() => true), Promise.resolve(false)])
    if (isGone) return
    const sentence = lostLine(fault, target.name)
    await tape.write('stderr', new TextEncoder().encode(`${sentence}\n`))
    await sayLine(request, sentence)
  }

  function refuseLine({ refusal, seq }: Refused): Promise<void> {
    return refuse(refusal, `${record.id}:${seq}`)
  }

  async function refuse(refusal: Refusal, event: string): Promise<void> {
    // What the agent reads is part of the recording, denials too.
    await tape.write('stderr', new TextEncoder().encode(`${refusalLine(refusal, event)}\n`))
    await turnAway(request, refusal, event)
  }
}

/** The outcome of a command that was allowed and then could not be started. */
function nothingRan(fault: string, tape: Tape): Outcome {
  return {
    exit: null,
    fault,
    durationMs: 0,
    // SHA-256 of no bytes.
    stdin: {
      bytes: 0,
      sha256: 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
      recordedBytes: 0,
    },
    stdout: { bytes: 0 },
    stderr: { bytes: 0 },
    recording: { fromMs: tape.atMs, toMs: tape.atMs },
  }
}

/**
 * What the target is asked to run; null when it is asked nothing. Under an unfiltered policy that is
 * the agent's bytes as they came, for whatever shell the login has; everything else runs under the
 * shell it was judged for.
 */
function bytesToRun(judgement: Judgement, line: Uint8Array, shell: TargetShell): Uint8Array | null {
  if (judgement.unfiltered) return line
  if (judgement.verdict !== 'allow' && !judgement.observed) return null
  return judgement.forward === null
    ? null
    : new TextEncoder().encode(underShell(shell, judgement.forward))
}
