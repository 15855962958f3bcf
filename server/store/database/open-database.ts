import type { Config } from '../../config.ts'
import { useEmbeddedPostgres } from '../embedded-postgres/supervise.ts'
import type { LogLine } from '../log-line.ts'
import { type Logins, prepareDatabase } from './logins.ts'
import { migrate } from './migrate.ts'

export interface OpenDatabase extends Logins {
  /** Says where the data is, for people. */
  readonly where: string
  release(): Promise<void>
}

/** The embedded server, or the one that DATABASE_URL names: migrated, with the narrowest logins to be had. */
export async function openDatabase(
  { home, database }: Pick<Config, 'home' | 'database'>,
  log: LogLine,
): Promise<OpenDatabase> {
  if (database.url !== null) {
    const logins = await prepareDatabase(database.url, database.directUrl)
    return { ...logins, where: 'DATABASE_URL', release: async () => {} }
  }
  const embedded = await useEmbeddedPostgres(home, message => log(message, {}))
  try {
    await migrate(embedded.owner, 'sallyport_app')
  } catch (error) {
    await embedded.release()
    throw error
  }
  const { application, data } = embedded
  return {
    application,
    direct: application,
    weaknesses: [],
    where: data,
    release: () => embedded.release(),
  }
}
