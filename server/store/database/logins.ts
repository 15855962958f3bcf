import pg from 'pg'
import { type Login, loginFromUrl, withConnection } from './connect.ts'
import { checkServer } from './check-server.ts'
import { migrate } from './migrate.ts'

/** How the parts of the store log in, and what could not be had. */
export interface Logins {
  /** Reads and inserts, and no more where that could be arranged. May go through a pooler. */
  readonly application: Login
  /** The same rights on a connection of its own, for LISTEN and locks. */
  readonly direct: Login
  /** False where a transaction pooler may stand in between: no prepared statements, no settings. */
  readonly isDirect: boolean
  /** What is weaker than it could be, each with what to do about it; for `doctor`. */
  readonly weaknesses: readonly string[]
}

const APPLICATION_ROLE = 'sallyport_app'

/**
 * Prepares a database that somebody else runs. Two logins are best: DATABASE_URL for the application,
 * DATABASE_DIRECT_URL for the owner of the tables. With one login, a role without the right to change
 * what is written is put on like a coat, if the login may create it.
 */
export async function prepareDatabase(url: string, directUrl: string | null): Promise<Logins> {
  const owner = loginFromUrl(directUrl ?? url)
  const ownerRole = await withConnection(owner, async client => {
    await checkServer(client)
    return whoAmI(client)
  })
  const application = loginFromUrl(url)
  const applicationRole = directUrl === null ? ownerRole : await withConnection(application, whoAmI)
  if (applicationRole.name !== ownerRole.name) {
    await migrate(owner, pg.escapeIdentifier(applicationRole.name))
    const weaknesses = applicationRole.isSuperuser
      ? [
          `DATABASE_URL logs in as the superuser ${applicationRole.name}: give it a login of its own`,
        ]
      : []
    return { application, direct: owner, isDirect: false, weaknesses }
  }
  const coat = await makeApplicationRole(owner)
  await migrate(owner, coat.made ? pg.escapeIdentifier(APPLICATION_ROLE) : null)
  const coated = coat.made ? await tryCoat(application) : null
  const direct = coated === null || directUrl === null ? (coated ?? owner) : withRole(owner)
  return {
    application: coated ?? application,
    direct,
    isDirect: directUrl === null,
    weaknesses: weaknessesOf(
      ownerRole,
      coat.made ? (coated === null ? 'refused' : 'worn') : coat.fault,
    ),
  }
}

interface Role {
  name: string
  isSuperuser: boolean
}

async function whoAmI(client: pg.ClientBase): Promise<Role> {
  const { rows } = await client.query<Role>(
    `select current_user as name, rolsuper as "isSuperuser" from pg_roles where rolname = current_user`,
  )
  const [role] = rows
  if (role === undefined) throw new Error('the database does not know its own user')
  return role
}

async function makeApplicationRole(
  owner: Login,
): Promise<{ made: true } | { made: false; fault: string }> {
  try {
    await withConnection(owner, async client => {
      await client.query(`
        do $$ begin
          if not exists (select from pg_roles where rolname = '${APPLICATION_ROLE}') then
            create role ${APPLICATION_ROLE} nologin;
          end if;
        exception when duplicate_object then null; -- another node was quicker
        end $$`)
      await client.query(`grant ${APPLICATION_ROLE} to current_user`)
    })
    return { made: true }
  } catch (error) {
    // A hosted database often lets nobody create roles. We go on with what there is, and say so.
    if (error instanceof pg.DatabaseError) return { made: false, fault: error.message }
    throw error
  }
}

/** As a start-up setting, so that RESET ROLE leads back to the narrow role and not to the login. */
function withRole(login: Login): Login {
  return { ...login, options: `-c role=${APPLICATION_ROLE}` }
}

/** Null where the narrow role cannot be put on: a pooler may refuse start-up settings. */
async function tryCoat(login: Login): Promise<Login | null> {
  const coated = withRole(login)
  try {
    const role = await withConnection(coated, whoAmI)
    return role.name === APPLICATION_ROLE ? coated : null
  } catch (error) {
    // The plain login worked a moment ago, so it is the setting that was refused.
    if (error instanceof pg.DatabaseError) return null
    throw error
  }
}

function weaknessesOf(login: Role, coat: string): string[] {
  const weaknesses: string[] = []
  if (coat !== 'worn') {
    const why = coat === 'refused' ? 'the connection refuses to take on another role' : coat
    weaknesses.push(
      `the application runs as ${login.name}, the owner of its tables (${why}): only triggers keep it from changing evidence; give DATABASE_URL a login of its own and the owner's to DATABASE_DIRECT_URL`,
    )
  }
  if (login.isSuperuser) {
    weaknesses.push(
      `DATABASE_URL logs in as the superuser ${login.name}: give it an owner of the database that is none`,
    )
  }
  return weaknesses
}
