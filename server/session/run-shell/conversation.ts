import type { Exit } from '../../core/audit/events.ts'
import type { Terminal } from '../../core/ports/channels.ts'
import type { Gate, GateEffect, GateEvent } from '../../core/shell/gate-types.ts'
import type { CompletionQuery } from '../../core/shell/line-editor/completion.ts'
import { withHistory } from '../../core/shell/line-editor/editor-state.ts'
import { openGate, openGateForProgram, step } from '../../core/shell/line-gate.ts'
import { mustWait } from '../../core/shell/type-ahead.ts'
import { mayForward } from '../may-forward.ts'
import { drained, isOpen, uncongested } from '../relay.ts'
import { delay } from '../say.ts'
import { type Granted, LineDecisions } from './decide-line.ts'
import type { FullScreen } from './full-screen.ts'
import { Ledger } from './ledger.ts'
import { NOT_STARTED, statusOf } from './program-end.ts'
import type { Foreground, Runner } from './runner.ts'
import { openScreenProgram, screenEnd } from './screen-program.ts'
import type { Setting } from './setting.ts'

/** How long the turn in which a conversation ends may take. */
const LAST_TURN_MS = 2000
/** More than this on its way to a program, or to the agent, makes the agent's own keys wait. */
const CONGESTED_BYTES = 65_536
/** Typed bytes that are handed to the gate at once. */
const TYPED_AT_ONCE = 16_384

/**
 * The line gate at work: one event after the other goes in, effects are carried out in their order. What
 * takes time (a judgement, a command) goes on beside and comes back as an event.
 *
 * Invariant: output is recorded before it is shown, and nothing is forwarded while the node may not.
 */
export class Conversation {
  readonly #setting: Setting
  readonly #decisions: LineDecisions
  readonly #ledger: Ledger
  readonly #opened: Terminal
  #terminal: Terminal
  #gate: Gate
  #foreground: Foreground | null = null
  #runner: Runner | null = null
  #screen: FullScreen | null = null
  #turns: Promise<void> = Promise.resolve()
  #isOver = false
  /** Who waits for the next turn to end. */
  #turned: (() => void)[] = []
  /** The line that waits for its verdict was typed without echo. */
  #isHidden = false
  #left: (exit: Exit) => void = () => {}
  /** Resolves when the agent has left the shell. */
  readonly left: Promise<Exit>

  constructor(setting: Setting, terminal: Terminal) {
    this.#setting = setting
    this.#opened = terminal
    this.#terminal = terminal
    const { session, channel, tape, around } = setting
    this.#decisions = new LineDecisions(session, channel, around)
    this.#ledger = new Ledger(session, channel, tape, around)
    this.#gate = openGate(sizeOf(terminal), { userName: '', hostName: '', isRoot: false })
    this.left = new Promise(resolve => {
      this.#left = resolve
    })
  }

  /** The runner has started: the first prompt. `remembered` are lines of earlier sessions. */
  async begin(runner: Runner, remembered: readonly string[]): Promise<void> {
    this.#takeForeground(runner)
    this.#runner = runner
    const { place, started } = runner
    this.#gate = { ...this.#gate, host: place, memory: withHistory(this.#gate.memory, remembered) }
    this.#decisions.beginIn(started, runner.isShell)
    await this.post({ is: 'ready', end: started })
  }

  /** One program runs already, without a shell: its lines are judged as any program's are. */
  beginProgram(program: Foreground, granted: Granted): void {
    this.#takeForeground(program)
    this.#decisions.granted = granted
    this.#ledger.begin(granted.seq)
    this.#gate = openGateForProgram(this.#gate.size, this.#setting.around.clock.nowMs())
  }

  /** It was opened with the terminal of the beginning, which may have another size by now. */
  #takeForeground(foreground: Foreground): void {
    this.#foreground = foreground
    if (this.#terminal !== this.#opened) foreground.resize(this.#terminal)
  }

  /** Hands the gate one event; resolves when its effects have been carried out. */
  post(event: GateEvent): Promise<void> {
    this.#turns = this.#turns.then(() => this.#turn(event))
    return this.#turns
  }

  /** Output of the agent's terminal or of a full-screen program; resolves when the agent takes more of it. */
  async relay(bytes: Uint8Array): Promise<void> {
    this.#ledger.printed(bytes)
    await this.post({ is: 'printed', bytes })
    await this.#clear()
  }

