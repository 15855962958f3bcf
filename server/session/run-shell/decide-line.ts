import {
  functionsFor,
  isFull,
  type LineFunctions,
  NO_FUNCTIONS,
  NO_LINE_FUNCTIONS,
  type SessionFunctions,
  withDefinitions,
  withLine,
} from '../../core/command/session-functions.ts'
import { underShell } from '../../core/command/under-shell.ts'
import type { JudgeContext, Judgement } from '../../core/policy/judgement.ts'
import { quote } from '../../core/shell/driver-protocol/driver-text.ts'
import type { CommandEnd } from '../../core/shell/driver-protocol/run-command.ts'
import type { Decision, GateEffect } from '../../core/shell/gate-types.ts'
import type { CompletionQuery } from '../../core/shell/line-editor/completion.ts'
import { ownPrompt } from '../../core/shell/own-prompt.ts'
import { refusalLine } from '../../core/verdict.ts'
import type { OpenSession } from '../open-session.ts'
import type { Surroundings } from '../surroundings.ts'
import {
  type DecidedLine,
  type DecisionBook,
  type Refused,
  writeForwarded,
  writeRefused,
} from '../write-decision.ts'
import {
  hidden,
  matched,
  OWN_PROMPT,
  TOO_LONG,
  TOO_MANY_FUNCTIONS,
  withoutContent,
} from './own-judgements.ts'

type JudgeEffect = Extract<GateEffect, { do: 'judge' }>

/** A command that was let through: its event, and what the lines sent to it must match. */
export interface Granted {
  readonly seq: number
  readonly inputLines: readonly string[] | null
}

/**
 * Decides the lines of one interactive session. Every decision is written down before it is given;
 * a line that may run is written down only while the grant is good.
 */
export class LineDecisions {
  readonly #session: OpenSession
  readonly #channel: number
  readonly #around: Surroundings
  readonly #book: DecisionBook
  /** Where the shell stands, as it last reported. */
  where: Pick<CommandEnd, 'workingDirectory' | 'homeDirectory'> = {
    workingDirectory: null,
    homeDirectory: null,
  }
  /** The command that runs, or the last one that ran. */
  granted: Granted = { seq: 0, inputLines: null }
  /** One shell reads all lines; where it does not, each is in a process of its own. */
  #isShell = true
  #functions: SessionFunctions = NO_FUNCTIONS
  /** What the line that was let through last does to them. */
  #changes: LineFunctions = NO_LINE_FUNCTIONS

  constructor(session: OpenSession, channel: number, around: Surroundings) {
    this.#session = session
    this.#channel = channel
    this.#around = around
    this.#book = { record: session.record, around }
  }

  beginIn(where: CommandEnd, isShell: boolean): void {
    this.where = where
    this.#isShell = isShell
  }

  async decide(effect: JudgeEffect): Promise<Decision> {
    return effect.form === 'command' ? this.#command(effect) : this.#inputLine(effect)
  }

