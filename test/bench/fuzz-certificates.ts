/**
 * Feeds damaged keys, certificates, signatures and revocation lists to whatever reads them:
 *
 *     npx tsx test/bench/fuzz-certificates.ts [CASES] [FIRST SEED]
 *
 * A throw ends it with the parser's name and the seed; a case that takes more than a tenth of a
 * second of processor time is named; the heap is measured before and after.
 */
import { diceOf, fuzzedParsers, mutate } from '../support/fuzzed-parsers.ts'

const cases = Number(process.argv[2] ?? 1_000_000)
const firstSeed = Number(process.argv[3] ?? 1)
const SLOW_MS = 100

const perParser = Math.ceil(cases / fuzzedParsers.length)
const heapBefore = heapMegabytes()
console.log(
  `${perParser} cases for each of ${fuzzedParsers.length} parsers, from seed ${firstSeed}`,
)
for (const { feed, name, seeds } of fuzzedParsers) {
  let read = 0
  let slowestMs = 0
  let slowestSeed = 0
  const startedAt = performance.now()
  for (let seed = firstSeed; seed < firstSeed + perParser; seed += 1) {
    const bytes = mutate(seeds, diceOf(seed))
    const before = process.cpuUsage()
    try {
      if (feed(bytes)) read += 1
    } catch (error) {
      console.error(`${name}, seed ${seed}:`, error)
      process.exit(1)
    }
    const { system, user } = process.cpuUsage(before)
    const tookMs = (system + user) / 1000
    if (tookMs > slowestMs) {
      slowestMs = tookMs
      slowestSeed = seed
    }
    if (tookMs > SLOW_MS) console.log(`${name}, seed ${seed}: ${tookMs.toFixed(0)} ms`)
  }
  const seconds = (performance.now() - startedAt) / 1000
  console.log(
    `${name}: ${read} read, ${perParser - read} refused, ${Math.round(perParser / seconds)} a second, ` +
      `slowest ${slowestMs.toFixed(1)} ms (seed ${slowestSeed})`,
  )
}
console.log(`heap: ${heapBefore} MB before, ${heapMegabytes()} MB after`)

function heapMegabytes(): number {
  globalThis.gc?.()
  return Math.round(process.memoryUsage().heapUsed / 1e6)
}
