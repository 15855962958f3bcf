import assert from 'node:assert/strict'
import { randomInt } from 'node:crypto'
import type { Outcome } from './campaign.ts'
import { checkLines, runCampaign } from './campaign.ts'
import type { SandboxShell } from './sandbox.ts'
import { LINE_FILES, keptLines } from './vectors.ts'

/** A seed of one's own repeats a run: DIFFERENTIAL_SEED=… npx mocha … */
const seed = Number(process.env['DIFFERENTIAL_SEED'] ?? randomInt(2 ** 31))

/** How many fresh lines each shell gets. bench/judge-differential.ts gives bash 200,000. */
const LINES: readonly (readonly [SandboxShell, number])[] = [
  ['bash', 5000],
  ['dash', 700],
  ['busybox', 700],
  ['posix', 500],
]

describe(`what the judge calls static (seed ${seed})`, function () {
  this.timeout(300_000)

  for (const [shell, count] of LINES) {
    it(`runs and writes nothing unseen: ${count} fresh lines under ${shell}`, async () => {
      const outcome = await runCampaign(seed, count, shell)
      assertNothingUnseen(outcome)
      const share = outcome.executing / outcome.lines
      // About 0.43 over many seeds; 500 lines scatter by 0.02, and below this the generator has gone astray.
      assert.ok(share >= 0.33, `only ${(share * 100).toFixed(1)} % are static and run something`)
      assert.ok(outcome.lost <= count / 100, `${outcome.lost} lines were lost`)
    })
  }

  for (const file of LINE_FILES) {
    it(`runs and writes nothing unseen: every line of ${file}`, async () => {
      const lines = keptLines(file)
      const forBash = lines.filter(({ shell }) => shell !== 'sh')
      assertNothingUnseen(await checkLines(textsOf(forBash), 'bash'))
      for (const shell of ['dash', 'busybox', 'posix'] as const) {
        assertNothingUnseen(await checkLines(textsOf(lines), shell))
      }
    })
  }
})

describe('the kept lines', () => {
  it('are enough, and most of them work', () => {
    const own = keptLines('own-evasions')
    assert.ok(own.length >= 300)
    assert.ok(own.filter(line => line.bash_runs_it === true).length >= 300)
  })
})

function textsOf(lines: readonly { readonly line: string }[]): readonly string[] {
  return lines.map(({ line }) => line)
}

function assertNothingUnseen({ counterexamples }: Outcome): void {
  const shown = counterexamples.map(({ line, form, unseen }) =>
    JSON.stringify({ line, seen: `${form}: ${unseen.join('; ')}` }),
  )
  assert.deepEqual(
    shown,
    [],
    `seed ${seed}; keep these in test/vectors/lines/counterexamples.jsonl:\n${shown.join('\n')}`,
  )
}
