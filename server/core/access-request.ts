import { isoMoment } from './duration.ts'

/** What agents ask for at the counter and people answer. A request and its answer are facts that stay. */
export interface AccessRequest {
  readonly id: string
  readonly agent: string
  readonly task: string
  readonly onBehalfOf: string | null
  readonly target: string
  /** Null leaves it to whoever answers. */
  readonly login: string | null
  readonly policy: string | null
  /** How long the grant shall be good, in milliseconds. */
  readonly forMs: number
  readonly reason: string
  /** Of the certificate it was asked with. */
  readonly keyId: string
  readonly clientAddress: string
  /** Milliseconds since 1970 UTC. */
  readonly madeAtMs: number
}

export type RequestAnswer =
  | { readonly is: 'granted'; readonly grant: string; readonly atMs: number; readonly by: string }
  | { readonly is: 'denied'; readonly reason: string; readonly atMs: number; readonly by: string }

export interface RequestStatus extends AccessRequest {
  readonly answer: RequestAnswer | null
}

export type RequestState = 'waiting' | 'granted' | 'denied' | 'lapsed'

/** Past a long weekend nobody remembers why; and a full counter empties itself. */
export const REQUEST_WAIT_MS = 7 * 86_400_000

export function stateOfRequest({ answer, madeAtMs }: RequestStatus, nowMs: number): RequestState {
  if (answer !== null) return answer.is
  return nowMs < madeAtMs + REQUEST_WAIT_MS ? 'waiting' : 'lapsed'
}

/** The one place that says what a request looks like as JSON. */
export function requestJson(request: RequestStatus, nowMs: number): object {
  const { answer } = request
  return {
    id: request.id,
    state: stateOfRequest(request, nowMs),
    agent: request.agent,
    task: request.task,
    onBehalfOf: request.onBehalfOf,
    target: request.target,
    login: request.login,
    policy: request.policy,
    forSeconds: request.forMs / 1000,
    reason: request.reason,
    keyId: request.keyId,
    clientAddress: request.clientAddress,
    madeAt: isoMoment(request.madeAtMs),
    lapsesAt: isoMoment(request.madeAtMs + REQUEST_WAIT_MS),
    grant: answer?.is === 'granted' ? answer.grant : null,
    deniedBecause: answer?.is === 'denied' ? answer.reason : null,
    answeredAt: answer === null ? null : isoMoment(answer.atMs),
    answeredBy: answer?.by ?? null,
  }
}
