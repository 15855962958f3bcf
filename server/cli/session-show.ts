import { formatDuration, formatMoment } from '../core/duration.ts'
import type { SessionSummary } from '../core/ports/archive.ts'
import { factsOf, foldSteps, hasEnd, shownLine, type Step } from '../core/replay/steps.ts'
import { escapeControls } from '../core/verdict.ts'
import type { Desk } from './desk.ts'
import type { JsonOption } from './options.ts'
import type { Paint, Status } from './screen.ts'
import { findSession } from './find.ts'
import { exitWords, sentWords, sessionJson } from './session-words.ts'
import { formatFields } from './table.ts'

/** Looking is written down first, as in the browser: who read what is evidence, too. */
export async function showSession(desk: Desk, id: string, { json }: JsonOption): Promise<Status> {
  const { screen } = desk
  const found = await findSession(desk, id)
  if (!found.ok) return screen.no(found.fault)
  const session = found.value
  const { archive, journal } = await desk.books()
  await journal.record({ kind: 'session-viewed', session: id, user: desk.by })

  const events = await archive.events(id)
  const steps = foldSteps(events, session.startedAtMs)
  if (json) {
    screen.printJson({ ...sessionJson(session), facts: factsOf(events), steps })
    return 0
  }
  const facts = factsOf(events)
  screen.print(formatFields([...summaryFields(session), ...factFields(facts)], screen.paint))
  screen.print('')
  for (const step of steps) screen.print(stepText(step, session, screen.paint))
  if (steps.length === 0) screen.print(screen.paint.dim('nothing was asked for'))
  return 0
}

export function summaryFields(session: SessionSummary): [string, string][] {
  const { startedAtMs, endedAtMs } = session
  return [
    ['session', session.id],
    ['agent', session.agent],
    ['task', session.task],
    ['on behalf of', session.onBehalfOf ?? '-'],
    ['where', `${session.login}+${session.target}`],
    ['from', session.clientAddress],
    ['grant', session.grant],
    ['policy', `${session.policy} (sha256 ${session.policyDigest})`],
    ['started', formatMoment(startedAtMs)],
    [
      'ended',
      endedAtMs === null
        ? 'live'
        : `${formatMoment(endedAtMs)} after ${formatDuration(endedAtMs - startedAtMs)}${session.endReason === null ? '' : `: ${session.endReason}`}`,
    ],
    ['node', session.node],
  ]
}

function factFields(facts: ReturnType<typeof factsOf>): [string, string][] {
  const fields: [string, string][] = []
  if (facts.keyId !== null) fields.push(['certificate', facts.keyId])
  if (facts.targetAddress !== null) {
    fields.push([
      'connected to',
      `${facts.targetAddress} (${facts.targetHostKey ?? 'no host key'})`,
    ])
  }
  if (facts.targetFault !== null) fields.push(['not connected', facts.targetFault])
  if (facts.unfiltered) fields.push(['UNFILTERED', 'recorded, not judged'])
  if (facts.observed) fields.push(['OBSERVED', 'judged and recorded, nothing was held back'])
  return fields
}

/** One decision: when, what, the verdict, and how it ended. */
export function stepText(step: Step, session: SessionSummary, paint: Paint): string {
  const at = paint.dim(formatMoment(session.startedAtMs + step.atMs).slice(11))
  const event = paint.dim(`#${step.seq}`)
  if (step.is === 'request') {
    return `${at} ${event} ${paint.bad('denied')}  ${escapeControls(`${step.request} ${sentWords(step.detail)}`.trim())}\n    ${escapeControls(step.reason)} (rule ${escapeControls(step.rule)})`
  }
  const ran = step.forwarded !== null
  const word =
    step.verdict === 'allow'
      ? paint.good(step.unfiltered ? 'allowed, UNFILTERED' : 'allowed')
      : paint.bad(ran ? `${step.verdict}, but ran` : 'denied')
  const lines = [`${at} ${event} ${word}  ${escapeControls(sentWords(shownLine(step)))}`]
  const reasons = step.reasons.map(({ text }) => text).join('; ')
  lines.push(
    `    ${escapeControls([`rule ${step.rule}`, reasons].filter(part => part !== '').join(': '))}`,
  )
  if (step.forced !== null) {
    lines.push(`    judged in its stead (force-command): ${escapeControls(step.forced)}`)
  }
  if (step.end !== null) {
    const { exit, fault, durationMs, stdoutBytes, stderrBytes } = step.end
    lines.push(
      `    ${escapeControls(fault ?? exitWords(exit))} after ${formatDuration(durationMs)}, ${stdoutBytes} bytes out, ${stderrBytes} bytes err`,
    )
  } else if (hasEnd(step)) {
    lines.push('    still running, or its end was never reported')
  }
  return lines.join('\n')
}
