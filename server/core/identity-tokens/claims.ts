import type { ClaimCondition } from './issuer.ts'
import type { Claims } from './read-token.ts'

/**
 * The claim at `path`: the member of exactly this name or, between slashes, members of members
 * (`kubernetes.io/serviceaccount/name`). The whole name goes first, because some are URLs.
 */
export function claimAt(claims: Claims, path: string): unknown {
  if (Object.hasOwn(claims, path)) return claims[path]
  let at: unknown = claims
  for (const name of path.split('/')) {
    if (typeof at !== 'object' || at === null || Array.isArray(at)) return undefined
    if (!Object.hasOwn(at, name)) return undefined
    at = (at as Claims)[name]
  }
  return at
}

/** A claim as text, where it is one thing: issuers differ in whether `project_id` is a number. */
export function claimText(claims: Claims, path: string): string | null {
  const value = claimAt(claims, path)
  if (typeof value === 'string') return value
  if (typeof value === 'boolean' || Number.isSafeInteger(value)) return String(value)
  return null
}

export function matches(claims: Claims, when: ClaimCondition): boolean {
  return Object.entries(when).every(([path, wanted]) => {
    const value = claimAt(claims, path)
    if (Array.isArray(value)) return value.some(member => wanted.includes(member as string))
    const text = claimText(claims, path)
    return text !== null && wanted.includes(text)
  })
}
