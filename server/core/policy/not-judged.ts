import type { JudgeContext, Judgement } from './judgement.ts'

/**
 * The answer for a line that could not be judged: too slow, or too many at once. Denied as unreadable,
 * except where the policy lets everything pass and only the record is the poorer for it.
 */
export function notJudged(
  line: Uint8Array,
  { policy }: JudgeContext,
  code: string,
  text: string,
): Judgement {
  const passes = policy.unfiltered || policy.mode === 'observe'
  return {
    verdict: policy.unfiltered ? 'allow' : 'deny',
    rule: policy.unfiltered ? 'default' : 'unreadable',
    reasons: [{ code, text, at: '' }],
    commands: [],
    canonical: null,
    forward: passes ? decoded(line) : null,
    input: policy.unfiltered ? 'raw' : 'none',
    inputLines: null,
    approval: null,
    observed: !policy.unfiltered && policy.mode === 'observe',
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
