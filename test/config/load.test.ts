import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { configFile, loadConfig } from '../../server/config/load.ts'

describe('the configuration file', () => {
  let folder: string

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'sallyport config-'))
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  for (const [what, env, expected] of [
    ['is sallyport.yaml here', {}, 'sallyport.yaml'],
    ['is the same where the variable is empty', { SALLYPORT_CONFIG: '' }, 'sallyport.yaml'],
    ['is the one that is named', { SALLYPORT_CONFIG: 'etc/mine.yaml' }, 'etc/mine.yaml'],
  ] as const) {
    it(what, () => {
      assert.equal(configFile(env, folder), join(folder, expected))
    })
  }

  it('may be absent unless it was named', async () => {
    assert.ok((await loadConfig({ SALLYPORT_CONFIG: '' }, folder)).ok)
    const named = await loadConfig({ SALLYPORT_CONFIG: 'mine.yaml' }, folder)
    assert.match(JSON.stringify(named), /SALLYPORT_CONFIG: .*mine\.yaml: there is no such file/)
  })

  it('is read where the variable is empty', async () => {
    writeFileSync(join(folder, 'sallyport.yaml'), 'home: elsewhere\n')
    const loaded = await loadConfig({ SALLYPORT_CONFIG: '' }, folder)
    assert.ok(loaded.ok)
    assert.equal(loaded.value.home, join(folder, 'elsewhere'))
  })
})
