import assert from 'node:assert/strict'
import { diceOf, fuzzedParsers, heapBytes, mutate } from '../../support/fuzzed-parsers.ts'

/** `test/bench/fuzz.ts` does the same a million times. */
const CASES = 1000

/** Of processor time, for one case: hundreds of times what the slowest takes. A busy machine adds little to it. */
const MOST_CASE_MS = 2000

/** Of the heap, after all of them: 4 KB a case, and what the compiler takes is well below. */
const MOST_GROWTH_BYTES = 4 * 1024 * 1024

describe('what reads keys and certificates', () => {
  for (const { feed, name, seeds } of fuzzedParsers) {
    it(`reads every good ${name}`, () => {
      for (const seed of seeds) assert.equal(feed(seed), true)
    })

    it(`neither throws nor hangs nor grows on ${CASES} damaged ones (${name})`, () => {
      const before = heapBytes()
      for (let seed = 1; seed <= CASES; seed += 1) {
        const bytes = mutate(seeds, diceOf(seed))
        const used = process.cpuUsage()
        assert.doesNotThrow(() => feed(bytes), `seed ${seed}`)
        const { user } = process.cpuUsage(used)
        assert.ok(user / 1000 < MOST_CASE_MS, `seed ${seed}: ${user / 1000} ms of processor time`)
      }
      const grown = heapBytes() - before
      assert.ok(grown < MOST_GROWTH_BYTES, `the heap grew by ${grown} bytes`)
    })
  }
})
