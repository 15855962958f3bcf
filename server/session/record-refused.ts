import { sentText } from '../core/audit/events.ts'
import type { SessionRecord } from '../core/ports/evidence.ts'
import { explain, type Refusal } from '../core/verdict.ts'
import type { Surroundings } from './surroundings.ts'

/** A request that no policy is asked about; `channel` is null for one of the whole connection. */
export interface RefusedRequest {
  readonly channel: number | null
  readonly request: string
  readonly detail: Uint8Array
}

/**
 * Writes down and counts that a request is refused.
 *
 * @returns the event as an agent reads it: `SESSION:SEQ`.
 */
export async function recordRefused(
  record: SessionRecord,
  around: Pick<Surroundings, 'count'>,
  { channel, request, detail }: RefusedRequest,
  refusal: Refusal,
): Promise<string> {
  const { rule, toAgent: reason } = explain(refusal)
  around.count('refused', request)
  const seq = await record.append({
    kind: 'request-refused',
    channel,
    request,
    detail: sentText(detail),
    rule,
    reason,
  })
  return `${record.id}:${seq}`
}
