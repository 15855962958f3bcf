import pg from 'pg'

/** Somebody else has written where we wanted to: this node was taken for dead, or another recovers. */
export class Fenced extends Error {
  override readonly name = 'Fenced'
}

/** The evidence could not be kept. It may or may not have reached the database. */
export class NotWritten extends Error {
  override readonly name = 'NotWritten'
}

export type DatabaseFault =
  /** The database said no; nothing of the statement was written. */
  | 'refused'
  /** It said no for a reason that passes (a deadlock, a restart, a full disk). */
  | 'refused-for-now'
  /** No answer: it may have been written. */
  | 'unknown'

/** SQLSTATE classes that pass: transaction rollback, resources, object not ready, operator intervention. */
const PASSING = new Set(['40', '53', '55', '57'])

export function databaseFault(error: unknown): DatabaseFault {
  if (!(error instanceof pg.DatabaseError)) return 'unknown'
  // FATAL and PANIC end the connection, perhaps in the middle of a commit.
  if (error.severity !== 'ERROR') return 'unknown'
  const sqlClass = (error.code ?? '').slice(0, 2)
  if (sqlClass === '08') return 'unknown'
  return PASSING.has(sqlClass) ? 'refused-for-now' : 'refused'
}

/** The chain trigger's own code (migrations/0002): this does not follow. */
export function isBrokenChain(error: unknown): boolean {
  return error instanceof pg.DatabaseError && error.code === 'SY001'
}

/**
 * The connection is not the one on which the statement was prepared, or it has been prepared there by somebody
 * else: a transaction pooler stands in between. Nothing of it was done.
 */
export function isNotPrepared(error: unknown): boolean {
  return error instanceof pg.DatabaseError && (error.code === '26000' || error.code === '42P05')
}
