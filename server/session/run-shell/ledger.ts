import { createHash } from 'node:crypto'
import type { Exit, SessionEvent } from '../../core/audit/events.ts'
import type { Tape } from '../../core/ports/evidence.ts'
import type { OpenSession } from '../open-session.ts'
import type { Surroundings } from '../surroundings.ts'
import type { Ran } from './runner.ts'

type Ended = Extract<SessionEvent, { kind: 'command-ended' }>

/** The account of the command that runs, from its decision to `command-ended`. There is at most one. */
export class Ledger {
  readonly #session: OpenSession
  readonly #channel: number
  readonly #tape: Tape
  readonly #around: Surroundings
  #open: {
    readonly decision: number
    readonly begunAtMs: number
    readonly fromMs: number
    readonly visible: ReturnType<typeof createHash>
    stdinBytes: number
    stdoutBytes: number
  } | null = null

  constructor(session: OpenSession, channel: number, tape: Tape, around: Surroundings) {
    this.#session = session
    this.#channel = channel
    this.#tape = tape
    this.#around = around
  }

  begin(decision: number): void {
    this.#open = {
      decision,
      begunAtMs: this.#around.clock.monotonicMs(),
      fromMs: this.#tape.atMs,
      visible: createHash('sha256'),
      stdinBytes: 0,
      stdoutBytes: 0,
    }
  }

  printed(bytes: Uint8Array): void {
    if (this.#open !== null) this.#open.stdoutBytes += bytes.length
  }

  /** What a program was sent is counted; the digest leaves out what was typed without echo. */
  sent(bytes: Uint8Array, isHidden: boolean): void {
    if (this.#open === null) return
    this.#open.stdinBytes += bytes.length
    if (!isHidden) this.#open.visible.update(bytes)
  }

  /** Writes the command's end. The order of the calls is the order of the events. */
  end(
    exit: Exit | null,
    fault: string | null,
    workingDirectory: string | null,
    output: Ran['output'] = null,
  ): void {
    const open = this.#open
    if (open === null) return
    this.#open = null
    const { stdoutBytes, stderrBytes } = output ?? { ...open, stderrBytes: 0 }
    const event: Ended = {
      kind: 'command-ended',
      channel: this.#channel,
      decision: open.decision,
      exit,
      fault,
      durationMs: Math.round(this.#around.clock.monotonicMs() - open.begunAtMs),
      workingDirectory,
      stdin: { bytes: open.stdinBytes, sha256: open.visible.digest('hex'), recordedBytes: 0 },
      stdout: { bytes: stdoutBytes },
      stderr: { bytes: stderrBytes },
      recording: { fromMs: open.fromMs, toMs: this.#tape.atMs },
    }
    this.#session.record.append(event).catch(this.#session.fail)
  }
}
