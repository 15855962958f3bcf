import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import {
  appendFileSync,
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import pg from 'pg'
import { runningServer } from '../../server/store/embedded-postgres/server-process.ts'
import {
  type EmbeddedPostgres,
  useEmbeddedPostgres,
} from '../../server/store/embedded-postgres/supervise.ts'

const isRoot = process.getuid?.() === 0

describe('the embedded PostgreSQL', function () {
  this.timeout(60_000)
  let folder: string
  let home: string
  const warnings: string[] = []

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'sallyport pg '))
    chmodSync(folder, 0o755)
    home = join(folder, 'state of things')
  })
  after(() => rmSync(folder, { recursive: true, force: true }))

  const inUse: EmbeddedPostgres[] = []
  afterEach(() => Promise.all(inUse.splice(0).map(postgres => postgres.release())))

  async function use(): Promise<EmbeddedPostgres> {
    const postgres = await useEmbeddedPostgres(home, message => warnings.push(message))
    inUse.push(postgres)
    return postgres
  }

  async function ask<Row extends object>(
    { connectionString }: { connectionString: string },
    query: string,
  ): Promise<Row[]> {
    const client = new pg.Client({ connectionString })
    await client.connect()
    try {
      return (await client.query<Row>(query)).rows
    } finally {
      await client.end()
    }
  }

  it('is made once, by however many at once, and stopped by the last to leave', async () => {
    const users = await Promise.all([use(), use(), use()])
    assert.equal(new Set(users.map(({ data }) => data)).size, 1)
    assert.equal(new Set(users.map(({ application }) => application.connectionString)).size, 1)
    const [first] = users
    assert.ok(first)
    for (const user of users.slice(1)) await user.release()
    await ask(first.application, 'select 1')
    await first.release()
    assert.equal(runningServer(first.data), null)
    assert.deepEqual(
      readdirSync(home).filter(name => name.startsWith('pg18')),
      ['pg18'],
    )
  })

  it('is durable, checks its pages, and listens on loopback only', async () => {
    const postgres = await use()
    const settings = await ask<{ name: string; setting: string }>(
      postgres.superuser,
      `select name, setting from pg_settings where name in
       ('fsync', 'full_page_writes', 'data_checksums', 'listen_addresses', 'password_encryption',
        'server_encoding', 'synchronous_commit', 'unix_socket_directories')`,
    )
    assert.deepEqual(Object.fromEntries(settings.map(({ name, setting }) => [name, setting])), {
      fsync: 'on',
      full_page_writes: 'on',
      data_checksums: 'on',
      listen_addresses: '127.0.0.1',
      password_encryption: 'scram-sha-256',
      server_encoding: 'UTF8',
      synchronous_commit: 'on',
      unix_socket_directories: '',
    })
    await postgres.release()
  })

  it('lets nobody in without the password, and keeps the passwords from others', async () => {
    const postgres = await use()
    for (const password of ['', 'postgres', 'wrong']) {
      for (const user of ['postgres', 'sallyport_owner', 'sallyport_app']) {
        const url = new URL(postgres.application.connectionString)
        url.username = user
        url.password = password
        await assert.rejects(ask({ connectionString: url.href }, 'select 1'))
      }
    }
    const secrets = statSync(join(home, 'postgres.json'))
    assert.equal(secrets.mode & 0o777, 0o600)
    const { passwords } = JSON.parse(readFileSync(join(home, 'postgres.json'), 'utf8')) as {
      passwords: Record<string, string>
    }
    const { pid = 0 } = runningServer(postgres.data) ?? {}
    for (const file of ['cmdline', 'environ']) {
      const text = readFileSync(`/proc/${pid}/${file}`, 'utf8')
      for (const password of Object.values(passwords)) assert.ok(!text.includes(password), file)
    }
    assert.equal(new Set(Object.values(passwords)).size, 3)
    await postgres.release()
  })

  it('runs without any right of root, when we are root', async function () {
    if (!isRoot) return
    const postgres = await use()
    const { pid = 0 } = runningServer(postgres.data) ?? {}
    const status = readFileSync(`/proc/${pid}/status`, 'utf8')
    const uid = String(postgres.uid)
    assert.match(status, new RegExp(`^Uid:\\s+${uid}\\s+${uid}\\s+${uid}\\s+${uid}$`, 'm'))
    assert.match(status, new RegExp(`^Gid:\\s+${uid}\\s+${uid}\\s+${uid}\\s+${uid}$`, 'm'))
    assert.match(status, /^Groups:\s*$/m)
    assert.match(status, /^CapEff:\s+0+$/m)
    assert.match(status, /^CapPrm:\s+0+$/m)
    await postgres.release()
  })

  it('is adopted after its user was killed', async () => {
    const script = `
      const { useEmbeddedPostgres } = await import(${JSON.stringify(
        join(import.meta.dirname, '../../server/store/embedded-postgres/supervise.ts'),
      )})
      const { how, data } = await useEmbeddedPostgres(${JSON.stringify(home)}, console.error)
      console.log(how, data)
      setInterval(() => {}, 1000)`
    const child = spawn(
      process.execPath,
      ['--import=tsx', '--input-type=module', '--eval', script],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    )
    const lines = createInterface({ input: child.stdout })
    for await (const line of lines) {
      assert.match(line, /^started /)
      child.kill('SIGKILL')
    }
    const before = runningServer(join(statDirectory(), 'pg18'))
    assert.ok(before)
    const postgres = await use()
    assert.equal(postgres.how, 'adopted')
    assert.deepEqual(runningServer(postgres.data), before)
    await postgres.release()
    assert.equal(runningServer(postgres.data), null)
  })

  it('is started again when it dies under us, where everybody expects it', async () => {
    const postgres = await use()
    const { pid = 0, port = 0 } = runningServer(postgres.data) ?? {}
    process.kill(pid, 'SIGKILL')
    const deadline = Date.now() + 30_000
    for (;;) {
      try {
        await ask(postgres.application, 'select 1')
        if (runningServer(postgres.data)?.pid !== pid) break
      } catch (error) {
        if (Date.now() > deadline) throw error
      }
      await new Promise(wake => setTimeout(wake, 50))
    }
    assert.equal(runningServer(postgres.data)?.port, port)
    assert.ok(warnings.some(warning => warning.includes('starting it again')))
    await postgres.release()
    assert.equal(runningServer(postgres.data), null)
  })

  it('begins with an empty database no second time: old data of another version is refused', async () => {
    const data = join(statDirectory(), 'pg18')
    renameSync(data, join(statDirectory(), 'pg17'))
    await assert.rejects(use(), /belongs to PostgreSQL 17, and the embedded one is 18/)
    renameSync(join(statDirectory(), 'pg17'), data)
    const postgres = await use()
    assert.equal(postgres.how, 'started')
    await postgres.release()
  })

  it('begins with an empty database no second time: a lost one is refused', async () => {
    const data = join(statDirectory(), 'pg18')
    renameSync(data, join(folder, 'lost'))
    await assert.rejects(use(), /is gone: bring it back, or delete .*postgres\.made/)
    renameSync(join(folder, 'lost'), data)
  })

  it('is found again when the state directory was moved', async () => {
    const moved = join(folder, 'moved')
    renameSync(home, moved)
    home = moved
    const postgres = await use()
    assert.equal(postgres.how, 'started')
    assert.equal(postgres.data, join(moved, 'pg18'))
  })

  it('stays an ordinary user’s when the bastion runs as root one day', async function () {
    if (!isRoot) return
    const postgres = await use()
    const { uid } = postgres
    await postgres.release()
    const file = join(home, 'postgres.json')
    const decision = JSON.parse(readFileSync(file, 'utf8')) as { uid: number | null }
    chownSync(home, uid ?? 0, uid ?? 0)
    writeFileSync(file, JSON.stringify({ ...decision, uid: null }))
    assert.equal((await use()).uid, uid)
    writeFileSync(file, JSON.stringify(decision))
  })

  it('says why it does not start', async () => {
    const settings = join(statDirectory(), 'pg18/postgresql.conf')
    const before = readFileSync(settings)
    appendFileSync(settings, '\nno_such_setting = 1\n')
    await assert.rejects(use(), /does not start: .*no_such_setting/s)
    writeFileSync(settings, before)
  })

  it('lives where an unprivileged user can reach it, although the state directory is private', async function () {
    if (!isRoot) return
    const secret = join(folder, 'private')
    mkdirSync(secret, { mode: 0o700 })
    const postgres = await useEmbeddedPostgres(join(secret, 'var'), () => {})
    const directory = dirname(postgres.data)
    try {
      assert.match(directory, /^\/var\/lib\/sallyport-[0-9a-f]{12}$/)
      await ask(postgres.application, 'select 1')
    } finally {
      await postgres.release()
      rmSync(directory, { recursive: true, force: true })
    }
  })

  it('says what to do when the way to its data was closed', async function () {
    if (!isRoot) return
    chmodSync(folder, 0o700)
    try {
      await assert.rejects(
        use(),
        new RegExp(`can no longer reach its data.*chmod o\\+x '${folder}'`),
      )
    } finally {
      chmodSync(folder, 0o755)
    }
  })

  /** Where the data lies: the state directory, or what stands in for it. */
  function statDirectory(): string {
    const { directory } = JSON.parse(readFileSync(join(home, 'postgres.json'), 'utf8')) as {
      directory: string
    }
    return join(home, directory)
  }
})
