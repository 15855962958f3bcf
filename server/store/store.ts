import type {
  CertificateBook,
  GrantBook,
  RequestBook,
  SessionControl,
  SignIns,
  TargetBook,
} from '../core/ports/administration.ts'
import type { Archive } from '../core/ports/archive.ts'
import type { Grants, Targets } from '../core/ports/deciding.ts'
import type { Distrust, Endings, Evidence, Journal } from '../core/ports/evidence.ts'
import type { LineHistory } from '../core/ports/line-history.ts'
import type { AccessReport, AccessReportFilter } from './access-report.ts'
import type { StoredChain } from './archive.ts'
import type { Check } from './node-checks.ts'

/** What is written down and can be read back; enough for the command. */
export interface Ledgers {
  readonly targets: TargetBook & Targets
  readonly grants: GrantBook & Grants
  readonly requests: RequestBook
  readonly sessions: SessionControl
  readonly certificates: CertificateBook
  readonly signIns: SignIns
  readonly archive: Archive
  readonly lines: LineHistory
  readonly journal: Journal
  /** What is weaker than it could be about the database, each with what to do; for `doctor`. */
  readonly weaknesses: readonly string[]
  /** Where the data is, for people. */
  readonly where: string
  databaseNowMs(): Promise<number>
  accessReport(filter: AccessReportFilter): Promise<AccessReport[]>
  /** A session's header and events as they are stored, for whoever wants to verify them. */
  chain(session: string): Promise<StoredChain | null>
  close(reason: string): Promise<void>
}

/** What a node needs besides: it opens sessions. */
export interface Store extends Ledgers {
  readonly nodeId: string
  readonly evidence: Evidence
  readonly endings: Endings & Distrust
  /** By name; each says whether all is well. */
  readonly checks: Readonly<Record<string, Check>>
  /** Settles when what dead runs left on this machine is in the database, or cannot be now. */
  readonly recovered: Promise<void>
  health(): StoreHealth
}

export interface StoreHealth {
  readonly liveSessions: number
  /** Groups of decisions, and of recordings, that wait for their commit. */
  readonly waitingDecisions: number
  readonly waitingChunks: number
  /** The slowest lane's last commit. */
  readonly commitMs: number
  readonly spoolBytes: number
  readonly spoolBoundBytes: number
  /** Recorded text in memory that is not committed yet. */
  readonly uncommittedBytes: number
  readonly pollAgeMs: number
  /** Days for which there are partitions, today not counted. */
  readonly partitionDaysAhead: number
}
