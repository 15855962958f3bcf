import { RE2JS, RE2JSException } from 're2js'
import type { Result } from '../result.ts'

/** Patterns kept compiled; a policy has a handful, and past this many the oldest is dropped. */
const KEPT_PATTERNS = 512
const compiled = new Map<string, RE2JS>()

/** Checks a pattern as RE2 reads it: no look-around, no back-references, so time stays linear. */
export function checkPattern(pattern: string): Result<null, string> {
  try {
    RE2JS.compile(pattern)
    return { ok: true, value: null }
  } catch (error) {
    if (error instanceof RE2JSException) return { ok: false, fault: error.message }
    throw error // a bug, not a pattern
  }
}

/** True when the pattern takes the whole text. */
export function matchesPattern(pattern: string, text: string): boolean {
  return compile(pattern).testExact(text)
}

function compile(pattern: string): RE2JS {
  const known = compiled.get(pattern)
  if (known !== undefined) return known
  const [oldest] = compiled.keys()
  if (compiled.size >= KEPT_PATTERNS && oldest !== undefined) compiled.delete(oldest)
  const made = RE2JS.compile(pattern)
  compiled.set(pattern, made)
  return made
}
