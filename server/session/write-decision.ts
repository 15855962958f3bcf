import { sentText, type SessionEvent } from '../core/audit/events.ts'
import type { Judgement } from '../core/policy/judgement.ts'
import type { SessionRecord } from '../core/ports/evidence.ts'
import type { Result } from '../core/result.ts'
import type { Refusal } from '../core/verdict.ts'
import type { Surroundings } from './surroundings.ts'

type Decided = Extract<SessionEvent, { kind: 'command-decided' }>

/** Where decisions of a session are written down and counted. */
export interface DecisionBook {
  readonly record: SessionRecord
  readonly around: Pick<Surroundings, 'count'>
}

/** The line that was judged, as it came, and the circumstances. */
export interface DecidedLine
  extends Pick<Decided, 'channel' | 'form' | 'terminal' | 'forced' | 'workingDirectory'> {
  readonly line: Uint8Array
}

/** Why a line does not run, and the event that says so. */
export interface Refused {
  readonly refusal: Refusal
  readonly seq: number
}

/** Writes down that nothing is forwarded. */
export async function writeRefused(
  { record, around }: DecisionBook,
  line: DecidedLine,
  judgement: Judgement,
): Promise<Refused> {
  around.count(judgement.verdict === 'ask' ? 'asked' : 'denied', judgement.rule)
  return {
    refusal: refusalOf(judgement),
    seq: await record.append(decided(line, judgement, null)),
  }
}

/**
 * Writes down what is forwarded. That needs a grant that is still good; without one the denial is written down in its
 * stead. `value` is the event's number.
 */
export async function writeForwarded(
  { record, around }: DecisionBook,
  line: DecidedLine,
  judgement: Judgement,
  forwarded: Uint8Array,
): Promise<Result<number, Refused>> {
  const event = decided(line, judgement, forwarded)
  const written = await record.appendWhileGranted(event)
  around.count(written.ok ? 'allowed' : 'denied', written.ok ? judgement.rule : NO_GRANT)
  if (written.ok) return written
  const denied: Decided = { ...event, verdict: 'deny', rule: NO_GRANT, forwarded: null }
  return { ok: false, fault: { refusal: written.fault, seq: await record.append(denied) } }
}

const NO_GRANT = 'no-grant'

function decided(
  { channel, form, terminal, line, forced, workingDirectory }: DecidedLine,
  judgement: Judgement,
  forwarded: Uint8Array | null,
): Decided {
  return {
    kind: 'command-decided',
    channel,
    form,
    terminal,
    line: sentText(line),
    forced,
    verdict: judgement.verdict,
    rule: judgement.rule,
    reasons: judgement.reasons,
    commands: judgement.commands,
    canonical: judgement.canonical,
    forwarded: forwarded === null ? null : sentText(forwarded),
    input: judgement.input,
    observed: judgement.observed,
    unfiltered: judgement.unfiltered,
    workingDirectory,
  }
}

function refusalOf({ verdict, rule, reasons }: Judgement): Refusal {
  const texts = reasons.map(({ text }) => text)
  return verdict === 'ask'
    ? { because: 'approval-unavailable', rule, reasons: texts }
    : { because: 'denied', rule, reasons: texts }
}
