import type pg from 'pg'
import { decodeSessionBody } from '../core/audit/body.ts'
import type { LineHistory } from '../core/ports/line-history.ts'

/** Bash reads 500 lines of its history file. */
const LINES_MOST = 500
/** Sessions looked into for them. */
const SESSIONS_MOST = 20

/** The evidence remembers every line already; nothing else is stored. */
export function createLineHistory(pool: pg.Pool): LineHistory {
  return {
    async recent({ agent, target, login }) {
      const { rows } = await pool.query<{ body: Buffer }>(
        `select b.body from
           (select id from sallyport.session where agent = $1 and target = $2 and login = $3
            order by id desc limit ${SESSIONS_MOST}) s
         join lateral
           (select seq from sallyport.event e where e.session_id = s.id and e.kind = 'command-decided'
            order by seq desc limit ${LINES_MOST}) e on true
         join sallyport.event_body b on b.session_id = s.id and b.seq = e.seq
         order by s.id desc, e.seq desc limit ${LINES_MOST}`,
        [agent, target, login],
      )
      return rows.flatMap(({ body }) => enteredLine(body) ?? []).toReversed()
    },
  }
}

/** The line that was entered at a prompt; null for every other decision. */
function enteredLine(body: Uint8Array): string | null {
  const decoded = decodeSessionBody(body)
  if (!decoded.ok) return null // a line less to recall; who verifies the record finds it
  const { event } = decoded.value
  if (event.kind !== 'command-decided' || event.form !== 'interactive') return null
  return 'text' in event.line && event.line.text !== '' ? event.line.text : null
}
