import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { examineLeftovers } from '../../server/cli/doctor/leftovers.ts'

describe('sallyport doctor, of databases that were left behind', () => {
  let folder = ''
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'sallyport left '))
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  const leave = (name: string, home: string | null): void => {
    mkdirSync(join(folder, name))
    if (home !== null) writeFileSync(join(folder, name, 'state-directory'), `${home}\n`)
  }

  it('names the one whose state directory is gone, and how to remove it, and no other', async () => {
    const alive = join(folder, 'alive')
    mkdirSync(alive)
    writeFileSync(join(alive, 'postgres.json'), '{}')
    leave('sallyport-0123456789ab', alive)
    leave('sallyport-ba9876543210', '/root/thrown away/var')
    leave('sallyport-000000000000', null)
    leave('sallyport-other', '/gone')
    const findings = await examineLeftovers(folder)
    assert.deepEqual(
      findings.map(({ outcome, found }) => [outcome, found]),
      [
        [
          'weak',
          `${folder}/sallyport-ba9876543210 is the database of /root/thrown away/var, which is gone`,
        ],
      ],
    )
    assert.match(findings[0]?.remedy ?? '', /rm -r '.*sallyport-ba9876543210'$/)
  })

  it('says nothing where there is no such folder', async () => {
    assert.deepEqual(await examineLeftovers(join(folder, 'none')), [])
  })
})
