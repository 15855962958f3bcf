import pg from 'pg'
import { checkServer } from './check-server.ts'
import { type Login, loginFromUrl, withConnection } from './connect.ts'
import { migrate } from './migrate.ts'

/** How the parts of the store log in, and what could not be had. */
export interface Logins {
  /** Reads and inserts, and no more where that could be arranged. May go through a pooler. */
  readonly application: Login
  /** The same on a connection that no pooler shares, for LISTEN. */
  readonly direct: Login
  /** What is weaker than it could be, each with what to do about it; for `doctor`. */
  readonly weaknesses: readonly string[]
}

/** Made where there is only one login: put on like a coat over it. */
const APPLICATION_ROLE = 'sallyport_app'

/**
 * Prepares a database that somebody else runs. Two logins are best: DATABASE_URL for the application,
 * DATABASE_DIRECT_URL for the owner of the tables. With one login, a role is put on over it that has not
 * the right to change what is written, if the login may create one.
 */
export async function prepareDatabase(url: string, directUrl: string | null): Promise<Logins> {
  const application = loginFromUrl(url)
  const applicationRole = await checkedRole(application)
  if (directUrl === null) return prepareOneLogin(application, applicationRole)
  const owner = loginFromUrl(directUrl)
  const ownerRole = await checkedRole(owner)
  if (applicationRole.name !== ownerRole.name) {
    await migrate(owner, pg.escapeIdentifier(applicationRole.name))
    const direct = (await inRole(owner, applicationRole.name)) ?? owner
    return { application, direct, weaknesses: superuserWeakness(applicationRole) }
  }
  const { application: direct, weaknesses } = await prepareOneLogin(owner, ownerRole)
  // A pooler may refuse the setting that the direct connection takes.
  const coated = await inRole(application, APPLICATION_ROLE)
  return {
    application: coated ?? application,
    direct,
    weaknesses:
      coated === null ? ownerWeakness(ownerRole, 'DATABASE_URL refuses a role') : weaknesses,
  }
}

async function prepareOneLogin(login: Login, role: Role): Promise<Logins> {
  const fault = await makeApplicationRole(login)
  await migrate(login, fault === null ? APPLICATION_ROLE : null)
  const coated = fault === null ? await inRole(login, APPLICATION_ROLE) : null
  if (coated === null) {
    const weaknesses = ownerWeakness(role, fault ?? 'the connection refuses a role')
    return { application: login, direct: login, weaknesses }
  }
  return { application: coated, direct: coated, weaknesses: superuserWeakness(role) }
}

interface Role {
  readonly name: string
  readonly isSuperuser: boolean
}

async function checkedRole(login: Login): Promise<Role> {
  return withConnection(login, async client => {
    await checkServer(client)
    return whoAmI(client)
  })
}

async function whoAmI(client: pg.ClientBase): Promise<Role> {
  const { rows } = await client.query<Role>(
    `select current_user as name, rolsuper as "isSuperuser" from pg_roles where rolname = current_user`,
  )
  const [role] = rows
  if (role === undefined) throw new Error('the database does not know its own user')
  return role
}

/** Null when the role is there; otherwise why it cannot be. */
async function makeApplicationRole(login: Login): Promise<string | null> {
  try {
    await withConnection(login, async client => {
      await client.query(`
        do $$ begin
          if not exists (select from pg_roles where rolname = '${APPLICATION_ROLE}') then
            create role ${APPLICATION_ROLE} nologin;
          end if;
        exception when duplicate_object then null; -- another node was quicker
        end $$`)
      await client.query(`grant ${APPLICATION_ROLE} to current_user`)
    })
    return null
  } catch (error) {
    // A hosted database often lets nobody create roles. We go on with what there is, and say so.
    if (error instanceof pg.DatabaseError) return error.message
    throw error
  }
}

/**
 * The login in another role, as a start-up setting, so that RESET ROLE leads back to the role and not to
 * the login. Null where that cannot be: the login may not, or a pooler refuses start-up settings.
 */
async function inRole(login: Login, role: string): Promise<Login | null> {
  const coated = { ...login, options: `-c role=${role}` }
  try {
    const worn = await withConnection(coated, whoAmI)
    return worn.name === role ? coated : null
  } catch (error) {
    // The plain login worked a moment ago, so it is the setting that was refused.
    if (error instanceof pg.DatabaseError) return null
    throw error
  }
}

function superuserWeakness({ name, isSuperuser }: Role): string[] {
  if (!isSuperuser) return []
  return [
    `DATABASE_URL logs in as the superuser ${name}, who may do anything: give it a login of its own`,
  ]
}

function ownerWeakness(role: Role, why: string): string[] {
  return [
    `the application runs as ${role.name}, the owner of its tables (${why}): only triggers keep it from changing evidence: give DATABASE_URL a login of its own, and the owner's to DATABASE_DIRECT_URL`,
    ...superuserWeakness(role),
  ]
}
