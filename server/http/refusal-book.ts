import type { JournalEvent } from '../core/audit/events.ts'
import type { Clock } from '../core/ports/deciding.ts'
import type { Journal } from '../core/ports/evidence.ts'

export type RefusedEvent = Extract<
  JournalEvent,
  { kind: 'certificate-refused' | 'sign-in-refused' }
>

/** A pipeline that is set up wrongly makes dozens; who makes more in a minute is counted. */
const SINGLE_EVENTS = 300
const WINDOW_MS = 60_000

export interface RefusalBook {
  /** Writes a refusal down before it resolves, or counts it where there are too many. */
  keep(event: RefusedEvent): Promise<void>
  /** Counts a refusal that is one of many: who asks beyond a limit. */
  count(event: RefusedEvent): void
  /** Writes down what was counted so far. Never rejects: what cannot be written is kept for the next time. */
  flush(): Promise<void>
}

/** A flood of bad tokens, from however many addresses, must not become a flood of evidence. */
export function keepRefusals(
  journal: Journal,
  clock: Clock,
  log: (message: string, fields: Readonly<Record<string, unknown>>) => void,
): RefusalBook {
  /** By kind, so that a flood of tokens leaves room for the links of people. */
  let singles = new Map<RefusedEvent['kind'], number>()
  let windowStartMs = clock.monotonicMs()
  /** By kind and reason, which are few. */
  let counted = new Map<string, { last: RefusedEvent; times: number }>()
  let timer: NodeJS.Timeout | null = null

  return { keep, count, flush }

  async function keep(event: RefusedEvent): Promise<void> {
    if (clock.monotonicMs() - windowStartMs >= WINDOW_MS) await flush()
    const single = (singles.get(event.kind) ?? 0) + 1
    singles.set(event.kind, single)
    // The first of a reason is written at once: what is counted may wait for a minute.
    if (single > SINGLE_EVENTS && counted.has(reasonOf(event))) return add(event, 1)
    await journal.record(event)
    if (single > SINGLE_EVENTS) add(event, 0)
  }

  function count(event: RefusedEvent): void {
    add(event, 1)
  }

  function add(last: RefusedEvent, more: number): void {
    const times = (counted.get(reasonOf(last))?.times ?? 0) + more
    counted.set(reasonOf(last), { last, times })
    timer ??= setTimeout(() => void flush(), WINDOW_MS).unref()
  }

  async function flush(): Promise<void> {
    if (timer !== null) clearTimeout(timer)
    timer = null
    singles = new Map()
    windowStartMs = clock.monotonicMs()
    const past = [...counted.values()].filter(({ times }) => times > 0)
    counted = new Map()
    for (const { last, times } of past) {
      try {
        await journal.record(sumOf(last, times))
      } catch (error) {
        // Nobody waits for this one. The database may be back in a minute.
        log('refusals that were counted could not be written down', { error: String(error), times })
        add(last, times)
      }
    }
  }
}

/** What people are refused for is partly in the provider's words: theirs count as one reason. */
const reasonOf = (event: RefusedEvent): string =>
  event.kind === 'certificate-refused' ? event.because : event.kind

function sumOf(last: RefusedEvent, times: number): RefusedEvent {
  const more = (what: string): string => `${times} more within a minute, the last: ${what}`
  return last.kind === 'certificate-refused'
    ? { ...last, detail: more(last.detail) }
    : { ...last, because: more(last.because) }
}
