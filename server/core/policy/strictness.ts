import type { VerdictWord } from './policy.ts'

const ORDER: readonly VerdictWord[] = ['allow', 'ask', 'deny']

/** Above zero when `one` is stricter than `other`: deny over ask over allow. */
export function compareStrictness(one: VerdictWord, other: VerdictWord): number {
  return ORDER.indexOf(one) - ORDER.indexOf(other)
}

export function strictest(verdicts: readonly VerdictWord[]): VerdictWord {
  return verdicts.reduce<VerdictWord>(
    (strict, verdict) => (compareStrictness(verdict, strict) > 0 ? verdict : strict),
    'allow',
  )
}
