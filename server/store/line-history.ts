import type pg from 'pg'
import { decodeSessionBody } from '../core/audit/body.ts'
import type { LineHistory } from '../core/ports/line-history.ts'

/** Bash reads 500 lines of its history file. */
const LINES_MOST = 500
/** An event has up to 170 KB (a line of 16 KB that would run 2,000 commands); they are read on the main thread. */
const BYTES_MOST = 2 * 1024 * 1024
/** Shells looked into for them. */
const SHELLS_MOST = 20
/** The agent's newest sessions there, in which shells are looked for: single commands are sessions, too. */
const SESSIONS_MOST = 1000

/** The evidence remembers every line already; nothing else is stored. */
export function createLineHistory(pool: pg.Pool): LineHistory {
  return {
    async recent({ agent, onBehalfOf, target, login }) {
      const { rows } = await pool.query<{ body: Buffer }>(
        `with visit as (
           select id from sallyport.session
           where agent = $1 and target = $2 and login = $3 and on_behalf_of is not distinct from $4
           order by id desc limit ${SESSIONS_MOST}
         ), shell as (
           select id from visit
           where exists (select from sallyport.event e where e.session_id = id and e.kind = 'channel-opened')
           order by id desc limit ${SHELLS_MOST}
         ), line as (
           select b.body, sum(octet_length(b.body)) over (order by s.id desc, e.seq desc) as bytes, s.id, e.seq
           from shell s
           join lateral
             (select seq from sallyport.event e where e.session_id = s.id and e.kind = 'command-decided'
              order by seq desc limit ${LINES_MOST}) e on true
           join sallyport.event_body b on b.session_id = s.id and b.seq = e.seq
           order by s.id desc, e.seq desc limit ${LINES_MOST}
         )
         select body from line where bytes <= ${BYTES_MOST} order by id, seq`,
        [agent, target, login, onBehalfOf],
      )
      return rows.flatMap(({ body }) => enteredLine(body) ?? [])
    },
  }
}

/** The line that was entered at a prompt; null for every other decision, and for one that is not kept whole. */
function enteredLine(body: Uint8Array): string | null {
  const decoded = decodeSessionBody(body)
  if (!decoded.ok) return null // a line less to recall; who verifies the record finds it
  const { event } = decoded.value
  if (event.kind !== 'command-decided' || event.form !== 'interactive') return null
  if (event.reasons.some(({ code }) => code === 'too-long')) return null
  return 'text' in event.line && event.line.text !== '' ? event.line.text : null
}
