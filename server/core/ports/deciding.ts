/** What a session asks before it lets something happen. `workers` and `store` keep these promises. */
import type { Grant, Target } from '../access.ts'
import type { Judgement, JudgeContext } from '../policy/judgement.ts'
import type { Policy } from '../policy/policy.ts'
import type { Result } from '../result.ts'

/** The wall clock, and one that never goes back. Both in milliseconds. */
export interface Clock {
  nowMs(): number
  monotonicMs(): number
}

/** The wall clock as certificates count: whole seconds since 1970 UTC. */
export function nowSeconds(clock: Pick<Clock, 'nowMs'>): bigint {
  return BigInt(Math.floor(clock.nowMs() / 1000))
}

/** Answers within its deadline; a line it could not judge in time comes back denied as `unreadable`. */
export interface Judge {
  judge(line: Uint8Array, context: JudgeContext): Promise<Judgement>
}

/** Reads and checks a policy by name: a file in the policies directory, or a starter of that name. */
export interface Policies {
  load(name: string): Promise<Result<Policy, string>>
}

export interface Grants {
  /** Every grant of this agent for this target that is good at `nowMs`, oldest first. */
  goodFor(agent: string, target: string, nowMs: number): Promise<Grant[]>
}

export interface Targets {
  find(name: string): Promise<Target | null>
  /** Remembers targets by address for ProxyJump: exact address and port. */
  findByAddress(host: string, port: number): Promise<Target | null>
}
