import assert from 'node:assert/strict'
import fc from 'fast-check'
import { cellsOf, cutToCells } from '../../server/cli/cells.ts'
import { formatDistance, formatDuration, parseDuration } from '../../server/core/duration.ts'
import { safeJson } from '../../server/core/safe-json.ts'
import { formatTable } from '../../server/cli/table.ts'
import { nearest } from '../../server/core/nearest.ts'

const same = (text: string): string => text
const PLAIN = { bold: same, dim: same, good: same, bad: same }

describe('parseDuration', () => {
  for (const [text, ms] of [
    ['90s', 90_000],
    ['15m', 900_000],
    ['1h30m', 5_400_000],
    ['2d', 172_800_000],
    ['1w', 604_800_000],
    ['0s', null],
    ['15', null],
    ['m', null],
    ['1.5h', null],
    ['-5m', null],
    ['5M', null],
    ['1h ', null],
    ['', null],
    ['9999999s', null],
  ] as const) {
    it(`reads ${JSON.stringify(text)} as ${ms}`, () => assert.equal(parseDuration(text), ms))
  }
})

describe('formatDuration', () => {
  for (const [ms, text] of [
    [0, '0ms'],
    [999, '999ms'],
    [1000, '1s'],
    [61_000, '1m 1s'],
    [3_600_000, '1h'],
    [3_661_000, '1h 1m'],
    [90_061_000, '1d 1h'],
    [86_400_000 + 59_000, '1d'],
  ] as const) {
    it(`writes ${ms} as ${text}`, () => assert.equal(formatDuration(ms), text))
  }

  it('says how far away a moment is', () => {
    assert.equal(formatDistance(1000, 181_000), '3m ago')
    assert.equal(formatDistance(3_600_000, 0), 'in 1h')
    assert.equal(formatDistance(500, 0), 'now')
  })
})

describe('nearest', () => {
  const known = ['web1', 'web2', 'database', 'investigator', 'web-operator']
  for (const [asked, found] of [
    ['wbe1', ['web1']],
    ['investigater', ['investigator']],
    ['DATABASE', ['database']],
    ['web', ['web1', 'web2', 'web-operator']],
    ['x', []],
    ['something-else', []],
    ['', []],
  ] as const) {
    it(`finds ${found.join(', ') || 'nothing'} for ${JSON.stringify(asked)}`, () => {
      assert.deepEqual(nearest(asked, known), found)
    })
  }

  it('is quick with a name as long as a file', () => {
    assert.deepEqual(nearest('a'.repeat(1_000_000), ['b'.repeat(1_000_000)]), [])
  })
})

describe('cellsOf', () => {
  for (const [text, cells] of [
    ['', 0],
    ['abc', 3],
    ['日本', 4],
    ['é', 1],
    ['e\u0301', 1],
    ['🚪', 2],
  ] as const) {
    it(`counts ${cells} for ${JSON.stringify(text)}`, () => assert.equal(cellsOf(text), cells))
  }

  it('never lets a cut text be wider than its room', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme' }),
        fc.integer({ min: 1, max: 40 }),
        (text, room) => {
          assert.ok(cellsOf(cutToCells(text, room)) <= room)
        },
      ),
    )
  })
})

describe('formatTable', () => {
  const rows = [
    { id: '0198a2b0-1111-7000-8000-000000000003', agent: 'a-very-long-agent-name', count: 5 },
    { id: '0198a2b0-1111-7000-8000-000000000004', agent: 'short', count: 12 },
  ]
  const columns = [
    { title: 'ID', cell: (row: (typeof rows)[0]) => row.id },
    { title: 'AGENT', cell: (row: (typeof rows)[0]) => row.agent, narrow: 'cut' as const },
    { title: 'N', cell: (row: (typeof rows)[0]) => String(row.count), align: 'right' as const },
    { title: 'AGAIN', cell: (row: (typeof rows)[0]) => row.agent, narrow: 'drop' as const },
  ]
  const widest = (table: string): number => Math.max(...table.split('\n').map(cellsOf))

  it('leaves everything whole where nothing must fit', () => {
    const table = formatTable(rows, columns, { width: null, paint: PLAIN })
    assert.equal(widest(table), 36 + 2 + 22 + 2 + 2 + 2 + 22)
  })

  it('first leaves a column out, then shortens, and keeps the id', () => {
    const table = formatTable(rows, columns, { width: 60, paint: PLAIN })
    assert.ok(widest(table) <= 60, table)
    assert.doesNotMatch(table, /AGAIN/)
    assert.match(table, /0198a2b0-1111-7000-8000-000000000003 {2}a-very-long/)
    const narrow = formatTable(rows, columns, { width: 50, paint: PLAIN })
    assert.match(narrow, /0198a2b0-1111-7000-8000-000000000003 {2}a-ver.*… {2} 5$/m)
  })

  it('would rather be too wide than cut an id', () => {
    const table = formatTable(rows, columns, { width: 10, paint: PLAIN })
    assert.match(table, /0198a2b0-1111-7000-8000-000000000003/)
  })

  it('aligns numbers on the right and escapes what is in a cell', () => {
    const table = formatTable(
      [{ text: 'a\u001b[2Jb', n: '1' }],
      [
        { title: 'TEXT', cell: ({ text }) => text },
        { title: 'NUMBER', cell: ({ n }) => n, align: 'right' },
      ],
      { width: null, paint: PLAIN },
    )
    assert.equal(table, 'TEXT         NUMBER\na\\u{1b}[2Jb       1')
  })

  it('fits any table with columns that may give', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ a: fc.string(), b: fc.string() }), { minLength: 1, maxLength: 5 }),
        fc.integer({ min: 20, max: 100 }),
        (some, width) => {
          const table = formatTable(
            some,
            [
              { title: 'A', cell: ({ a }) => a, narrow: 'cut' },
              { title: 'B', cell: ({ b }) => b, narrow: 'cut' },
            ],
            { width, paint: PLAIN },
          )
          assert.ok(widest(table) <= width, table)
        },
      ),
    )
  })
})

describe('safeJson', () => {
  it('means the same and holds nothing a terminal would obey', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), text => {
        const json = safeJson({ text })
        assert.equal((JSON.parse(json) as { text: string }).text, text)
        assert.doesNotMatch(json, /(?!\n)[\p{Cc}\p{Cf}]/u)
      }),
    )
  })
})
