import type { SessionControl } from '../../core/ports/administration.ts'
import { change, type Ledger } from './ledger.ts'
import { isUuid } from './uuid.ts'

export function createSessionControl(ledger: Ledger): SessionControl {
  return {
    terminate: (id, reason, by) =>
      change<Awaited<ReturnType<SessionControl['terminate']>>>(ledger, async client => {
        if (!isUuid(id)) return { answer: { ok: false, fault: 'not-found' }, event: null }
        const { rows } = await client.query<{ ended: boolean }>(
          'select ended_at is not null as ended from sallyport.session where id = $1',
          [id],
        )
        const [session] = rows
        if (session === undefined) return { answer: { ok: false, fault: 'not-found' }, event: null }
        if (session.ended) return { answer: { ok: false, fault: 'already-ended' }, event: null }
        // Asked twice: the first one counts, and the second is as good as done.
        const { rowCount } = await client.query(
          `insert into sallyport.termination (session_id, asked_by, reason) values ($1, $2, $3)
           on conflict do nothing`,
          [id, by, reason],
        )
        return {
          answer: { ok: true, value: null },
          event: rowCount === 0 ? null : { kind: 'termination-asked', session: id, reason, by },
        }
      }),
  }
}
