import type { Exit, LineForm, SentText } from '../audit/events.ts'
import type { StoredEvent } from '../ports/archive.ts'
import type { Reason, SeenCommand } from '../policy/judgement.ts'
import type { VerdictWord } from '../policy/policy.ts'

/** One line of the list beside the player: something the agent asked for, and what became of it. */
export type Step = CommandStep | RequestStep

export interface CommandStep {
  readonly is: 'command'
  readonly seq: number
  readonly channel: number
  /** Milliseconds from the session's start to the decision. */
  readonly atMs: number
  readonly form: LineForm
  readonly terminal: boolean
  readonly line: SentText
  readonly forced: string | null
  readonly canonical: string | null
  readonly forwarded: SentText | null
  readonly verdict: VerdictWord
  readonly rule: string
  readonly reasons: readonly Reason[]
  readonly commands: readonly SeenCommand[]
  readonly observed: boolean
  readonly unfiltered: boolean
  readonly workingDirectory: string | null
  readonly end: CommandEnd | null
}

export interface CommandEnd {
  readonly exit: Exit | null
  readonly fault: string | null
  readonly durationMs: number
  readonly stdinBytes: number
  readonly stdoutBytes: number
  readonly stderrBytes: number
  /** Where its output lies in the recording, in milliseconds since the session's start. */
  readonly fromMs: number
  readonly toMs: number
}

/** Something other than a command that was asked for and refused: a forward, a subsystem, a shell, … */
export interface RequestStep {
  readonly is: 'request'
  readonly seq: number
  readonly channel: number | null
  readonly atMs: number
  readonly request: string
  readonly detail: SentText
  readonly rule: string
  readonly reason: string
}

/** What the session's own chain says about who came and where they were taken. */
export interface SessionFacts {
  readonly keyId: string | null
  readonly clientVersion: string | null
  readonly targetAddress: string | null
  readonly targetHostKey: string | null
  /** Why the target could not be reached, when it could not. */
  readonly targetFault: string | null
  readonly unfiltered: boolean
  readonly observed: boolean
}

export interface ChannelFacts {
  readonly channel: number
  readonly terminal: {
    readonly term: string
    readonly columns: number
    readonly rows: number
  } | null
}

/** Joins each decision with the end of what it let run, in the order of the decisions. */
export function foldSteps(events: readonly StoredEvent[], startedAtMs: number): Step[] {
  const ends = new Map<number, CommandEnd>()
  for (const { event } of events) {
    if (event.kind === 'command-ended') ends.set(event.decision, commandEnd(event))
  }
  return events.flatMap(stored => {
    const step = stepOf(stored, startedAtMs, ends)
    return step === null ? [] : [step]
  })
}

function stepOf(
  { seq, atMs, event }: StoredEvent,
  startedAtMs: number,
  ends: ReadonlyMap<number, CommandEnd>,
): Step | null {
  const sinceStartMs = Math.max(0, atMs - startedAtMs)
  if (event.kind === 'request-refused') {
    const { channel, request, detail, rule, reason } = event
    return { is: 'request', seq, channel, atMs: sinceStartMs, request, detail, rule, reason }
  }
  if (event.kind !== 'command-decided') return null
  return {
    is: 'command',
    seq,
    channel: event.channel,
    atMs: sinceStartMs,
    form: event.form,
    terminal: event.terminal,
    line: event.line,
    forced: event.forced,
    canonical: event.canonical,
    forwarded: event.forwarded,
    verdict: event.verdict,
    rule: event.rule,
    reasons: event.reasons,
    commands: event.commands,
    observed: event.observed,
    unfiltered: event.unfiltered,
    workingDirectory: event.workingDirectory,
    end: ends.get(seq) ?? null,
  }
}

function commandEnd(ended: StoredEvent['event'] & { kind: 'command-ended' }): CommandEnd {
  return {
    exit: ended.exit,
    fault: ended.fault,
    durationMs: ended.durationMs,
    stdinBytes: ended.stdin.bytes,
    stdoutBytes: ended.stdout.bytes,
    stderrBytes: ended.stderr.bytes,
    fromMs: ended.recording.fromMs,
    toMs: ended.recording.toMs,
  }
}

/** True for a step that did not run: denied, refused, or asked for while nobody could be asked. */
export function wasStopped(step: Step): boolean {
  return step.is === 'request' || step.forwarded === null
}

/** What a step is known by: the agent's words; for a shell that was asked for without any, what the target was asked to run. */
export function shownLine({ line, forwarded }: CommandStep): SentText {
  const isWordless = 'text' in line && line.text === ''
  return isWordless && forwarded !== null ? forwarded : line
}

/** True for a command that the target ran: such a one has an end, unless something went wrong. */
export function hasEnd({ form, forwarded }: CommandStep): boolean {
  const isCommand = form === 'exec' || form === 'interactive'
  return isCommand && forwarded !== null && !('text' in forwarded && forwarded.text === '')
}

export function channelsOf(events: readonly StoredEvent[]): ChannelFacts[] {
  return events.flatMap(({ event }) =>
    event.kind === 'channel-opened' ? [{ channel: event.channel, terminal: event.terminal }] : [],
  )
}

export function factsOf(events: readonly StoredEvent[]): SessionFacts {
  const facts = {
    keyId: null as string | null,
    clientVersion: null as string | null,
    targetAddress: null as string | null,
    targetHostKey: null as string | null,
    targetFault: null as string | null,
    unfiltered: false,
    observed: false,
  }
  for (const { event } of events) {
    if (event.kind === 'session-opened') {
      facts.keyId = event.certificate.keyId
      facts.clientVersion = event.client.version
      facts.unfiltered = event.policy.unfiltered
      facts.observed = event.policy.observed
    } else if (event.kind === 'target-connected') {
      facts.targetAddress = event.address
      facts.targetHostKey = event.hostKey
    } else if (event.kind === 'target-failed') {
      facts.targetFault = event.fault
      facts.targetHostKey = event.hostKey ?? facts.targetHostKey
    }
  }
  return facts
}
