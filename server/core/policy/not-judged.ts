import type { JudgeContext, Judgement } from './judgement.ts'

/**
 * The answer for a line that could not be judged: too slow, or too many at once. Denied as unreadable,
 * except where the policy lets everything pass and only the record is the poorer for it. The driver shell cannot bear
 * everything (denials.ts in core/shell), so nothing comes to it unread.
 */
export function notJudged(
  line: Uint8Array,
  { policy, forDriver = false }: JudgeContext,
  code: string,
  text: string,
): Judgement {
  const isUnfiltered = policy.unfiltered && !forDriver
  const isObserved = !policy.unfiltered && policy.mode === 'observe' && !forDriver
  return {
    verdict: isUnfiltered ? 'allow' : 'deny',
    rule: isUnfiltered ? 'default' : 'unreadable',
    reasons: [{ code, text, at: '' }],
    commands: [],
    canonical: null,
    forward: isUnfiltered || isObserved ? decoded(line) : null,
    input: isUnfiltered ? 'raw' : 'none',
    inputLines: null,
    approval: null,
    observed: isObserved,
    unfiltered: policy.unfiltered,
  }
}

/** Null where the bytes are no text. */
export function decoded(line: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(line)
  } catch {
    // Bytes that are no text are an expected kind of line; whoever reads it calls it unreadable.
    return null
  }
}