  /** The last line has run in the session's own shell: what it defined can be called. */
  ran(): void {
    if (this.#isShell) this.#functions = withDefinitions(this.#functions, this.#changes)
  }

  /** Listing names reads a directory: what `ls` may not show there, Tab does not show either. */
  async mayComplete({ word, names }: CompletionQuery): Promise<boolean> {
    if (names === 'commands') return true
    const directory = word.slice(0, word.lastIndexOf('/') + 1)
    const inHome = /^~[^/]*\//.exec(directory)?.[0] ?? ''
    const operand = inHome + (directory === inHome ? '' : quote(directory.slice(inHome.length)))
    const line = `ls -a -- ${operand === '' ? '.' : operand}`
    const judgement = await this.#judge(line)
    const reasons = [
      { code: 'completion', text: 'asked by the Tab key', at: '' },
      ...judgement.reasons,
    ]
    const asked = this.#line(line, 'completion')
    const noted = { ...judgement, reasons }
    if (judgement.verdict === 'allow' || judgement.observed) {
      return (await writeForwarded(this.#book, asked, noted, bytesOf(line))).ok
    }
    await writeRefused(this.#book, asked, noted)
    return false
  }

  async #command({ line, isOverfull }: JudgeEffect): Promise<Decision> {
    const prompt = isOverfull ? null : ownPrompt(line)
    const typed = this.#line(line, 'interactive')
    if (prompt !== null) {
      const written = await writeForwarded(this.#book, typed, OWN_PROMPT, new Uint8Array())
      return written.ok ? { is: 'prompt', text: prompt } : this.#refuse(written.fault)
    }
    const judgement = isOverfull ? TOO_LONG : await this.#judgeCommand(line)
    const mayRun = judgement.verdict === 'allow' || judgement.observed
    const text = mayRun ? this.#asSent(judgement.forward) : null
    if (text === null) return this.#refuse(await writeRefused(this.#book, typed, judgement))
    const written = await writeForwarded(this.#book, typed, judgement, bytesOf(text))
    if (!written.ok) return this.#refuse(written.fault)
    this.granted = { seq: written.value, inputLines: judgement.inputLines }
    this.#changes = judgement.functions ?? NO_LINE_FUNCTIONS
    this.#functions = withLine(this.#functions, this.#changes)
    return { is: 'run', text, input: judgement.input }
  }

  /** What the target is asked to run: the driver reads the text itself, and without one a shell is named for it. */
  #asSent(text: string | null): string | null {
    return text === null || this.#isShell ? text : underShell(this.#session.target.shell, text)
  }

  /** Lines for a running program: the rule's patterns where it has any; else the line is judged as a command. */
  async #inputLine({ line, isHidden, isOverfull }: JudgeEffect): Promise<Decision> {
    const { inputLines } = this.granted
    const judgement = isOverfull
      ? TOO_LONG
      : inputLines === null
        ? await this.#judge(line)
        : matched(inputLines, line)
    const shown = this.#line(isHidden ? hidden(line) : line, 'input-line')
    const noted = isHidden ? withoutContent(judgement) : judgement
    if (judgement.verdict !== 'allow' && !judgement.observed) {
      return this.#refuse(await writeRefused(this.#book, shown, noted))
    }
    const written = await writeForwarded(this.#book, shown, noted, shown.line)
    return written.ok ? { is: 'pass' } : this.#refuse(written.fault)
  }

  async #judgeCommand(line: string): Promise<Judgement> {
    if (!this.#isShell) return { ...(await this.#judge(line)), input: 'none' }
    const functions = functionsFor(this.#functions, line)
    const judgement = await this.#judge(line, { forDriver: true, functions })
    const isFollowed = !isFull(this.#functions, judgement.functions ?? NO_LINE_FUNCTIONS)
    return isFollowed ? judgement : { ...judgement, ...TOO_MANY_FUNCTIONS }
  }

  #judge(
    line: string,
    inShell: Pick<JudgeContext, 'forDriver' | 'functions'> = {},
  ): Promise<Judgement> {
    const { policy, target, grant } = this.#session
    return this.#around.judge.judge(bytesOf(line), {
      policy,
      shell: target.shell,
      login: grant.login,
      target: { name: target.name, tags: target.tags },
      ...this.where,
      nowMs: this.#around.clock.nowMs(),
      ...inShell,
    })
  }

  #line(line: string, form: DecidedLine['form']): DecidedLine {
    return {
      channel: this.#channel,
      form,
      terminal: this.#isShell,
      line: bytesOf(line),
      forced: null,
      workingDirectory: this.where.workingDirectory,
    }
  }

  #refuse({ refusal, seq }: Refused): Decision {
    return { is: 'refused', sentence: refusalLine(refusal, `${this.#session.record.id}:${seq}`) }
  }
}

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text)
