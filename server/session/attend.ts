import type { Exit, SessionEvent } from '../core/audit/events.ts'
import type { InputClass } from '../core/policy/policy.ts'
import type { TargetChannel } from '../core/ports/channels.ts'
import type { Tape } from '../core/ports/evidence.ts'
import { mayForward } from './may-forward.ts'
import { NewestSize } from './newest-size.ts'
import type { OpenSession } from './open-session.ts'
import { onlySignals, relayInput, relayOutput } from './relay.ts'
import { delay } from './say.ts'
import { StdinTally } from './stdin-tally.ts'
import type { Surroundings } from './surroundings.ts'
import type { ChannelRequest } from './visit.ts'

/** How long a program may take to go after the agent hung up or the session was ended. */
const HANGUP_MS = 2000

/** How a program on the target went: the part of `command-ended` that only its end tells. */
export type Outcome = Omit<
  Extract<SessionEvent, { kind: 'command-ended' }>,
  'kind' | 'channel' | 'decision' | 'workingDirectory'
>

/**
 * Stands between the agent and a running program until one of them, or the bastion, is done. Output
 * is recorded before it is shown. Without a terminal, standard input is data for the program; with one,
 * `input` says what the policy lets through.
 */
export async function attend(
  program: TargetChannel,
  request: ChannelRequest,
  input: InputClass,
  tape: Tape,
  session: OpenSession,
  around: Surroundings,
): Promise<Outcome> {
  const { client, terminal } = request
  const begunAtMs = around.clock.monotonicMs()
  const fromMs = tape.atMs
  const tally = new StdinTally(tape, around.stdinRecordedBytes, terminal !== null)
  let isOver = false
  request.onSignal(name => program.signal(name))
  const sizes = new NewestSize(async size => {
    // Its tape may be closed already, and no failure to record is to be seen in that.
    if (isOver) return
    program.resize(size.columns, size.rows, size.widthPixels, size.heightPixels)
    await tape.resize(size.columns, size.rows)
  }, session.fail)
  request.onResize(size => sizes.take(size))

  /** Why the bastion ended the program, when it did. */
  let cutBecause: string | null = null
  const cutShort = Promise.race([
    client.gone.then(() => hangUp('HUP', 'the agent hung up')),
    session.ended.then(() => hangUp('TERM', 'the session was ended')),
  ])

  const relaying = Promise.all([
    relayOutput(program.stdout, client.stdout, bytes => tape.write('stdout', bytes)),
    relayOutput(program.stderr, client.stderr, bytes => tape.write('stderr', bytes)),
    relayInput(
      client.stdin,
      program.stdin,
      async bytes => {
        await sizes.settle()
        return tally.take(terminal === null || input === 'raw' ? bytes : onlySignals(bytes))
      },
      () => mayForward(around.endings, () => isOver || session.isEnded()),
    ).then(() => program.endInput()),
  ])
  // Input may outlast the program, and fails last when the tape does: the outputs say when it is over.
  const ended = program.ended.then(exit => {
    isOver = true
    client.stdin.destroy()
    return exit
  })

  try {
    const exit = await Promise.race([ended, cutShort, relaying.then(() => ended)])
    isOver = true
    const [stdout, stderr] = await relaying
    const fault = cutBecause ?? (exit === null ? 'the target closed the channel' : null)
    return {
      exit,
      fault,
      durationMs: Math.round(around.clock.monotonicMs() - begunAtMs),
      stdin: tally.result(),
      stdout: { bytes: stdout },
      stderr: { bytes: stderr },
      recording: { fromMs, toMs: tape.atMs },
    }
  } finally {
    isOver = true
    program.close()
  }

  /**
   * Ends the program as far as SSH lets us: sshd signals the process group it started. What left that
   * group (setsid, nohup and a new session) is out of reach, and the event says so.
   */
  async function hangUp(signal: string, why: string): Promise<Exit | null> {
    cutBecause ??= `${why}; the program was sent SIG${signal}, and what ignores it may still run on the target`
    if (!isOver) program.signal(signal)
    program.close()
    client.stdin.destroy()
    const exit = await Promise.race([program.ended, delay(HANGUP_MS)])
    program.stdout.destroy()
    program.stderr.destroy()
    return exit
  }
}
