import type { GrantStatus } from '../core/access.ts'
import { isoMoment } from '../core/duration.ts'
import type { JsonOption } from './options.ts'

/** What a grant says. */
export interface GrantWords {
  readonly agent: string
  readonly task: string
  readonly target: string
  readonly login: string
  readonly policy: string
  /** Milliseconds. */
  readonly for: number
  readonly reason: string
  readonly onBehalfOf?: string
  readonly maxSessions?: number
}

/** All of a grant's words, or a request's id and what is to be narrower. */
export interface CreateOptions extends Partial<GrantWords>, JsonOption {
  readonly request?: string
}

export type GrantState = 'good' | 'revoked' | 'expired' | 'not yet'

export function stateOf(grant: GrantStatus, nowMs: number): GrantState {
  if (grant.revoked !== null) return 'revoked'
  if (nowMs >= grant.expiresAtMs) return 'expired'
  return nowMs < grant.startsAtMs ? 'not yet' : 'good'
}

/** The one place that says what a grant looks like as JSON. */
export function grantJson(grant: GrantStatus, nowMs: number): object {
  const { revoked } = grant
  return {
    id: grant.id,
    state: stateOf(grant, nowMs),
    agent: grant.agent,
    task: grant.task,
    target: grant.target,
    login: grant.login,
    policy: grant.policy,
    onBehalfOf: grant.onBehalfOf,
    reason: grant.reason,
    startsAt: isoMoment(grant.startsAtMs),
    expiresAt: isoMoment(grant.expiresAtMs),
    maxSessions: grant.maxSessions,
    liveSessions: grant.liveSessions,
    createdAt: isoMoment(grant.createdAtMs),
    createdBy: grant.createdBy,
    approvedBy: grant.approvedBy,
    revoked:
      revoked === null
        ? null
        : { at: isoMoment(revoked.atMs), by: revoked.by, reason: revoked.reason },
  }
}