  /** Resolves when the agent may type on: a paste of any size goes through in parts that can be held. */
  async type(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length; at += TYPED_AT_ONCE) {
      // oxlint-disable-next-line no-await-in-loop -- one part after the other is the point
      await this.post({ is: 'typed', bytes: bytes.subarray(at, at + TYPED_AT_ONCE) })
      // oxlint-disable-next-line no-await-in-loop
      while (!this.#isOver && mustWait(this.#gate)) await this.#nextTurn()
      // oxlint-disable-next-line no-await-in-loop
      await this.#clearOfKeys()
    }
  }

  #nextTurn(): Promise<void> {
    return new Promise(resolve => this.#turned.push(resolve))
  }

  /** Waits for a full-screen program that does not read, and at the prompt for an agent that does not. */
  async #clearOfKeys(): Promise<void> {
    const at = this.#gate.phase.is
    const stream =
      at === 'raw'
        ? this.#screen?.channel.stdin
        : at === 'prompting'
          ? this.#setting.request.client.stdout
          : undefined
    if (stream !== undefined) await uncongested(stream, CONGESTED_BYTES)
  }

  async resize(terminal: Terminal): Promise<void> {
    // The tape of a conversation that is over may be closed.
    if (this.#isOver) return
    this.#terminal = terminal
    const { columns, rows } = sizeOf(terminal)
    this.#foreground?.resize(terminal)
    this.#screen?.channel.resize(columns, rows, terminal.widthPixels, terminal.heightPixels)
    await this.#setting.tape.resize(columns, rows)
    await this.post({ is: 'resized', columns, rows })
  }

  /** Ends the conversation; a command that still runs is written down as ended so. */
  async end(exit: Exit | null, fault: string | null): Promise<void> {
    this.#isOver = true
    for (const resolve of this.#turned.splice(0)) resolve()
    this.#ledger.end(exit, fault, this.#decisions.where.workingDirectory)
    // What runs is ended first: a turn may wait for room in the record, and that may never come.
    this.#foreground?.close()
    this.#screen?.channel.close()
    // A turn that failed has ended the session already, by whoever asked for it.
    await Promise.race([this.#turns.catch(() => undefined), delay(LAST_TURN_MS)])
  }

  /** The last line that the agent is shown, recorded like all others. */
  say(sentence: string): Promise<void> {
    return this.post({ is: 'over', sentence })
  }

  async #turn(event: GateEvent): Promise<void> {
    if (this.#isOver && event.is !== 'printed' && event.is !== 'over') return
    const { gate, effects } = step(this.#gate, event, this.#setting.around.clock.nowMs())
    this.#gate = gate
    // In their order: what is shown before a command runs is shown before.
    // oxlint-disable-next-line no-await-in-loop
    for (const effect of effects) await this.#perform(effect)
    for (const resolve of this.#turned.splice(0)) resolve()
  }

  async #perform(effect: GateEffect): Promise<void> {
    switch (effect.do) {
      case 'show':
        return this.#show(effect.bytes)
      case 'send':
        if (!(await this.#mayForward())) return
        if (effect.what === 'line') this.#ledger.sent(effect.bytes, this.#isHidden)
        // A terminal that takes nothing any more will not take ^C either; hanging up goes another way.
        else if (this.#isCongested()) return
        return this.#foreground?.type(effect.bytes)
      case 'send-keys':
        if (!(await this.#mayForward())) return
        this.#ledger.sent(effect.bytes, true)
        if (this.#screen !== null && isOpen(this.#screen.channel.stdin)) {
          this.#screen.channel.stdin.write(effect.bytes)
        }
        return
      case 'judge':
        this.#isHidden = effect.isHidden
        return this.#beside(async () => {
          const decision = await this.#decisions.decide(effect)
          await this.post({ is: 'decided', question: effect.question, decision })
        })
      case 'run':
        return this.#beside(() => this.#run(effect.text, effect.previousStatus))
      case 'open':
        return this.#beside(() => this.#openScreen(effect.text))
      case 'ask-modes':
        return this.#beside(async () => {
          // Before another line is taken, the program has read those before it, and the agent what was said to them.
          if (this.#foreground !== null) await uncongested(this.#foreground.input, CONGESTED_BYTES)
          await this.#clear()
          const modes = (await this.#foreground?.modes()) ?? null
          await this.post({ is: 'modes', question: effect.question, modes })
        })
      case 'drain':
        return this.#beside(async () => {
          const bytes = (await this.#runner?.drain()) ?? new Uint8Array()
          await this.post({ is: 'drained', question: effect.question, bytes })
        })
      case 'complete':
        return this.#beside(async () => {
          const names = await this.#namesFor(effect.query)
          await this.post({ is: 'names', question: effect.question, names })
        })
      case 'hang-up':
        return this.#foreground?.hangUp()
      case 'wake':
        return this.#beside(async () => {
          await new Promise(resolve => setTimeout(resolve, effect.afterMs))
          await this.post({ is: 'woken' })
        })
      case 'leave':
        return this.#beside(async () => {
          await this.#runner?.leave(effect.status)
          this.#left({ status: effect.status })
        })
    }
  }

  /** Only a shell can be asked; where there is none, nothing is written down as if it had been. */
  async #namesFor(query: CompletionQuery): Promise<readonly string[]> {
    const runner = this.#runner
    if (runner?.isShell !== true || !(await this.#decisions.mayComplete(query))) return []
    return runner.names(query)
  }

  async #run(text: string, previousStatus: number): Promise<void> {
    if (!(await this.#mayForward())) return
    this.#ledger.begin(this.#decisions.granted.seq)
    const ran = await this.#runner?.run(text, previousStatus, () => {
      this.post({ is: 'begun' }).catch(this.#setting.session.fail)
    })
    // Null: the shell is gone, and whoever waits for that writes the end down.
    if (ran === null || ran === undefined) return
    const { end, exit, fault, output } = ran
    this.#ledger.end(exit, fault, end.workingDirectory, output)
    this.#decisions.ran()
    this.#decisions.where = end
    await this.post({ is: 'finished', end })
  }

  async #openScreen(text: string): Promise<void> {
    if (!(await this.#mayForward())) return
    this.#ledger.begin(this.#decisions.granted.seq)
    const environment = (await this.#runner?.environment()) ?? null
    const { workingDirectory } = this.#decisions.where
    const place = { terminal: this.#terminal, workingDirectory, environment }
    const opened = await openScreenProgram(this.#setting, text, place, {
      relay: bytes => this.relay(bytes),
      fail: this.#setting.session.fail,
    })
    if (!opened.ok) {
      this.#ledger.end(null, opened.fault, workingDirectory)
      await this.#show(new TextEncoder().encode(`sallyport: cannot run it: ${opened.fault}\r\n`))
      return this.post({ is: 'closed', status: NOT_STARTED })
    }
    this.#screen = opened.value
    await this.post({ is: 'opened' })
    const { exit, fault, line } = await screenEnd(opened.value, this.#setting)
    this.#screen = null
    this.#ledger.end(exit, fault, workingDirectory)
    if (line !== null) await this.#show(new TextEncoder().encode(`\r\n${line}\r\n`))
    await this.post({ is: 'closed', status: statusOf(exit) })
  }

  async #show(bytes: Uint8Array): Promise<void> {
    const { tape, request } = this.#setting
    await tape.write('stdout', bytes)
    const { stdout } = request.client
    // Whoever brings output waits for room (`relay`); keystrokes must get through meanwhile.
    if (isOpen(stdout)) stdout.write(bytes)
  }

  #isCongested(): boolean {
    return (this.#foreground?.input.writableLength ?? 0) > CONGESTED_BYTES
  }

  /** Resolves when the agent takes more output. */
  async #clear(): Promise<void> {
    const { stdout } = this.#setting.request.client
    if (isOpen(stdout) && stdout.writableNeedDrain) await drained(stdout)
  }

  /** Goes on beside the turns; a failure of the world ends the session. */
  #beside(work: () => Promise<void>): void {
    work().catch(this.#setting.session.fail)
  }

  #mayForward(): Promise<boolean> {
    const { session, around } = this.#setting
    return mayForward(around.endings, () => this.#isOver || session.isEnded())
  }
}

/** Clients that do not know their size send 0 (RFC 4254 §6.2). */
function sizeOf({ term, columns, rows }: Terminal): Gate['size'] {
  return {
    columns: columns === 0 ? 80 : columns,
    rows: rows === 0 ? 24 : rows,
    isDumb: ['dumb', 'unknown', 'emacs'].includes(term),
  }
}
