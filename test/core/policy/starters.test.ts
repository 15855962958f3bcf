import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { formatFinding } from '../../../server/core/policy/load/finding.ts'
import { loadPolicy } from '../../../server/core/policy/load/load-policy.ts'
import type { Judgement } from '../../../server/core/policy/judgement.ts'
import type { Policy } from '../../../server/core/policy/policy.ts'
import { STARTERS } from '../../../server/core/policy/starters/starters.ts'
import { judged, starter } from '../../support/policy-lines.ts'

const VECTORS = join(import.meta.dirname, '../../vectors')
const JUDGING = [...STARTERS.keys()].filter(name => name !== 'unfiltered')

interface Row {
  readonly line: string
  readonly bash_runs_it?: boolean
}

interface Decided extends Row {
  readonly policy: string
  readonly expect: string
}

describe('the starter policies', () => {
  for (const [name, text] of STARTERS) {
    it(`${name} loads without a word, with tests and a paragraph on what it is for`, () => {
      const { findings, tests } = loadPolicy(text, name)
      assert.deepEqual(
        findings.map(finding => formatFinding(name, finding)),
        [],
      )
      assert.ok(tests.length > 0)
      assert.match(text, /^description: >-$/m)
    })
  }

  for (const name of JUDGING) {
    const policy = starter(name)
    for (const shell of ['bash', 'sh'] as const) {
      it(`${name} allows none of the evasions that bash really runs, under ${shell}`, () => {
        const passed = evasions().filter(line => runs(judged(policy, line, { shell })))
        assert.deepEqual(passed, [])
      })
    }

    it(`${name} allows of the published bypasses only what it sees and means`, () => {
      const rows = read('lines/agent-allowlist-bypasses.jsonl')
      assert.ok(rows.length >= 78)
      for (const { line } of rows) {
        const judgement = judged(policy, line)
        if (runs(judgement)) assertHarmless(judgement, line)
      }
    })
  }

  for (const name of ['web-operator', 'deployer', 'database-reader']) {
    it(`${name} decides every kept line as it was found right to`, () => {
      const rows = (read('policy/starter-lines.jsonl') as Decided[]).filter(
        row => row.policy === name,
      )
      assert.ok(rows.length >= 35)
      const policy = starter(name)
      const found = rows.map(({ line }) => [line, judged(policy, line).verdict])
      assert.deepEqual(
        found,
        rows.map(({ line, expect }) => [line, expect]),
      )
    })
  }

  it('unfiltered judges nothing and says so', () => {
    const { verdict, unfiltered, reasons } = judged(starter('unfiltered'), 'rm -rf /')
    assert.deepEqual([verdict, unfiltered, reasons[0]?.code], ['allow', true, 'unfiltered'])
  })
})

describe('the investigator', () => {
  const policy = starter('investigator')

  it('withstands everything an attacker with it was seen to try', () => {
    const rows = read('policy/investigator-attacks.jsonl')
    assert.ok(rows.length >= 450)
    assert.deepEqual(linesThatRun(policy, rows), [])
  })

  it('denies them with the home directory known, and from any place', () => {
    const rows = read('policy/investigator-attacks.jsonl')
    const passed = rows.filter(({ line }) =>
      [
        { homeDirectory: '/home/agent', workingDirectory: '/home/agent' },
        { homeDirectory: null, workingDirectory: null },
        { homeDirectory: '/srv/agent', workingDirectory: '/var/log' },
      ].some(place => runs(judged(policy, line, place))),
    )
    assert.deepEqual(passed, [])
  })

  it('lets an investigator work', () => {
    const rows = read('policy/investigator-work.jsonl')
    const refused = rows
      .filter(({ line }) => !runs(judged(policy, line)))
      .map(({ line }) => [line, judged(policy, line).reasons.map(({ text }) => text)])
    assert.ok(rows.length >= 150)
    assert.deepEqual(refused, [])
  })
})

/** Programs that change nothing, whatever bypass they are wrapped in; `id` stands for the payload. */
const HARMLESS = new Set(['echo', 'ls', 'id', 'cat', 'wc', 'true', 'bash', 'time', 'exec', 'nohup'])

function assertHarmless({ commands }: Judgement, line: string): void {
  for (const { argv } of commands) assert.ok(HARMLESS.has(argv[0] ?? ''), `${line}: ${argv[0]}`)
}

/** Every kept line that bash was seen to run. */
function evasions(): string[] {
  const files = readdirSync(join(VECTORS, 'lines')).filter(name => name.endsWith('.jsonl'))
  const rows = files.flatMap(name => read(`lines/${name}`))
  const lines = rows.filter(row => row.bash_runs_it === true).map(({ line }) => line)
  assert.ok(lines.length >= 150, `${lines.length} lines`)
  return lines
}

function linesThatRun(policy: Policy, rows: readonly Row[]): string[] {
  return rows.filter(({ line }) => runs(judged(policy, line))).map(({ line }) => line)
}

/** Anything but a denial: an approver may say yes to what he does not see through. */
function runs({ verdict }: Judgement): boolean {
  return verdict !== 'deny'
}

function read(file: string): Row[] {
  return readFileSync(join(VECTORS, file), 'utf8')
    .split('\n')
    .filter(row => row !== '')
    .map(row => JSON.parse(row) as Row)
}
