import type { Result } from '../result.ts'
import { columnsOf, decodeSessionBody, type EventColumns } from './body.ts'
import { chainStart, commitmentTo, nextLink } from './chain.ts'

/** One event as it is stored. Hashes are 32 raw bytes. */
export interface ChainedEvent extends EventColumns {
  readonly seq: number
  /** Milliseconds since 1970 UTC. */
  readonly atMs: number
  readonly commitment: Uint8Array
  readonly previous: Uint8Array
  readonly hash: Uint8Array
  /** Null once the body was erased; the commitment then stands for it. */
  readonly content: { readonly salt: Uint8Array; readonly body: Uint8Array } | null
}

export interface ChainHead {
  /** Number of the last event; -1 for a session that has none. */
  readonly seq: number
  readonly hash: Uint8Array
  /** Events whose body was erased. */
  readonly erased: number
}

export interface ChainFault {
  /** The first event that is wrong. */
  readonly seq: number
  readonly fault: string
}

/** Follows the chain from its start and names the first thing that is wrong with it. */
export function verifyChain(
  header: Uint8Array,
  events: Iterable<ChainedEvent>,
): Result<ChainHead, ChainFault> {
  let previous = chainStart(header)
  let seq = -1
  let erased = 0
  for (const event of events) {
    seq += 1
    const fault = faultOf(event, seq, previous)
    if (fault !== null) return { ok: false, fault: { seq, fault } }
    if (event.content === null) erased += 1
    previous = event.hash
  }
  return { ok: true, value: { seq, hash: previous, erased } }
}

function faultOf(event: ChainedEvent, seq: number, previous: Uint8Array): string | null {
  if (event.seq !== seq) return `event ${seq} is missing; event ${event.seq} stands in its place`
  if (!same(event.previous, previous)) return 'does not follow from the event before it'
  if (!same(event.hash, nextLink(previous, seq, event.commitment))) return 'its hash is wrong'
  return event.content === null ? null : contentFault(event, event.content)
}

/** Whether the body is the one committed to, and the columns say what the body says. */
function contentFault(
  event: ChainedEvent,
  content: { salt: Uint8Array; body: Uint8Array },
): string | null {
  if (!same(event.commitment, commitmentTo(content.salt, content.body))) {
    return 'its body is not the one that was committed to'
  }
  const decoded = decodeSessionBody(content.body)
  if (!decoded.ok) return `its body cannot be read: ${decoded.fault}`
  const columns = columnsOf(decoded.value.event)
  if (decoded.value.atMs !== event.atMs) return 'its time differs from the one in its body'
  for (const name of ['kind', 'verdict', 'rule'] as const) {
    if (columns[name] !== event[name]) return `its ${name} differs from the one in its body`
  }
  return null
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index])
}
