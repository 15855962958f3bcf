import { type FailureLimit, limitFailures } from '../core/failure-limit.ts'
import type { Clock } from '../core/ports/deciding.ts'

/** Of an address, in a minute. A token of 256 bits needs no limit; the journal, where each is an event, does. */
const REFUSED_SIGN_INS = 10

export function limitSignIns(clock: Clock): FailureLimit {
  return limitFailures(REFUSED_SIGN_INS, clock)
}
