import pg from 'pg'
import type { Config } from '../config.ts'
import { Begun } from '../core/begun.ts'
import type { Clock } from '../core/ports/deciding.ts'
import { readAccessReport } from './access-report.ts'
import { createArchive, readChain } from './archive.ts'
import { createCertificates } from './books/certificates.ts'
import { createGrants } from './books/grants.ts'
import { createJournal } from './books/journal.ts'
import { createRequests } from './books/requests.ts'
import { createSessionControl } from './books/session-control.ts'
import { createSignIns } from './books/sign-ins.ts'
import { createTargets } from './books/targets.ts'
import { openDatabase, type OpenDatabase } from './database/open-database.ts'
import { createLineHistory } from './line-history.ts'
import type { LogLine } from './log-line.ts'
import { startNode } from './node-store.ts'
import type { Ledgers, Store } from './store.ts'

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
  const begun = new Begun()
  try {
    const database = await openDatabase(config, log)
    begun.add(() => database.release())
    const pool = new pg.Pool({ ...database.application, max: POOL_CONNECTIONS })
    // A connection that is lost while idle: the next query opens another, or says what is wrong.
    pool.on('error', error => log(`a database connection was lost: ${error.message}`, {}))
    begun.add(() => {
      // The server may be gone before the last idle connection is: from here on, that is no news.
      pool.removeAllListeners('error').on('error', () => {})
      return pool.end()
    })
    const close = (reason: string): Promise<void> => begun.end(reason)
    const ledgers = { ...createLedgers(database, pool, clock, config.limits), close }
    if (node === null) return ledgers
    return await startNode(config, { ledgers, database, pool, clock, log, begun, ...node })
  } catch (error) {
    return begun.failed(error, fault => log(`not everything could be closed again: ${fault}`, {}))
  }
}

function createLedgers(
  database: OpenDatabase,
  pool: pg.Pool,
  clock: Clock,
  limits: Config['limits'],
): Omit<Ledgers, 'close'> {
  const ledger = { pool, clock }
  return {
    targets: createTargets(ledger),
    grants: createGrants(ledger),
    requests: createRequests(ledger, limits),
    sessions: createSessionControl(ledger),
    certificates: createCertificates(ledger),
    signIns: createSignIns(ledger),
    archive: createArchive(pool),
    lines: createLineHistory(pool),
    journal: createJournal(pool, clock),
    weaknesses: database.weaknesses,
    where: database.where,
    accessReport: filter => readAccessReport(pool, filter),
    chain: session => readChain(pool, session),
    async databaseNowMs() {
      const { rows } = await pool.query<{ now: Date }>('select clock_timestamp() as now')
      return rows[0]?.now.getTime() ?? Number.NaN
    },
  }
}
