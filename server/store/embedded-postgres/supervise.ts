import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'
import { connect, loginFromUrl, type Login, withConnection } from '../database/connect.ts'
import { type Binaries, findBinaries } from './binaries.ts'
import { freeLoopbackPort } from './free-port.ts'
import { initialise } from './initialise.ts'
import { findPlace, type Place } from './place.ts'
import { runningServer, type StartedServer, startServer } from './server-process.ts'

/** Held shared by everybody who uses the server; whoever gets it exclusively is the last one. */
const USE_LOCK = 0x757365

/** A server that replays a long log after a crash is slow, not broken. */
const START_TIMEOUT_MS = 120_000
const STOP_TIMEOUT_MS = 60_000
/** A dead server's last children may hold its memory for a moment, so the first start may fail. */
const START_ATTEMPTS = 10

export interface EmbeddedPostgres {
  readonly superuser: Login
  readonly owner: Login
  readonly application: Login
  readonly how: 'created' | 'started' | 'adopted'
  readonly data: string
  /** Who the server runs as when we are root; null for our own user. */
  readonly uid: number | null
  /** Lets go of it; the last one to do so stops the server. */
  release(): Promise<void>
}

/**
 * The embedded database of a state directory: made if there is none, started if it does not run,
 * adopted if it does (a bastion that was killed leaves its server behind, on purpose).
 *
 * Nothing here needs a lock of ours: the data directory is renamed into place, PostgreSQL's own
 * postmaster.pid lets one server run, and everybody who uses it holds an advisory lock, so that
 * nobody stops it under somebody else. Should it die while it is used, it is started again.
 */
export async function useEmbeddedPostgres(
  home: string,
  warn: (message: string) => void,
): Promise<EmbeddedPostgres> {
  const place = findPlace(home)
  const binaries = findBinaries(place.uid, place.directory)
  const { data, isNew } = initialise(binaries, place)
  const site: Site = { place, binaries, data }

  let isReleased = false
  const first = await takeHold(site, null, onLoss)
  const { port, started } = first
  let hold: Hold | null = first
  let restarting: Promise<void> | null = null

  function onLoss(): void {
    if (isReleased) return
    warn('the embedded PostgreSQL has gone away; starting it again')
    hold = null
    restarting = restart()
  }

  /** At the same port, because everybody's connections point there. Never rejects. */
  async function restart(): Promise<void> {
    let complaint = ''
    while (!isReleased) {
      try {
        hold = await takeHold(site, port, onLoss)
        return
      } catch (error) {
        // Once, not every second for as long as nobody is there to help.
        const { message } = error as Error
        if (message !== complaint) warn(`the embedded PostgreSQL does not come back: ${message}`)
        complaint = message
        await pause(1000)
      }
    }
  }

  return {
    superuser: superuserAt(place, port),
    owner: loginAt(port, 'sallyport_owner', place.passwords.owner, 'sallyport'),
    application: applicationAt(place, port, 'sallyport'),
    how: isNew ? 'created' : started ? 'started' : 'adopted',
    data,
    uid: place.uid,
    async release() {
      if (isReleased) return
      isReleased = true
      await restarting
      if (hold !== null) await letGo(hold, data)
    },
  }
}

interface Site {
  readonly place: Place
  readonly binaries: Binaries
  readonly data: string
}

/** A connection that holds the lock of those who use the server. */
interface Hold {
  readonly client: pg.Client
  readonly port: number
  readonly started: boolean
}

async function takeHold(site: Site, wantedPort: number | null, onLoss: () => void): Promise<Hold> {
  const { place, binaries, data } = site
  const deadline = Date.now() + START_TIMEOUT_MS
  let child: StartedServer | null = null
  let attempts = 0
  for (;;) {
    const running = runningServer(data)
    if (running !== null) {
      try {
        const client = await takeUseLock(applicationAt(place, running.port, 'postgres'), onLoss)
        return { client, port: running.port, started: child !== null }
      } catch (error) {
        // It starts up, replays its log, or is being stopped by its last user: all of them pass.
        if (Date.now() > deadline) throw error
        if (isUnknownLogin(error)) await makeLogins(superuserAt(place, running.port), place)
      }
    } else if (child === null || child.fault() !== null) {
      if (attempts >= START_ATTEMPTS) {
        throw new Error(`the embedded PostgreSQL does not start: ${child?.fault() ?? ''}`)
      }
      attempts += 1
      if (attempts > 1) await pause(200)
      child = startServer(binaries.postgres, place, data, wantedPort ?? (await freeLoopbackPort()))
    }
    if (Date.now() > deadline) throw new Error('the embedded PostgreSQL does not answer')
    await pause(20)
  }
}

/** A new server, or one whose maker died before it had made the logins. */
function isUnknownLogin(error: unknown): boolean {
  return error instanceof pg.DatabaseError && error.code === '28P01'
}

async function takeUseLock(login: Login, onLoss: () => void): Promise<pg.Client> {
  let isHeld = false
  const client = await connect(login, () => {})
  client.once('end', () => {
    if (isHeld) onLoss()
  })
  try {
    await client.query('select pg_advisory_lock_shared($1)', [USE_LOCK])
  } catch (error) {
    await client.end().catch(() => {}) // the first fault is the one to tell
    throw error
  }
  isHeld = true
  return client
}

async function letGo({ client }: Hold, data: string): Promise<void> {
  try {
    const { rows } = await client.query<{ last: boolean }>(
      'select pg_try_advisory_lock($1) as last',
      [USE_LOCK],
    )
    const server = runningServer(data)
    if (rows[0]?.last !== true || server === null) return
    process.kill(server.pid, 'SIGINT') // fast shutdown: disconnects, writes a checkpoint, ends
    const deadline = Date.now() + STOP_TIMEOUT_MS
    while (runningServer(data)?.pid === server.pid) {
      if (Date.now() > deadline) {
        throw new Error(
          `the embedded PostgreSQL (pid ${server.pid}) does not stop; look into ${data}/log`,
        )
      }
      await pause(10)
    }
  } finally {
    await client.end().catch(() => {}) // the server may have ended it first
  }
}

/** The superuser makes two logins and a database, and does nothing else, ever. */
async function makeLogins(superuser: Login, place: Place): Promise<void> {
  await withConnection(superuser, async client => {
    await client.query('select pg_advisory_lock_shared($1)', [USE_LOCK])
    await client.query('select pg_advisory_lock($1)', [USE_LOCK + 1])
    const { rows } = await client.query<{ name: string }>(
      `select rolname as name from pg_roles union all select datname from pg_database`,
    )
    const there = new Set(rows.map(({ name }) => name))
    // The application's login last: who can log in with it finds the rest.
    await makeRole('sallyport_owner', place.passwords.owner)
    if (!there.has('sallyport')) {
      await client.query('create database sallyport owner sallyport_owner')
    }
    await makeRole('sallyport_app', place.passwords.application)

    async function makeRole(name: string, password: string): Promise<void> {
      if (there.has(name)) return
      await client.query(`create role ${name} login password ${pg.escapeLiteral(password)}`)
    }
  })
}

function superuserAt(place: Place, port: number): Login {
  return loginAt(port, 'postgres', place.passwords.superuser, 'postgres')
}

function applicationAt(place: Place, port: number, database: string): Login {
  return loginAt(port, 'sallyport_app', place.passwords.application, database)
}

function loginAt(port: number, user: string, password: string, database: string): Login {
  return loginFromUrl(`postgres://${user}:${password}@127.0.0.1:${port}/${database}`)
}
