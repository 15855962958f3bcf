import pg from 'pg'
import type { Config } from '../config.ts'
import type {
  CertificateBook,
  GrantBook,
  RequestBook,
  SessionControl,
  SignIns,
  TargetBook,
} from '../core/ports/administration.ts'
import type { Archive } from '../core/ports/archive.ts'
import type { Clock, Grants, Targets } from '../core/ports/deciding.ts'
import type { Distrust, Endings, Evidence, Journal } from '../core/ports/evidence.ts'
import { type AccessReport, type AccessReportFilter, readAccessReport } from './access-report.ts'
import { createArchive, readChain, type StoredChain } from './archive.ts'
import { createCertificates } from './books/certificates.ts'
import { createGrants } from './books/grants.ts'
import { createJournal } from './books/journal.ts'
import { createRequests } from './books/requests.ts'
import { createSessionControl } from './books/session-control.ts'
import { createSignIns } from './books/sign-ins.ts'
import { createTargets } from './books/targets.ts'
import { openDatabase, type OpenDatabase } from './database/open-database.ts'
import type { LogLine } from './log-line.ts'
import type { Check } from './node-checks.ts'
import { startNode, type StoreHealth } from './node-store.ts'

/** What is written down and can be read back; enough for the command. */
export interface Ledgers {
  readonly targets: TargetBook & Targets
  readonly grants: GrantBook & Grants
  readonly requests: RequestBook
  readonly sessions: SessionControl
  readonly certificates: CertificateBook
  readonly signIns: SignIns
  readonly archive: Archive
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

export interface StoreOptions {
  /** Who serves sessions here; null for the command, which registers no node. */
  readonly node: { readonly version: string; readonly nativeCrypto: boolean } | null
  readonly clock: Clock
  readonly log: LogLine
}

/** A session has few queries of its own: its events go through the lanes. */
const POOL_CONNECTIONS = 8

export function openStore(
  config: Pick<Config, 'home' | 'database' | 'limits'>,
  options: StoreOptions & { readonly node: object },
): Promise<Store>
export function openStore(
  config: Pick<Config, 'home' | 'database' | 'limits'>,
  options: StoreOptions,
): Promise<Ledgers>
/**
 * Opens everything that is kept: starts or adopts the embedded server or uses DATABASE_URL, migrates,
 * and, for a node, registers it, recovers what dead runs left, and watches revocations.
 */
export async function openStore(
  config: Pick<Config, 'home' | 'database' | 'limits'>,
  { node, clock, log }: StoreOptions,
): Promise<Ledgers | Store> {
  const database = await openDatabase(config, log)
  const pool = new pg.Pool({ ...database.application, max: POOL_CONNECTIONS })
  // A connection that is lost while idle: the next query opens another, or says what is wrong.
  pool.on('error', error => log(`a database connection was lost: ${error.message}`, {}))
  try {
    const ledgers = createLedgers(database, pool, clock, config.limits)
    if (node === null) return ledgers
    return await startNode(config, { ledgers, database, pool, clock, log, ...node })
  } catch (error) {
    await pool.end()
    await database.release()
    throw error
  }
}

function createLedgers(
  database: OpenDatabase,
  pool: pg.Pool,
  clock: Clock,
  limits: Config['limits'],
): Ledgers {
  const ledger = { pool, clock }
  return {
    targets: createTargets(ledger),
    grants: createGrants(ledger),
    requests: createRequests(ledger, limits),
    sessions: createSessionControl(ledger),
    certificates: createCertificates(ledger),
    signIns: createSignIns(ledger),
    archive: createArchive(pool),
    journal: createJournal(pool, clock),
    weaknesses: database.weaknesses,
    where: database.where,
    accessReport: filter => readAccessReport(pool, filter),
    chain: session => readChain(pool, session),
    async databaseNowMs() {
      const { rows } = await pool.query<{ now: Date }>('select clock_timestamp() as now')
      return rows[0]?.now.getTime() ?? Number.NaN
    },
    async close() {
      // The server may be gone before the last idle connection is: from here on, that is no news.
      pool.removeAllListeners('error').on('error', () => {})
      await pool.end()
      await database.release()
    },
  }
}
