import { RESERVED_NAME } from '../core/access.ts'
import { AgentPace } from '../core/agent-pace.ts'
import type { Refusal } from '../core/verdict.ts'
import { CounterVisit } from './counter-visit.ts'
import { LiveVisit } from './live-visit.ts'
import type { Surroundings } from './surroundings.ts'
import type { EndableVisit, OpenVisit } from './visit.ts'

/** Where agents arrive. Keeps count of who is in, so that a stopping node can tell them. */
export interface Reception {
  readonly open: OpenVisit
  live(): number
  /** Ends every visit with this reason; resolves when each is written down. */
  endAll(refusal: Refusal): Promise<void>
}

export function openReception(around: Surroundings): Reception {
  const visits = new Set<EndableVisit>()
  const pace = new AgentPace(around.counter.pace)
  return {
    open(identity, userName, client) {
      const visit =
        userName === RESERVED_NAME
          ? new CounterVisit(identity, client, around, pace)
          : new LiveVisit(identity, userName, client, around)
      visits.add(visit)
      void visit.over.then(() => visits.delete(visit))
      return visit
    },
    live: () => visits.size,
    async endAll(refusal) {
      await Promise.all(
        [...visits].map(visit => {
          visit.end(refusal)
          return visit.over
        }),
      )
    },
  }
}
