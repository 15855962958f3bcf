import type pg from 'pg'
import type { JournalEvent } from '../../core/audit/events.ts'
import type { Clock } from '../../core/ports/deciding.ts'
import { inTransaction } from '../database/connect.ts'
import { recordInTransaction } from './journal.ts'

/** A change and the journal entry about it, in one transaction. */
export interface Ledger {
  readonly pool: pg.Pool
  readonly clock: Clock
}

export interface Change<Answer> {
  readonly answer: Answer
  readonly event: JournalEvent | null
}

/** `work` says what to write down; null when it changed nothing, and then nothing is. */
export async function change<Answer>(
  { pool, clock }: Ledger,
  work: (client: pg.ClientBase) => Promise<Change<Answer>>,
): Promise<Answer> {
  const client = await pool.connect()
  let broken: Error | undefined
  try {
    return await inTransaction(client, async () => {
      const { answer, event } = await work(client)
      if (event !== null) await recordInTransaction(client, event, clock.nowMs())
      return answer
    })
  } catch (error) {
    broken = error as Error // the connection may be the reason
    throw error
  } finally {
    client.release(broken)
  }
}
