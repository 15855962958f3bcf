import type { Config } from '../config.ts'
import type { Target } from '../core/access.ts'
import type {
  CertificateBook,
  GrantBook,
  RequestBook,
  SessionControl,
  SignIns,
  TargetBook,
} from '../core/ports/administration.ts'
import type { Archive } from '../core/ports/archive.ts'
import type { Policies } from '../core/ports/deciding.ts'
import type { Journal } from '../core/ports/evidence.ts'
import type { Result } from '../core/result.ts'
import type { Keys } from '../keys/open-keys.ts'
import type { Screen } from './screen.ts'

/**
 * What lies before a command when it starts: the screen, and doors to the other rooms. A door is
 * opened when a command goes through it, so that `sallyport --help` loads nothing.
 */
export interface Desk {
  readonly screen: Screen
  /** Who does it, as the journal names them. */
  readonly by: string
  readonly workingDirectory: string
  readonly nowMs: () => number
  /** Rejects with `Misconfigured`, which names every fault. */
  readonly config: () => Promise<Config>
  readonly books: () => Promise<Books>
  readonly policies: () => Promise<Policies>
  readonly keys: () => Promise<Keys>
  readonly machines: () => Promise<Machines>
}

/** What store keeps. Closed by whoever opened the desk. */
export interface Books {
  readonly targets: TargetBook
  readonly grants: GrantBook
  readonly requests: RequestBook
  readonly sessions: SessionControl
  readonly certificates: CertificateBook
  readonly signIns: SignIns
  readonly archive: Archive
  readonly journal: Journal
}

/** Machines on the other side, reached over SSH. */
export interface Machines {
  /** Asks who is there and trusts nothing yet. */
  scan(
    host: string,
    port: number,
  ): Promise<Result<{ publicKey: string; fingerprint: string }, string>>
  /** Logs in as the bastion would in a session, runs nothing. */
  check(target: Target, login: string): Promise<Result<{ version: string }, string>>
}

/** The configuration does not hold together. */
export class Misconfigured extends Error {
  readonly faults: readonly string[]

  constructor(faults: readonly string[]) {
    super(faults.join('\n'))
    this.faults = faults
  }
}
