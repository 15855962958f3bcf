import type { Clock } from '../core/ports/deciding.ts'
import type { Evidence, SessionRecord } from '../core/ports/evidence.ts'

/** The same evidence, telling how long each event took from being handed over to being durable. */
export function timeCommits(
  evidence: Evidence,
  clock: Clock,
  committed: (ms: number) => void,
): Evidence {
  const timed = async <Written>(write: () => Promise<Written>): Promise<Written> => {
    const begunAtMs = clock.monotonicMs()
    const written = await write()
    // A write that was not made is no commit; what it became instead is for whoever asked.
    committed(clock.monotonicMs() - begunAtMs)
    return written
  }
  const timedRecord = (record: SessionRecord): SessionRecord => ({
    id: record.id,
    startedAtMs: record.startedAtMs,
    append: event => timed(() => record.append(event)),
    appendWhileGranted: event => timed(() => record.appendWhileGranted(event)),
    openTape: (channel, header) => record.openTape(channel, header),
    close: reason => record.close(reason),
  })
  return {
    open: async opening => {
      const opened = await evidence.open(opening)
      return opened.ok ? { ok: true, value: timedRecord(opened.value) } : opened
    },
  }
}
