import type { TargetConnection } from '../core/ports/channels.ts'
import type { Result } from '../core/result.ts'
import type { Refusal } from '../core/verdict.ts'
import type { Admission } from './admission.ts'

/** What a channel needs of the session it belongs to. */
export interface OpenSession extends Admission {
  /** The one connection to the target, opened when the first allowed command needs it. */
  readonly connection: () => Promise<Result<TargetConnection, Refusal>>
  /** Resolves when the bastion ends the session; nothing may be forwarded after that. */
  readonly ended: Promise<Refusal>
  readonly isEnded: () => boolean
  /** Ends the session because its evidence can no longer be kept. */
  readonly fail: (fault: unknown) => void
}
