import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  defaultLimits,
  findLargerParts,
  type Limit,
  type Limits,
  limits,
} from '../../server/config/limits.ts'
import { formatQuantity } from '../../server/config/quantity.ts'
import { type FileSettings, readSettingsFile } from '../../server/config/settings-file.ts'
import type { Result } from '../../server/core/result.ts'

const page = readFileSync(join(import.meta.dirname, '../../server/config/SETTINGS.md'), 'utf8')

const read = (text: string): Result<FileSettings, string[]> =>
  readSettingsFile({ path: '/etc/sallyport.yaml', text })

describe('the limits', () => {
  for (const [key, limit] of Object.entries(limits) as [keyof Limits, Limit][]) {
    const { because, bounds, max, min, name, unit, usual } = limit
    const set = (value: number): Result<FileSettings, string[]> =>
      read(`limits: { ${name}: ${value} }`)

    it(`${name} can be set, from its least to its most and no further`, () => {
      assert.ok(min <= usual && usual <= max)
      for (const value of [min, usual, max]) {
        const settings = set(value)
        assert.deepEqual(settings.ok && settings.value.limits, { [key]: value })
      }
      assert.equal(set(max + 1).ok, false)
      if (min > 0) assert.equal(set(min - 1).ok, false)
    })

    it(`${name} stands in SETTINGS.md with its number and its reason`, () => {
      const [usually, least, most] = [usual, min, max].map(value => formatQuantity(value, unit))
      const row = `| \`${name}\` | ${usually} | ${least} – ${most} | ${bounds} | ${because} |`
      assert.ok(page.includes(row), `write into server/config/SETTINGS.md:\n${row}`)
    })
  }

  it('are no parts that are larger than their wholes', () => {
    assert.deepEqual(findLargerParts(defaultLimits), [])
    assert.deepEqual(findLargerParts({ ...defaultLimits, unauthenticated: 10 }), [
      'limits: unauthenticated-per-address (20) is above unauthenticated (10); one address could then keep everybody out',
    ])
  })
})

describe('SETTINGS.md', () => {
  /** A key that is not known brings those that are. */
  const knownAt = (yaml: string): string[] => {
    const settings = read(yaml)
    const [fault = ''] = settings.ok
      ? []
      : settings.fault.filter(text => text.includes('known here'))
    return fault.replace(/^.*known here: /, '').split(', ')
  }

  for (const [where, yaml] of [
    ['the file', 'zzzzzzzz: 1'],
    ['http', 'http: { zzzzzzzz: 1 }'],
    ['http.tls', 'http: { tls: { zzzzzzzz: 1 } }'],
    ['database', 'database: { zzzzzzzz: 1 }'],
    ['user-cas', 'user-cas: [{ zzzzzzzz: 1 }]'],
    ['issuers', 'issuers: [{ zzzzzzzz: 1 }]'],
    ['people', 'people: { zzzzzzzz: 1 }'],
  ] as const) {
    it(`names every key of ${where}`, () => {
      const known = knownAt(yaml)
      assert.ok(known.length > 1, known.join())
      assert.deepEqual(
        known.filter(key => !page.includes(`\`${key}\``)),
        [],
      )
    })
  }
})
