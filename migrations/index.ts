import type { Knex } from 'knex'
import { access } from './0001-access.ts'
import { evidence } from './0002-evidence.ts'
import { people } from './0003-people.ts'
import { feedAndReport } from './0004-feed-and-report.ts'
import { browserSessionUse } from './0005-browser-session-use.ts'
import { targetCredential } from './0006-target-credential.ts'
import { accessRequest } from './0007-access-request.ts'

/**
 * Every migration, oldest first. The name is what the database remembers, so it never changes; it
 * carries no file extension, which differs between tsx and dist.
 *
 * There is no way back: a migration that undid another would have to drop evidence.
 */
export const migrations: ReadonlyArray<readonly [name: string, up: (db: Knex) => Promise<void>]> = [
  ['0001-access', access],
  ['0002-evidence', evidence],
  ['0003-people', people],
  ['0004-feed-and-report', feedAndReport],
  ['0005-browser-session-use', browserSessionUse],
  ['0006-target-credential', targetCredential],
  ['0007-access-request', accessRequest],
]
