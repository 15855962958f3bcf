import type { TargetShell } from '../core/access.ts'
import type { SessionEvent } from '../core/audit/events.ts'
import { readLine } from '../core/command/read-line.ts'
import {
  functionsFor,
  type LineFunctions,
  NO_FUNCTIONS,
  type SessionFunctions,
  withDefinitions,
  withLine,
} from '../core/command/session-functions.ts'

/** The functions that the interactive shells of one recorded session had, event by event. */
export class RecordedFunctions {
  readonly #shell: TargetShell
  readonly #known = new Map<number, SessionFunctions>()
  readonly #running = new Map<number, LineFunctions>()

  constructor(shell: TargetShell) {
    this.#shell = shell
  }

  /** Takes the session's events one by one. @returns what the line that was decided in this one could call. */
  take(seq: number, event: SessionEvent): SessionFunctions {
    if (event.kind === 'command-decided') {
      const before = this.#of(event.channel)
      this.#decided(seq, event, before)
      return before
    }
    if (event.kind === 'command-ended') {
      const line = this.#running.get(event.decision)
      this.#running.delete(event.decision)
      // A program that was granted every key ran in a terminal of its own, and its shell is gone.
      if (line !== undefined) this.#set(event.channel, known => withDefinitions(known, line))
    }
    return NO_FUNCTIONS
  }

  #decided(
    seq: number,
    event: Extract<SessionEvent, { kind: 'command-decided' }>,
    before: SessionFunctions,
  ): void {
    if (event.form !== 'interactive' || event.forwarded === null || !('text' in event.line)) return
    const { text } = event.line
    const { functions } = readLine(text, this.#shell, functionsFor(before, text))
    if (event.input !== 'raw') this.#running.set(seq, functions)
    this.#set(event.channel, known => withLine(known, functions))
  }

  #of(channel: number): SessionFunctions {
    return this.#known.get(channel) ?? NO_FUNCTIONS
  }

  #set(channel: number, change: (known: SessionFunctions) => SessionFunctions): void {
    this.#known.set(channel, change(this.#of(channel)))
  }
}
