import assert from 'node:assert/strict'
import { diceOf, fuzzedParsers, mutate } from '../../support/fuzzed-parsers.ts'

/** `test/bench/fuzz.ts` does the same a million times. */
const CASES = 1000

describe('what reads keys and certificates', () => {
  for (const { feed, name, seeds } of fuzzedParsers) {
    it(`reads every good ${name}`, () => {
      for (const seed of seeds) assert.equal(feed(seed), true)
    })

    it(`neither throws nor hangs on ${CASES} damaged ones (${name})`, () => {
      for (let seed = 1; seed <= CASES; seed += 1) {
        const bytes = mutate(seeds, diceOf(seed))
        assert.doesNotThrow(() => feed(bytes), `seed ${seed}`)
      }
    })
  }
})
