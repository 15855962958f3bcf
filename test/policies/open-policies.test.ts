import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openPolicies, type PolicyFiles } from '../../server/policies/open-policies.ts'

describe('openPolicies', () => {
  let directory: string
  let policies: PolicyFiles

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'sallyport policies '))
    policies = openPolicies(directory)
  })
  afterEach(() => rmSync(directory, { recursive: true, force: true }))

  const write = (name: string, text: string): void => writeFileSync(join(directory, name), text)

  it('finds the starters without a file', async () => {
    const found = await openPolicies(join(directory, 'nowhere')).load('investigator')
    assert.ok(found.ok)
    assert.equal(found.value.name, 'investigator')
  })

  it('prefers a file, and reads it again when it has changed', async () => {
    write('investigator.yaml', 'version: 1\nname: investigator\ndefault: ask\n')
    const first = await policies.load('investigator')
    assert.equal(first.ok && first.value.default, 'ask')
    write('investigator.yaml', 'version: 1\nname: investigator\ndefault: deny\n')
    const second = await policies.load('investigator')
    assert.equal(second.ok && second.value.default, 'deny')
    assert.notEqual(first.ok && first.value.digest, second.ok && second.value.digest)
  })

  it('yields the same object while the text is the same', async () => {
    const first = await policies.load('deployer')
    const second = await policies.load('deployer')
    assert.ok(first.ok && second.ok)
    assert.equal(first.value, second.value)
  })

  it('does not fall back on the starter when a file of that name does not load', async () => {
    write('investigator.yaml', 'version: 1\nname: investigator\nrulez: []\n')
    const found = await policies.load('investigator')
    assert.ok(!found.ok)
    assert.match(found.fault, /investigator\.yaml:3:1: error: policy: unknown key "rulez"/)
  })

  it('does not load a policy whose tests fail', async () => {
    write('mine.yaml', 'version: 1\nname: mine\ntests: [{ run: ls, expect: allow }]\n')
    const found = await policies.load('mine')
    assert.ok(!found.ok)
    assert.match(found.fault, /test of ls: expected allow, got deny/)
  })

  for (const name of [
    '../x',
    '/etc/passwd',
    '.x',
    '',
    'a/b',
    'A',
    `a${'b'.repeat(70)}`,
    'x\u0000',
  ]) {
    it(`has no policy called ${JSON.stringify(name).slice(0, 20)}`, async () => {
      const found = await policies.load(name)
      assert.ok(!found.ok)
      assert.match(found.fault, /is not a policy's name/)
    })
  }

  it('names the nearest ones', async () => {
    write('web-shop.yaml', 'version: 1\nname: web-shop\n')
    const found = await policies.load('web-shpo')
    assert.ok(!found.ok)
    assert.match(found.fault, /there is no policy "web-shpo" in .*; did you mean web-shop/)
    assert.deepEqual(await policies.ownNames(), ['web-shop'])
  })

  it('does not read a file that no policy is as long as', async () => {
    write('huge.yaml', '')
    truncateSync(join(directory, 'huge.yaml'), 2_000_000_000)
    await assert.rejects(policies.load('huge'), /longer than/)
  })

  it('lets a broken disk speak for itself', async () => {
    symlinkSync('loop.yaml', join(directory, 'loop.yaml'))
    await assert.rejects(policies.load('loop'), /ELOOP/)
  })
})
