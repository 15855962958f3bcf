import type { Archive, SessionSummary, StoredChunk, StoredEvent } from '../core/ports/archive.ts'
import { PlainText } from '../core/replay/plain-text.ts'
import { foldSteps, type Step } from '../core/replay/steps.ts'
import { readTape, toShownText } from '../core/replay/tape-text.ts'
import type { Paint } from './screen.ts'
import { stepText, summaryFields } from './session-show.ts'
import { formatFields } from './table.ts'

const UNPAINTED: Paint = {
  bold: text => text,
  dim: text => text,
  good: text => text,
  bad: text => text,
}

interface Material {
  readonly session: SessionSummary
  readonly events: readonly StoredEvent[]
  readonly chunks: readonly StoredChunk[]
  readonly books: { readonly archive: Archive }
}

/** A session to read: who and where, then channel by channel each decision and the output behind it. */
export async function* textOf(
  { session, events, chunks, books }: Material,
  only: number | null,
): AsyncGenerator<string> {
  yield `${formatFields(summaryFields(session), UNPAINTED)}\n`
  const steps = foldSteps(events, session.startedAtMs)
  for (const step of steps.filter(({ channel }) => channel === null)) {
    yield `\n${stepText(step, session, UNPAINTED)}\n`
  }
  const channels = new Set([
    ...steps.flatMap(({ channel }) => (channel === null ? [] : [channel])),
    ...chunks.map(({ channel }) => channel),
  ])
  for (const channel of [...channels].toSorted((a, b) => a - b)) {
    if (only !== null && channel !== only) continue
    yield `\n=== channel ${channel}\n`
    const own = chunks.filter(chunk => chunk.channel === channel)
    const asked = steps.filter(step => step.channel === channel)
    yield* channelText(session, own, asked, books.archive)
  }
}

async function* channelText(
  session: SessionSummary,
  chunks: readonly StoredChunk[],
  steps: readonly Step[],
  archive: Archive,
): AsyncGenerator<string> {
  const waiting = placed(steps)
  const screen = new PlainText()
  for (const { chunk } of chunks.toSorted((one, other) => one.offset - other.offset)) {
    const stored = await archive.chunk(session.id, chunk)
    if (stored === null) throw new Error(`session ${session.id}: chunk ${chunk} is missing`)
    let text = ''
    for (const { atMs, code, data } of readTape(new TextDecoder().decode(stored))) {
      if (code !== 'o') continue
      // A decision is committed before its output, so it is printed before it as well.
      while (waiting[0] !== undefined && waiting[0].fromMs <= atMs) {
        if (!screen.isLineStart) text += screen.rest()
        text += announced(waiting.shift()?.step, session)
      }
      text += screen.push(toShownText(data))
    }
    yield text
  }
  if (!screen.isLineStart) yield screen.rest()
  for (const { step } of waiting) yield announced(step, session)
}

/**
 * Where each step stands in the recording. A decision's own time is the wall clock's, the recording's is
 * not; what ran says itself where its output begins, what did not run stands behind what ran before it.
 */
function placed(steps: readonly Step[]): { step: Step; fromMs: number }[] {
  let afterMs = Number.NEGATIVE_INFINITY
  return steps.map(step => {
    const end = step.is === 'command' ? step.end : null
    const fromMs = end === null ? afterMs : end.fromMs
    // Recordings count whole microseconds; anything later than the last byte of the one before will do.
    if (end !== null) afterMs = end.toMs + 0.0005
    return { step, fromMs }
  })
}

function announced(step: Step | undefined, session: SessionSummary): string {
  return step === undefined ? '' : `\n--- ${stepText(step, session, UNPAINTED)}\n`
}
