import type pg from 'pg'
import type { WatchedEndings } from './endings/endings.ts'
import { DAYS_AHEAD } from './partitions.ts'

/** Whether something is well, and if not, a sentence for the operator. */
export type Check = () => Promise<{ ok: true } | { ok: false; why: string }>

/** From this share of its bound on, the spool is a warning. */
const SPOOL_WARNING = 0.8

export interface Checked {
  readonly pool: pg.Pool
  readonly endings: WatchedEndings
  readonly spoolBoundBytes: number
  readonly spoolBytes: () => number
  readonly partitionDaysAhead: () => number
}

export function createChecks(checked: Checked): Readonly<Record<string, Check>> {
  const { pool, endings, spoolBoundBytes } = checked
  return {
    async database() {
      try {
        await pool.query('select 1')
        return { ok: true }
      } catch (error) {
        // That it does not answer is the answer.
        return { ok: false, why: `the database does not answer: ${(error as Error).message}` }
      }
    },
    async partitions() {
      const days = checked.partitionDaysAhead()
      if (days >= 1) return { ok: true }
      return {
        ok: false,
        why: `there is room for ${days} more days instead of ${DAYS_AHEAD}; the log says why no more partitions are made`,
      }
    },
    async spool() {
      const bytes = checked.spoolBytes()
      if (bytes < spoolBoundBytes * SPOOL_WARNING) return { ok: true }
      return {
        ok: false,
        why: `the spool holds ${bytes} of ${spoolBoundBytes} bytes; the database is too slow or gone`,
      }
    },
    async revocations() {
      if (endings.mayForward()) return { ok: true }
      const seconds = Math.round(endings.pollAgeMs() / 1000)
      return { ok: false, why: `revocations were last read ${seconds} s ago` }
    },
  }
}
