import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { examineDatabase } from '../../server/cli/doctor/keeping.ts'
import { readConfig } from '../../server/config.ts'
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts'

describe('sallyport doctor, of the database', () => {
  let database: TestDatabase
  let home: string

  before(async () => {
    database = await createTestDatabase()
    home = mkdtempSync(join(tmpdir(), 'sallyport doctor-'))
  })
  after(async () => {
    await database.drop()
    rmSync(home, { recursive: true })
  })

  const examine = async (url: string, directUrl?: string) => {
    const direct = directUrl === undefined ? {} : { DATABASE_DIRECT_URL: directUrl }
    const env = { SALLYPORT_HOME: home, DATABASE_URL: url, ...direct }
    const config = await readConfig(env, null, home)
    assert.ok(config.ok)
    return examineDatabase(config.value)
  }

  it('finds nothing weak where there are two logins', async () => {
    const findings = await examine(database.url, database.ownerUrl)
    assert.deepEqual(new Set(findings.map(({ outcome }) => outcome)), new Set(['fine']))
  })

  it('says what is weak about a superuser, and what to give instead', async () => {
    const findings = await examine(database.superuserUrl)
    const weak = findings.filter(({ outcome }) => outcome === 'weak')
    assert.match(JSON.stringify(weak), /superuser postgres/)
  })

  it('says what to do where nobody answers, and nothing of the password', async () => {
    const findings = await examine('postgres://app:hunter2@127.0.0.1:1/sallyport')
    assert.ok(findings.some(({ outcome }) => outcome === 'broken'))
    assert.doesNotMatch(JSON.stringify(findings), /hunter2/)
  })
})
