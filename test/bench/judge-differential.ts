/**
 * The differential harness at length: generated lines under real shells, nothing unseen.
 *
 *   npx tsx test/bench/judge-differential.ts [LINES] [SHELL] [SEED]     default 200000 bash, a fresh seed
 */
import { randomInt } from 'node:crypto'
import { runCampaign } from '../differential/campaign.ts'
import type { SandboxShell } from '../differential/sandbox.ts'

const SHELLS: readonly SandboxShell[] = ['bash', 'dash', 'busybox', 'posix', 'session']
/** Lines between two reports. */
const PART = 4000

const lines = Number(process.argv[2] ?? 200_000)
const shell = SHELLS.find(name => name === (process.argv[3] ?? 'bash'))
let seed = Number(process.argv[4] ?? randomInt(2 ** 30))
if (!Number.isInteger(lines) || shell === undefined || !Number.isInteger(seed)) {
  console.error(`usage: tsx test/bench/judge-differential.ts [LINES] [${SHELLS.join('|')}] [SEED]`)
  process.exit(2)
}

const total = { lines: 0, isStatic: 0, executing: 0, executions: 0, lost: 0, counterexamples: 0 }
const started = Date.now()
while (total.lines < lines) {
  const outcome = await runCampaign(seed, Math.min(PART, lines - total.lines), shell)
  for (const { line, form, unseen } of outcome.counterexamples) {
    console.log(JSON.stringify({ line, shell, seen: `${form}: ${unseen.join('; ')}`, seed }))
  }
  total.lines += outcome.lines
  total.isStatic += outcome.isStatic
  total.executing += outcome.executing
  total.executions += outcome.executions
  total.lost += outcome.lost
  total.counterexamples += outcome.counterexamples.length
  const minutes = ((Date.now() - started) / 60_000).toFixed(1)
  console.log(`${shell} seed ${seed} ${minutes} min ${JSON.stringify(total)}`)
  seed += 1
}
process.exit(total.counterexamples === 0 ? 0 : 1)
