import type { GrantBook, RequestBook } from '../core/ports/administration.ts'
import type { Targetward } from '../core/ports/channels.ts'
import type { Clock, Grants, Judge, Policies, Targets } from '../core/ports/deciding.ts'
import type { Endings, Evidence, Journal } from '../core/ports/evidence.ts'
import type { LineHistory } from '../core/ports/line-history.ts'
import type { Pace } from '../core/pace.ts'

/** What a session asks of the world, and the bounds it keeps. */
export interface Surroundings {
  readonly clock: Clock
  readonly judge: Judge
  readonly policies: Policies
  readonly grants: Grants
  readonly targets: Targets
  readonly evidence: Evidence
  readonly endings: Endings
  readonly journal: Journal
  readonly targetward: Targetward
  readonly lines: LineHistory
  /** What an agent can ask for and be told of at the counter. */
  readonly counter: {
    readonly grants: Pick<GrantBook, 'list'>
    readonly requests: Pick<RequestBook, 'make' | 'find'>
    /** How fast one agent may ask. */
    readonly pace: Pace
  }
  readonly stdinRecordedBytes: number
  /** One line for the operator; `fields` carry session and event ids. */
  readonly log: (message: string, fields: Readonly<Record<string, unknown>>) => void
  /** Counts what happened, for the metrics. */
  readonly count: (what: 'allowed' | 'denied' | 'asked' | 'refused', why: string) => void
}
