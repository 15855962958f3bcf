import type pg from 'pg'
import type { LogLine } from './log-line.ts'

/** A week: long enough for a broken job to be noticed before the first session is refused. */
export const DAYS_AHEAD = 7

const LOOK_EVERY_MS = 3600 * 1000
const DAY_MS = 24 * 3600 * 1000

export interface Partitions {
  daysAhead(nowMs: number): number
  stop(): void
}

/** Makes the days to come now and every hour. Rejects if it cannot now: without today nothing can be written. */
export async function keepPartitionsAhead(pool: pg.Pool, log: LogLine): Promise<Partitions> {
  let last = await makePartitions(pool)
  const timer = setInterval(() => {
    makePartitions(pool).then(
      day => {
        last = day
      },
      (error: Error) => log(`could not make partitions: ${error.message}`, {}),
    )
  }, LOOK_EVERY_MS)
  timer.unref()
  return {
    daysAhead: nowMs => Math.floor((last - nowMs) / DAY_MS) + 1,
    stop: () => clearInterval(timer),
  }
}

/** Milliseconds since 1970 UTC: the beginning of the last day there is. */
async function makePartitions(pool: pg.Pool): Promise<number> {
  const { rows } = await pool.query<{ last: string }>(
    'select sallyport.make_partitions($1)::text as last',
    [DAYS_AHEAD],
  )
  return Date.parse(`${rows[0]?.last ?? ''}T00:00:00Z`)
}
