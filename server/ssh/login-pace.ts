import type { Limits } from '../config/limits.ts'
import { AgentPace } from '../core/agent-pace.ts'
import type { Clock } from '../core/ports/deciding.ts'
import type { Refusal } from '../core/verdict.ts'

/** Says whether an agent may log in, or jump, once more; each costs a key exchange. */
export interface LoginPace {
  /** `isFirst` marks the first refusal since the agent was last let in: the one that is written down. */
  whyNotNow(agent: string): { readonly refusal: Refusal; readonly isFirst: boolean } | null
}

export function loginPace(
  { loginsPerMinutePerAgent: perMinute }: Pick<Limits, 'loginsPerMinutePerAgent'>,
  clock: Pick<Clock, 'monotonicMs'>,
): LoginPace {
  const pace = new AgentPace({ burst: perMinute, everyMs: 60_000 / perMinute })
  return {
    whyNotNow(agent) {
      const { isFirst, waitMs } = pace.take(agent, clock.monotonicMs())
      if (waitMs === 0) return null
      return { isFirst, refusal: { because: 'too-many-logins', perMinute, waitMs } }
    },
  }
}
