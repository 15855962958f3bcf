import type { Result } from '../result.ts'
import { claimText } from './claims.ts'
import type { Claims } from './read-token.ts'

/** Text with claims in it: `k8s-{kubernetes.io/namespace}`. `texts` has one member more than `claims`. */
export interface Template {
  readonly texts: readonly string[]
  readonly claims: readonly string[]
}

/** Reads a template; the fault says what to write instead. */
export function parseTemplate(text: string): Result<Template, string> {
  const parts = text.split(/\{([^{}]*)\}/)
  const texts = parts.filter((_, index) => index % 2 === 0)
  const claims = parts.filter((_, index) => index % 2 === 1)
  if (texts.some(part => /[{}]/.test(part))) {
    return { ok: false, fault: 'has a brace alone; claims are written {claim}' }
  }
  if (claims.some(claim => claim.trim() === '')) {
    return { ok: false, fault: 'has empty braces; claims are written {claim}' }
  }
  if (texts.slice(1, -1).some(between => between === '')) {
    return { ok: false, fault: 'has two claims side by side; put a character between them' }
  }
  if (texts.slice(1, -1).some(between => /[\p{L}\p{N}]/u.test(between))) {
    // Most values hold some letter, and what stands between two claims no value may hold.
    return {
      ok: false,
      fault: 'has letters or digits between two claims; put signs such as / or # there',
    }
  }
  return { ok: true, value: { texts, claims } }
}

/**
 * Fills in the claims. Where two stand in one template no value may hold a character that stands
 * between them: otherwise `a.b` and `c` would become the same as `a` and `b.c`.
 */
export function fillTemplate({ texts, claims }: Template, token: Claims): Result<string, string> {
  const between = Array.from(texts.slice(1, -1).join(''))
  let filled = texts[0] ?? ''
  for (const [index, claim] of claims.entries()) {
    const value = claimText(token, claim)
    if (value === null || value === '') {
      return { ok: false, fault: `the token has no claim ${claim} that is text or a number` }
    }
    const ambiguous = between.find(character => value.includes(character))
    if (ambiguous !== undefined) {
      return {
        ok: false,
        fault: `claim ${claim} holds ${JSON.stringify(ambiguous)}, which stands between two claims of the template`,
      }
    }
    filled += value + (texts[index + 1] ?? '')
  }
  return { ok: true, value: filled }
}
